//! Spans, events and token usage of command-line LLM agents.
//!
//! ```
//! use telemetry_runtime::{telemetry_span, Config, Session};
//!
//! #[telemetry_span("model_selection.open", fields(count = presets.len()))]
//! fn open_model_popup(presets: &[String]) { /* … */ }
//!
//! let home = std::env::temp_dir();
//! let config = Config::load_or_default(&home, Some(false));
//! let telemetry = telemetry_runtime::init(config)?; // dropping it flushes and closes
//! let session = Session::start();
//! open_model_popup(&["gpt-5-mini".to_owned()]);
//! println!("{}", session.snapshot());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `enabled` | telemetry. Without this feature every item exists, does nothing and costs nothing |
//! | `serde` | `Serialize` for [`SessionSnapshot`] and [`SessionId`] (implied by `enabled`) |
//! | `serde_json` | [`UsageSource`] for `serde_json::Value` (implied by `enabled`) |
//! | `ratatui` | `SessionStatus`, a widget that shows `/status`, and `RecordingBackend`, which records what the interface shows |
//! | `ratatui-scrolling-regions` | the methods that ratatui's feature `scrolling-regions` adds to backends (implies `ratatui`) |
//! | `clap` | `TelemetryArgs`, the arguments `--telemetry` and `--no-telemetry` |
//! | `tracing` | `layer`, which records spans and events of `tracing` |
//! | `zstd` | compression of closed segments, with `compress = "zstd"` |
//! | `testing` | `testing::capture`, which collects the records of a host's own test in memory (implies `enabled`) |
//!
//! The application enables `enabled` through a feature of its own. Libraries never enable it.
//!
//! Streams are those of `futures_core::Stream`. Only `enabled` depends on that crate, and no public
//! signature names it. `#[session_usage(stream)]` therefore needs no feature of its own: without
//! `enabled`, the function expands to itself.
//!
//! # Design of the logs
//!
//! ## Naming
//!
//! All logs are in one directory, `${CODEX_HOME}/logs` by default.
//!
//! | log | live file | closed segments |
//! |---|---|---|
//! | debug | `20261122T185400Z-4242.jsonl`: the time of the launch in UTC and the process id | `20261122T185400Z-4242.1.jsonl` follows it |
//! | session | `codex-litellm-session.jsonl`, shared by all processes | `codex-litellm-session.20261122T185400Z-4242.jsonl`: the time of the rotation and the process that rotated |
//! | TUI and further logs | `codex-tui.log`, or their `file`, shared by all processes | as for the session log |
//!
//! `codex-litellm-usage-rollup.jsonl` has the sums of removed session segments, and is within the budget. `.telemetry.lock` is
//! locked during rotation and removal, and names the spend limits that processes have reported.
//!
//! ## Rotation
//!
//! A segment is an eighth of the budget `max_total_bytes` (with more than six logs, budget / (logs +
//! 2)). A file is rotated before a write that would exceed its segment, and before it exceeds
//! `ulimit -f`. The debug log continues in a file with the next number. A shared log is renamed under
//! the directory's lock by one process. Before each append, every process compares the file at the path
//! with the file that it has open, and opens the new file after a rotation. Several processes can
//! therefore append to one log: each write is one `write(2)` of whole lines with `O_APPEND`.
//!
//! ## Retention
//!
//! All files together, the rollup included, have at most `max_total_bytes`, and one segment for each running
//! process; a file counts as its length rounded up to 4 KiB. After the start, and when a process has written a
//! quarter of a segment since the last check, a background thread lists
//! the directory and removes the oldest files until the rest fits. A thread whose write would exceed a whole
//! segment since the last check removes files that are known from the last listing, and waits for the background
//! thread for a few milliseconds at most. A file in use is never removed: every open log file has a
//! shared lock (`flock`), which ends with its process, and a file is removed only under its exclusive
//! lock. Only files with names of these logs, and with the content of one, are removed; symlinks are
//! not followed. Before a session segment is removed, its sums per day, session and model are appended to
//! the rollup. If that fails, files of other logs are removed in its place, and at last the oldest segments without
//! their sums: `health()` counts their requests as lost.
//!
//! ## Durability
//!
//! A usage record is in the kernel before the call that recorded it returns. A span or an event is in the
//! kernel within 10 ms: the thread copies it into its ring buffer of 256 KiB, and the writer thread reads
//! all rings every 4 ms while there is work. A thread whose ring is full writes its own records, so that no burst loses
//! a record. An exit handler flushes the rings at `process::exit` and waits for the writes of other threads, for at most
//! 500 ms; records that they make later are counted as lost, so that the end of the process leaves no incomplete line.
//! None of these guarantees depends on a guard of the host. Records are not synchronized to the disk (`fsync`), so a power
//! failure can lose the latest ones. An incomplete last line is ended with a newline by the next writer and skipped
//! by readers. A record that was appended to the incomplete line of a killed process is written again.
//!
//! ## Failures
//!
//! Telemetry does not panic, does not write to stdout or stderr, and does not stop its host. A
//! failure is counted, and [`Telemetry::health`] reports it with the last error.
//!
//! | failure | effect |
//! |---|---|
//! | the disk is full or read-only, or the permission or the directory is missing | records are counted by cause; the writer tries again every 100 ms; the log states the number in a `lost` record as soon as a write succeeds |
//! | the session log cannot be written | up to 1 MiB of usage records is kept in memory and written later |
//! | the log directory is removed or replaced | it is created or opened again, with the checks of [`init`] and without following a symlink |
//! | the host closes or replaces a descriptor of a log | the number is not used any more; the log is opened again by its path |
//! | other users can write to the log directory, or replace it | [`init`] fails, with the command that corrects the mode |
//! | a `file` of the configuration is a file of another program | it is not changed; the records are counted as lost |
//! | a host's `Debug`, `Display` or [`UsageSource`] panics | the panic is caught and counted; the record is written without that value, or the usage is counted as lost |
//! | an allocator or a signal handler of the host records while its own thread is inside telemetry | that record is discarded, and counted with the cause `inside telemetry` |
//! | the formatting of a record panics in the writer | that record is counted as lost, and the writer continues |
//! | a process forks | the calling thread's records are written before the fork, within 50 ms; the child keeps configuration and session and opens files of its own at its first record; records of the parent's other threads are written by the parent only |
//!
//! Directories and files that telemetry creates have the modes 0700 and 0600, whatever the umask is. Values that look like secrets are masked before they
//! are cut to `max_field_bytes`.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Every item that `enabled` changes exists without it as well.
#![cfg_attr(docsrs, doc(auto_cfg(hide(feature = "enabled"))))]

