//! The records of the debug log and of further JSONL logs.

use std::borrow::Cow;

use super::count::UnusableCount;
use super::declare::{ReadRecord, fields, key, reader, record, scanned_record, tag};
use super::scan::{Scanner, each_top_level_value};
use super::value::{ReadValue as _, expected, fill_late, type_of};
use super::{Json, Timestamp};

record! {
    /// The first line of a file: the process that wrote the file.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Header<'a> {
        /// When the file was created.
        ts: Timestamp,
        type HeaderTag = "header",
        /// The version of the schema.
        v: u32,
        /// The process id.
        pid: u32,
        /// The name of the host program.
        app: Option<Cow<'a, str>>,
        /// The version of the host program.
        app_version: Option<Cow<'a, str>>,
        /// The session that was current.
        session_id: Option<Cow<'a, str>>,
        /// The operating system, as `std::env::consts::OS` names it.
        os: Option<Cow<'a, str>>,
        /// The architecture, as `std::env::consts::ARCH` names it.
        arch: Option<Cow<'a, str>>,
        /// The random id of the launch, 32 hexadecimal digits, from which the span ids of the process are hashed.
        launch_id: Option<Cow<'a, str>>,
    }
}

impl Header<'_> {
    /// Returns the name and the version of the host program, such as `codex 0.55.0`; the name alone if the version is unknown.
    pub fn program(&self) -> String {
        let name = self.app.as_deref().filter(|name| !name.is_empty());
        let version = self.app_version.as_deref().unwrap_or("");
        program(name.unwrap_or("?"), version)
    }
}

/// Returns the name and the version of a program, without an empty version.
pub fn program(name: &str, version: &str) -> String {
    let separator = if version.is_empty() { "" } else { " " };
    format!("{name}{separator}{version}")
}

scanned_record! {
    /// A span that has ended.
    #[derive(Clone, Debug, Default)]
    pub struct Span<'a> {
        /// When the span was entered.
        ts: Timestamp,
        type SpanTag = "span",
        /// The name of the span.
        name: Cow<'a, str>,
        /// `error`, `warn`, `debug` or `trace`; absent for `info`.
        level: Option<Cow<'a, str>>,
        /// The number of the span, unique in its process.
        id: u64,
        /// The id of the enclosing span, in the process of this span.
        parent: Option<u64>,
        /// The name of the thread that entered the span.
        thread: Option<Cow<'a, str>>,
        /// The time from entry to end, in nanoseconds.
        dur_ns: u64,
        /// The time spent in polls, in nanoseconds; for futures only.
        busy_ns: Option<u64>,
        /// The number of polls; for futures only.
        polls: Option<u64>,
        /// `ok`, `err`, `panic` or `cancelled`.
        outcome: Option<Cow<'a, str>>,
        /// The text of the error, if the attribute has `err`.
        error: Option<Cow<'a, str>>,
        /// The return value, if the attribute has `ret`.
        ret: Option<Cow<'a, str>>,
        /// The number of the turn that the span is, in its session.
        turn: Option<u64>,
        /// The operation of an agent that the call is: `execute_tool` or `invoke_agent`.
        operation: Option<Cow<'a, str>>,
        /// The name of the operation's tool.
        tool: Option<Cow<'a, str>>,
        /// The name of the operation's agent.
        agent: Option<Cow<'a, str>>,
        /// The W3C id of the trace, 32 hexadecimal digits.
        trace_id: Option<Cow<'a, str>>,
        /// The W3C id of the span, 16 hexadecimal digits.
        span_id: Option<Cow<'a, str>>,
        /// The W3C id of the parent, if the parent is a span of another process.
        parent_span_id: Option<Cow<'a, str>>,
        /// `false` if the remote parent of the trace is not sampled; otherwise absent.
        sampled: Option<bool>,
        /// The session that was current.
        session_id: Option<Cow<'a, str>>,
        /// `file:line` of the annotated function.
        src: Option<Cow<'a, str>>,
        /// The fields of the span: a JSON object that is not parsed further.
        fields: Option<Json<'a>>,
        /// The keys of the fields whose values are lengths in bytes of texts that are not stored: a JSON array.
        lengths: Option<Json<'a>>,
    }
}

scanned_record! {
    /// A span that was entered; written with `span_events = "full"` only.
    #[derive(Clone, Debug, Default)]
    pub struct SpanStart<'a> {
        /// When the span was entered.
        ts: Timestamp,
        type SpanStartTag = "span_start",
        /// The name of the span.
        name: Cow<'a, str>,
        /// `error`, `warn`, `debug` or `trace`; absent for `info`.
        level: Option<Cow<'a, str>>,
        /// The number of the span, unique in its process; the [`Span`] record has the same number.
        id: u64,
        /// The id of the enclosing span, in the process of this span.
        parent: Option<u64>,
        /// The name of the thread that entered the span.
        thread: Option<Cow<'a, str>>,
        /// The operation of an agent that the call is: `execute_tool` or `invoke_agent`.
        operation: Option<Cow<'a, str>>,
        /// The name of the operation's tool.
        tool: Option<Cow<'a, str>>,
        /// The name of the operation's agent.
        agent: Option<Cow<'a, str>>,
        /// The session that was current.
        session_id: Option<Cow<'a, str>>,
        /// `file:line` of the annotated function.
        src: Option<Cow<'a, str>>,
        /// The fields with which the span was entered: a JSON object that is not parsed further.
        fields: Option<Json<'a>>,
        /// The keys of the fields whose values are lengths in bytes of texts that are not stored: a JSON array.
        lengths: Option<Json<'a>>,
    }
}

scanned_record! {
    /// An event.
    #[derive(Clone, Debug, Default)]
    pub struct Event<'a> {
        /// When the event happened.
        ts: Timestamp,
        type EventTag = "event",
        /// The name of the event.
        name: Cow<'a, str>,
        /// `error`, `warn`, `debug` or `trace`; absent for `info`.
        level: Option<Cow<'a, str>>,
        /// The id of the span in which the event happened, in the process of the event.
        parent: Option<u64>,
        /// The name of the thread.
        thread: Option<Cow<'a, str>>,
        /// The W3C id of the trace of that span, 32 hexadecimal digits.
        trace_id: Option<Cow<'a, str>>,
        /// The W3C id of the span, if it is a span of another process.
        parent_span_id: Option<Cow<'a, str>>,
        /// The session that was current.
        session_id: Option<Cow<'a, str>>,
        /// `file:line` of the call.
        src: Option<Cow<'a, str>>,
        /// The fields of the event: a JSON object that is not parsed further.
        fields: Option<Json<'a>>,
        /// The keys of the fields whose values are lengths in bytes of texts that are not stored: a JSON array.
        lengths: Option<Json<'a>>,
    }
}

record! {
    /// Records that are missing: those that could not be written, reported once the disk accepts records again; or
    /// those that `max_per_second` or `sample` omitted.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Lost<'a> {
        /// When the loss was reported.
        ts: Timestamp,
        type LostTag = "lost",
        /// The number of missing records.
        count: u64,
        /// The bytes of the missing records; 0 for records that were suppressed before they were encoded.
        bytes: u64,
        /// The text of the last error, `max_per_second: NAME`, `sample: NAME`, or `repeated request id`.
        cause: Cow<'a, str>,
    }
}
