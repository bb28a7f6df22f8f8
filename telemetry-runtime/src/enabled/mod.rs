//! Just enough of the build with `enabled` to compile the configuration alone.

#[path = "../disabled/mod.rs"]
#[allow(dead_code)]
mod off;

mod config;
mod mask;

pub use config::{Config, codex_home};
pub(crate) use off::expansion;
pub use off::{
    ContextGuard, Session, SessionGuard, SpanContext, Telemetry, TuiLog, init, record_usage,
};
