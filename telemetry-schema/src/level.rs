//! The names of the five levels, as `#[telemetry_span(level = "…")]` and `level = "…"` in
//! `config.toml` write them.

/// From the most to the least important; a log keeps its own level and everything before it.
pub const NAMES: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// The index in [`NAMES`] of what is meant where nothing is said.
pub const DEFAULT: usize = 2;
