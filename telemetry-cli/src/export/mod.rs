//! `telemetry export`: writes the logs in the formats of other programs.
//!
//! | module | output | consumers |
//! |---|---|---|
//! | [`chrome`] | Trace Event format: spans on tracks, counters of tokens and cost | Perfetto, `chrome://tracing` |
//! | [`folded`] | lines of a stack and its self time | inferno, speedscope, `FlameGraph` |
//! | [`asciicast`] | asciicast v2: the recorded screens | asciinema, agg, svg-term |
//! | [`csv`] | a row for each span, or for each request | spreadsheets, `DuckDB`, pandas |
//! | [`otlp`] | OTLP as JSON lines, or sent to an endpoint | the OpenTelemetry collector's file receiver; any backend |
//! | `parquet` (feature) | Parquet files of closed segments | DuckDB, ClickHouse, Spark, Athena |

pub mod asciicast;
pub mod chrome;
pub mod csv;
pub mod folded;
pub mod otlp;
#[cfg(feature = "parquet")]
pub mod parquet;
mod source;
mod stacks;

pub use source::{ExportSource, forests, requests};
