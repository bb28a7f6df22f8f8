//! The reader: `telemetry` explains a run and its bill from the logs that telemetry-runtime wrote.
//!
//! | module | job |
//! |---|---|
//! | [`cli`] | the arguments, one file per command, and what each one calls |
//! | [`home`] | which directories and files there are |
//! | [`selection`] | which records are meant: a session, a span of time, a time zone |
//! | [`history`] | the records of the session log and the sums of what was pruned, each once |
//! | [`sessions`] | the list of sessions |
//! | [`spans`] | where the time went: trees and totals |
//! | [`diff`] | two sessions, or two spans of time, beside each other |
//! | [`export`] | the logs for other programs |
//! | [`tail`] | the records of all logs, by time, as they come |
//! | [`skipped`] | lines that were no records |
//! | [`duration`], [`fields`] | lengths of time and fields as people read them |
//! | [`terminal`] | what reaches the screen: width, colour, and no text from a log as it is |
//! | [`status`] | one session, as the host's `/status` shows it |
//! | [`usage`] | the report of tokens and cost |
//! | [`budget`] | what was spent beside what was meant to be |
//! | [`prune`] | the byte budget of the logs, by hand |
//! | [`doctor`] | what is in force, what is there, what is wrong |
//! | [`lnav`] | the format by which lnav reads the logs |
//! | `counts` | sums as JSON has them |
//! | `interrupt` | Ctrl-C |
//! | [`error`] | messages and exit codes |
//!
//! The library is for the binary and its tests; it promises no stable interface.
#![forbid(unsafe_code)]

pub mod budget;
pub mod cli;
mod counts;
pub mod diff;
pub mod doctor;
pub mod error;
pub mod export;
pub mod fields;
pub mod history;
pub mod home;
mod interrupt;
pub mod lnav;
pub mod prune;
pub mod selection;
pub mod sessions;
pub mod skipped;
pub mod spans;
pub mod status;
pub mod tail;
pub mod terminal;
pub mod usage;

pub use cli::main;
