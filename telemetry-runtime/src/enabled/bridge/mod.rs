//! The bridge from `tracing`: a layer that turns its spans and events into records of telemetry.
//!
//! | module | job |
//! |---|---|
//! | `layer` | the layer: one function for each callback |
//! | `site` | the call sites of `tracing` and `log`, each with two call sites of telemetry: for the debug log and for the TUI log |
//! | `chains` | the lock-free table of call sites |
//! | `name` | names and keys of `tracing` in the grammar of telemetry |
//! | `log_place` | where a record of `log` comes from |
//! | `visit` | the values of fields |
//! | `open_spans` | the spans that are open, by the ids of `tracing` |
//!
//! A span of `tracing` is on the thread's stack, as an attached context, while it is entered. So a span of either kind
//! is the parent of what begins inside it. No lock is held and no state is borrowed while a value is formatted, because
//! that is the host's code, which may use `tracing` itself.

mod chains;
mod layer;
mod log_place;
mod name;
mod open_spans;
mod site;
mod visit;

pub use layer::{TelemetryLayer, layer};
