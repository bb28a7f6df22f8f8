//! `telemetry export`: what is in the logs, for other programs.
//!
//! | module | writes | read by |
//! |---|---|---|
//! | [`chrome`] | the Trace Event format: spans on tracks, counters of tokens and cost | Perfetto, `chrome://tracing` |
//! | [`folded`] | a stack and its own nanoseconds a line | inferno, speedscope, `FlameGraph` |
//! | [`csv`] | a row for each span, or for each request | spreadsheets, `DuckDB`, pandas |
//! | [`otlp`] | OTLP as JSON lines | the OpenTelemetry collector's file receiver |
//!
//! [`whole`] is a file that is there once it is whole.

pub mod chrome;
pub mod csv;
pub mod folded;
pub mod otlp;
mod source;
pub mod whole;

pub use source::{Source, forests, requests};
