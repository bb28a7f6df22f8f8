//! The vocabulary of the telemetry crates: names, levels, secret words, record types and prices. No file system.
//!
//! # Record formats
//!
//! Logs are UTF-8 JSON Lines: one record per line, at most 64 KiB, keys in a fixed order, integers exact. `docs/schema`
//! holds a JSON Schema of each record, and tests validate every line that they write.
//!
//! * A key is absent where its value is unknown: unknown is not zero, and never `null`.
//! * Times are RFC 3339 in UTC with microseconds ([`Timestamp`](record::Timestamp)). `ts` is the start of a span or request.
//! * Money is an integer of nano-dollars in memory and an exact decimal of dollars in JSON
//!   ([`NanoUsd`](record::NanoUsd)).
//! * A session record is the usage of one request, a delta with a unique id. [`Totals`](record::Totals) are sums of such
//!   records; no reader ever subtracts.
//! * Readers ignore unknown keys, skip damaged lines, and count the skipped lines ([`Records`](record::Records)). Memory is
//!   constant, whatever the length of a log or line.
//!
//! A record type is declared once, in `record/debug.rs`, `record/session.rs` or `record/rollup.rs`: the struct, its JSON, its
//! list of keys and its fast reader come from that declaration. To add a key, add the field there, to the schema in
//! `docs/schema`, and to the writer in the runtime.
//!
//! # Modules
//!
//! | module | content | used by |
//! |---|---|---|
//! | [`name`] | the grammar of names of spans, events, fields and logs | macros, runtime |
//! | [`secret`] | which names of fields stand for secrets | macros, runtime |
//! | [`level`] | the names of the levels | macros, runtime |
//! | [`nearest`] | the nearest valid word, for messages about unknown ones | macros, runtime |
//! | [`gen_ai`] | OpenTelemetry's names for generative AI | macros, readers |
//! | [`launch`] | the ids of spans and traces | runtime, readers |
//! | [`session_prefix`](mod@session_prefix) | the beginning of a session's id | runtime, readers |
//! | [`LogKind`] | the kinds of logs | runtime, readers |
//! | `Outcome` (feature `records`) | how spans and requests end | runtime, readers |
//! | `record` (feature `records`) | one type per record, the reader of logs | runtime, readers |
//! | `pricing` (feature `records`) | the cost of tokens at exact prices: the user's, or LiteLLM's map | runtime, readers |
//! | `sort` (feature `records`) | sorting that is compiled once for all types | runtime, store |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "records")]
mod decimal;
pub mod gen_ai;
pub mod launch;
pub mod level;
mod log;
pub mod name;
pub mod nearest;
#[cfg(feature = "records")]
mod outcome;
#[cfg(feature = "records")]
pub mod pricing;
#[cfg(feature = "records")]
pub mod record;
pub mod secret;
pub mod session_prefix;
#[cfg(feature = "records")]
pub mod sort;

pub use log::{LogKind, SCREEN_LOG, SCREEN_LOG_FILE};
#[cfg(feature = "records")]
pub use outcome::Outcome;
pub use session_prefix::{SHORTEST_PREFIX, session_prefix};
