//! The names of the tables and keys of `[telemetry]`.

/// The table of the file that telemetry reads. Of the top level it also reads [`DIR_ALIAS`].
pub(super) const TABLE: &str = "telemetry";
pub(super) const LOGS: &str = "logs";
pub(super) const PRICING: &str = "pricing";
pub(super) const DIR: &str = "dir";
pub(super) const DIR_ALIAS: &str = "telemetry_dir";
pub(super) const KEYS: &[&str] = &[
    "enabled",
    DIR,
    DIR_ALIAS,
    "max_total_bytes",
    "log_content",
    "max_field_bytes",
    "max_per_second",
    "emit_to_tracing",
    LOGS,
    PRICING,
];
