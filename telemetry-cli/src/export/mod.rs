//! `telemetry export`: what is in the logs, for other programs.
//!
//! | module | writes | read by |
//! |---|---|---|
//! | [`chrome`] | the Trace Event format: spans on lanes, counters of tokens and cost | Perfetto, speedscope, `chrome://tracing` |
//! | [`folded`] | a stack and its own nanoseconds a line | inferno, speedscope, FlameGraph |
//! | [`csv`] | a row for each span, or for each request | spreadsheets, DuckDB, pandas |
//! | [`otlp`] | OTLP as JSON lines | the OpenTelemetry collector's file receiver |

pub mod chrome;
pub mod csv;
pub mod folded;
pub mod otlp;
mod source;

pub use source::{Source, forests, requests};
