//! The build with `enabled`.

#[path = "../disabled/mod.rs"]
mod off;
mod session;
mod usage;

pub use off::{Config, ContextGuard, SpanContext, Telemetry, TuiLog, codex_home, init};
pub use session::{Session, SessionGuard};
pub use usage::record_usage;

pub(crate) mod expansion {
    pub use super::off::expansion::{
        Callsite, EventFields, SpanEnd, SpanFields, SpanFuture, SpanGuard, call, instrument,
        late_fields,
    };
    pub use super::usage::{
        UsageGuard, UsageRequest, instrument_usage, record_usage_of, usage_enabled,
    };
}
