//! The names of the levels, as `#[telemetry_span(level = "…")]` and `level = "…"` in `config.toml` have them.

/// The levels from the most to the least important. A log holds the records of its own level and of those before it.
pub const NAMES: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// The index of the default level in [`NAMES`].
pub const DEFAULT: usize = 2;
