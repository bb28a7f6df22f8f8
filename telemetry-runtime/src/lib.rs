//! Spans, events and token usage of command-line LLM agents.
//!
//! ```
//! use telemetry_runtime::{telemetry_span, Config, Session};
//!
//! #[telemetry_span("model_selection.open", fields(count = presets.len()))]
//! fn open_model_popup(presets: &[String]) { /* … */ }
//!
//! let home = std::env::temp_dir();
//! let config = Config::load(&home)?.with_enabled(Some(false));
//! let telemetry = telemetry_runtime::init(config)?; // dropping it flushes and closes
//! let session = Session::start();
//! open_model_popup(&["gpt-5-mini".to_owned()]);
//! println!("{}", session.snapshot());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `enabled` | everything; without it every item exists, does nothing and costs nothing |
//! | `serde` | `Serialize` for [`SessionSnapshot`] and [`SessionId`] (part of `enabled`) |
//! | `serde_json` | [`UsageSource`] for `serde_json::Value` (part of `enabled`) |
//! | `ratatui` | `SessionStatus`: `/status` as a widget |
//! | `clap` | `TelemetryArgs`: `--telemetry` and `--no-telemetry` |
//!
//! Streams are those of `futures_core::Stream`. That crate comes with `enabled` alone and stands in no
//! public signature, so `#[session_usage(stream)]` needs no feature of its own: where telemetry is
//! compiled out the function is its own expansion.
//!
//! The application turns `enabled` on through a feature of its own; libraries never do.

mod config_value;
mod error;
mod health;
mod level;
mod outcome;
mod session_id;
mod snapshot;
mod usage;

// The only `cfg` between the two builds: the modules mirror each other item by item.
#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(feature = "enabled")]
mod enabled;

#[cfg(not(feature = "enabled"))]
use disabled as implementation;
#[cfg(feature = "enabled")]
use enabled as implementation;

#[cfg(feature = "clap")]
mod args;

#[cfg(feature = "clap")]
pub use args::TelemetryArgs;
pub use config_value::{ConfigOrigin, ConfigValue};
pub use error::{ConfigError, ConfigWarning, InitError, ResumeError};
pub use health::Health;
pub use implementation::{
    Config, ContextGuard, Session, SessionGuard, SessionWatch, SpanContext, Telemetry, TuiLog,
    codex_home, init, note_usage, read_session, record_usage,
};
pub use level::Level;
pub use outcome::Outcome;
pub use session_id::{ParseSessionIdError, SessionId};
#[cfg(feature = "ratatui")]
pub use snapshot::SessionStatus;
pub use snapshot::{ModelUsage, SessionSnapshot, Totals};
pub use telemetry_macros::{UsageSource, record, session_usage, telemetry_event, telemetry_span};
pub use usage::{CostSource, ErrorClass, TokenCount, Usage, UsageCost, UsageSource, UsageText};

/// What the macros expand to calls of. No part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::implementation::expansion::{
        Callsite, EventFields, RequestFuture, SpanEnd, SpanEntry, SpanFields, SpanFuture,
        SpanGuard, UsageGuard, UsageRequest, UsageStream, call, in_observed_span, in_span,
        in_span_with_fields, in_span_with_outcome, instrument_span, instrument_span_in_stream,
        instrument_span_in_usage, instrument_stream, instrument_stream_in_span, instrument_usage,
        instrument_usage_in_span, late_fields, record_usage_of, usage_enabled, watch_stream,
    };
    pub use crate::level::Level;
    pub use crate::outcome::{Outcome, Probe, ProbeFallback, ReturnType};
    pub use crate::usage::{Usage, UsageSource};
    pub use core;
}