mod config_value;
mod daily_spend;
mod error;
mod health;
mod level;
mod outcome;
mod recorded_text;
#[cfg(feature = "ratatui")]
mod recording;
mod session_id;
mod snapshot;
#[cfg_attr(
    not(feature = "enabled"),
    expect(dead_code, reason = "that build only checks a `traceparent`")
)]
mod traceparent;
mod usage;

// The only `cfg` between the two builds: the modules mirror each other item by item.
#[cfg(not(feature = "enabled"))]
mod disabled;
#[cfg(feature = "enabled")]
mod enabled;

#[cfg(not(feature = "enabled"))]
use disabled as implementation;
#[cfg(feature = "enabled")]
use enabled as implementation;

#[cfg(feature = "clap")]
mod args;

#[cfg(feature = "clap")]
pub use args::TelemetryArgs;
pub use config_value::{ConfigOrigin, ConfigValue};
pub use daily_spend::DailySpend;
pub use error::{ConfigError, ConfigWarning, InitError, ResumeError};
pub use health::Health;
#[cfg(feature = "testing")]
pub use implementation::testing;
pub use implementation::{
    Config, ContextGuard, FieldValue, Session, SessionBuilder, SessionGuard, SessionWatch,
    SpanContext, Telemetry, TuiLog, UsageSession, codex_home, init, note_usage, read_session,
    record_usage,
};
#[cfg(feature = "tracing")]
pub use implementation::{TelemetryLayer, layer};
pub use level::Level;
pub use outcome::Outcome;
#[doc(hidden)]
pub use recorded_text::{
    AttemptNumber, DebuggedError, DebuggedReturn, DisplayedError, DisplayedReturn, OptionText,
};
#[cfg(feature = "ratatui")]
pub use recording::RecordingBackend;
pub use session_id::{ParseSessionIdError, SessionId};
#[cfg(feature = "ratatui")]
pub use snapshot::SessionStatus;
pub use snapshot::{ContextUsage, ModelUsage, NotRunning, SessionSnapshot, Totals};
pub use telemetry_macros::{
    UsageSource, record, session_usage, telemetry_event, telemetry_scope, telemetry_span,
};
pub use traceparent::ParseTraceparentError;
pub use usage::{
    CostSource, ErrorClass, PriceFactors, RateLimit, TokenCount, Usage, UsageCost, UsageSource,
    UsageText,
};

/// The items that `telemetry-cli` uses. They are not part of the public API.
#[doc(hidden)]
pub mod __reader {
    pub use crate::implementation::load_with_errors;
}

/// The items that the expansions of the macros use. They are not part of the public API.
///
/// The name contains the version: macros of another version do not find this module. `scripts/release --set-version` renames it.
#[doc(hidden)]
pub mod __private_0_1_0 {
    pub use crate::implementation::expansion::{
        Callsite, Fields, RequestFuture, SpanEnd, SpanEntry, SpanFuture, SpanGuard, TurnFuture,
        TurnGuard, UsageGuard, UsageRequest, UsageStream, call, contained, future_of,
        in_observed_span, in_span, in_span_with_fields, in_span_with_outcome, instrument_span,
        instrument_span_in_stream, instrument_span_in_usage, instrument_span_of_stream,
        instrument_stream, instrument_stream_in_span, instrument_turn, instrument_turn_of_stream,
        instrument_usage, instrument_usage_in_span, item_observer, late_fields, no_value,
        observe_stream, record_usage_of, usage_enabled, watch_stream,
    };
    pub use crate::level::Level;
    pub use crate::outcome::{NotAResult, Outcome, Probe, ReturnType, ReturnedType};
    pub use crate::usage::{Usage, UsagePart, UsageSource, stated};
    pub use core;
    pub use std::boxed::Box;
}
