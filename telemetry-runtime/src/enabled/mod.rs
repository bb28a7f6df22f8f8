//! The build with `enabled`.
//!
//! A span: [`callsite`] decides, [`span`] (or [`future`]) collects its fields in a [`frame`], [`writer`]
//! carries it to another thread, [`mod@line`] makes JSON of it, [`log`] puts that into a file within the
//! budget.
//!
//! A usage record: [`usage`] reads it from the answer, [`session`] adds it up and writes it.
//!
//! Mirrors `disabled/mod.rs` item by item.

#[cfg(feature = "tracing")]
mod bridge;
mod buffer;
mod call;
mod callsite;
#[cfg_attr(not(feature = "testing"), path = "capture/absent.rs")]
mod capture;
#[cfg(feature = "tracing")]
mod chains;
mod clock;
mod config;
mod context;
mod deferred;
#[cfg_attr(not(feature = "tracing"), path = "emit_nothing.rs")]
mod emit;
mod encode;
pub(crate) mod expansion;
mod field;
mod fields;
mod filter;
mod frame;
mod future;
mod header;
mod instrument;
mod json;
mod limiter;
mod limits;
mod line;
mod log;
mod mask;
mod panics;
mod process;
mod random;
mod read_session;
mod reentry;
mod sampling;
mod scope_stack;
#[cfg(feature = "ratatui")]
pub(crate) mod screen;
mod session;
mod span;
mod stats;
pub(crate) mod status;
mod sys;
mod targets;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod thread;
mod trace;
mod tracestate;
mod tui;
mod turn;
mod usage;
mod wrapper;
mod writer;

#[cfg(feature = "tracing")]
pub use bridge::{TelemetryLayer, layer};
pub use config::{Config, codex_home, load_with_errors};
pub use context::{ContextGuard, SpanContext};
pub use field::FieldValue;
pub use read_session::read_session;
pub use session::{Session, SessionBuilder, SessionGuard, SessionWatch};
pub use telemetry::{Telemetry, init};
pub use telemetry_schema::Outcome;
pub use telemetry_schema::record::Totals;
pub use tui::TuiLog;
pub use usage::{UsageSession, note_usage, record_usage};
