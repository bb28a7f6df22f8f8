//! `telemetry export`: writes the logs in the formats of other programs.
//!
//! | module | output | consumers |
//! |---|---|---|
//! | [`chrome`] | Trace Event format: spans on tracks, counters of tokens and cost | Perfetto, `chrome://tracing` |
//! | [`folded`] | lines of a stack and its self time | inferno, speedscope, `FlameGraph` |
//! | [`csv`] | a row for each span, or for each request | spreadsheets, `DuckDB`, pandas |
//! | [`otlp`] | OTLP as JSON lines | the OpenTelemetry collector's file receiver |

pub mod chrome;
pub mod csv;
pub mod folded;
pub mod otlp;
mod source;
mod stacks;

pub use source::{ExportSource, forests, requests};
