//! `telemetry`, the reader of the logs that telemetry-runtime writes: it shows the work of the sessions of an agent
//! and its cost.
//!
//! Commands only read, with these exceptions: `prune` removes log files, `purge` removes records, `doctor` creates and removes
//! a file as a write test, `export -o`, `report -o`, `prices update` and `lnav-format --install` write the files that the user names, and
//! `export otlp --endpoint` sends to an endpoint and writes its checkpoints.
//! Data goes to stdout; errors, hints and progress go to stderr. Text from logs is untrusted: control
//! characters never reach a terminal. Damaged lines are skipped and counted. Memory does not grow with the
//! size of the logs, except for the request keys of [`history`], which are limited.
//!
//! # Layers
//!
//! Each layer uses only the layers below it. Within a layer, modules do not use each other, except that `budget`
//! adds up with `usage`, `doctor` examines the price map with `prices`, `diff`, `export`, `replay` and `tail` read with `spans`, `report` collects with `usage`, `spans`, `diff` and
//! `export`, and `top` follows with `tail` and builds trees with `spans`.
//!
//! | layer | modules |
//! |---|---|
//! | arguments | [`cli`]: one file per command with its arguments; calls the command and prints hints |
//! | commands | [`status`], [`statusline`], [`sessions`], [`usage`], [`spans`], [`tail`], [`diff`], [`budget`], [`reconcile`], [`prices`], [`export`], [`replay`], `report` (a feature), [`prune`], [`purge`], [`doctor`], [`lnav`], `top` (a feature): read the logs and write the result |
//! | selection and history | [`selection`]: the sessions, periods, span names and calendar days that a command selects; [`history`]: every request of the session logs, exactly once; [`recording`]: the recorded screens of a host |
//! | home | [`home`]: the directories, the configuration, the log files; [`output_file`]: writes the file of `-o` without harm to those files |
//! | terminal | [`error`]: errors and exit codes; [`skipped_lines`], [`fields`]: counts of damaged lines, and fields, as text; `interrupt`: Ctrl-C; below them [`terminal`]: stdout and stderr, tables, JSON, text from logs |
//! | values | [`quantiles`]: approximate percentiles; [`hourly_cost`]: the cost per hour; `totals_json`, `records`: sums as JSON, and properties of records |
//!
//! # Where to add
//!
//! * An option of a command: its file in [`cli`], and the module of the command.
//! * A sum in tables and JSON: `totals_json`, then the tables of [`usage`] and [`sessions`].
//! * An export format: a module of [`export`], and a variant in `cli/export.rs`.
//! * A problem that `doctor` reports: `doctor/finding.rs`.
//!
//! The library exists for the binary and its tests. Its interface is not stable.
#![forbid(unsafe_code)]

pub mod budget;
pub mod cli;
pub mod diff;
pub mod doctor;
pub mod error;
pub mod export;
pub mod fields;
pub mod history;
pub mod home;
pub mod hourly_cost;
mod interrupt;
pub mod lnav;
pub mod output_file;
pub mod prices;
pub mod prune;
pub mod purge;
pub mod quantiles;
pub mod reconcile;
pub mod recording;
mod records;
pub mod replay;
#[cfg(feature = "report")]
pub mod report;
pub mod selection;
pub mod sessions;
pub mod skipped_lines;
pub mod spans;
pub mod status;
pub mod statusline;
pub mod tail;
pub mod terminal;
#[cfg(feature = "top")]
pub mod top;
mod totals_json;
pub mod usage;

pub use cli::main;
