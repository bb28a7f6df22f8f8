//! The lines of the debug log: one function per record, keys in the order of the design's §6.

use super::callsite::Callsite;
use super::clock::{self, Stamp, Ticks};
use super::fields::Fields;
use super::json;
use super::limits::MAX_LINE;
use super::span::SpanData;
use super::thread::Local;
use crate::{Level, SessionId};

/// Appends a closed span. `thread` is a JSON string.
pub(crate) fn span(
    out: &mut Vec<u8>,
    stamp: &mut Stamp,
    thread: &[u8],
    callsite: &Callsite,
    data: &SpanData,
) {
    begin(out, stamp, data.start, b"span", callsite);
    identity(out, data, thread);
    number(out, b",\"dur_ns\":", data.end.saturating_sub(data.start));
    if let Some(polls) = data.polls {
        number(out, b",\"busy_ns\":", polls.busy);
        number(out, b",\"polls\":", polls.count);
    }
    out.extend_from_slice(b",\"outcome\":\"");
    out.extend_from_slice(data.outcome.as_str().as_bytes());
    out.push(b'"');
    out.extend_from_slice(&data.end_texts);
    finish(out, data.session, callsite, &data.fields);
}

/// Writes a span's line at entry, where the debug log is to have one.
pub(crate) fn span_start(local: &mut Local, callsite: &'static Callsite, data: &SpanData) {
    if super::writer::span_events_full() {
        local.write(callsite.log(), |out, stamp, thread| {
            begin(out, stamp, data.start, b"span_start", callsite);
            identity(out, data, thread);
            finish(out, data.session, callsite, &data.fields);
        });
    }
}

/// What an event knows besides its fields.
pub(crate) struct EventContext<'a> {
    pub(crate) at: Ticks,
    /// 0: none.
    pub(crate) parent: u64,
    pub(crate) thread: &'a [u8],
    pub(crate) session: Option<SessionId>,
}

/// Appends an event as a JSON line.
pub(crate) fn event(
    out: &mut Vec<u8>,
    stamp: &mut Stamp,
    context: &EventContext<'_>,
    callsite: &Callsite,
    fields: &Fields,
) {
    begin(out, stamp, context.at, b"event", callsite);
    parent_and_thread(out, context.parent, context.thread);
    finish(out, context.session, callsite, fields);
}

/// Appends an event as a line for people: `2026-11-22T18:54:00.123456Z  INFO name key=value`.
pub(crate) fn event_text(
    out: &mut Vec<u8>,
    stamp: &mut Stamp,
    at: Ticks,
    callsite: &Callsite,
    fields: &Fields,
) {
    text_head(out, stamp, at, callsite.level);
    out.extend_from_slice(callsite.name.as_bytes());
    fields.write_text(out);
}

/// Appends the beginning of a line for people.
pub(crate) fn text_head(out: &mut Vec<u8>, stamp: &mut Stamp, at: Ticks, level: Level) {
    stamp.write(out, clock::wall_nanos(at));
    out.extend_from_slice(match level {
        Level::Error => b" ERROR ",
        Level::Warn => b"  WARN ",
        Level::Info => b"  INFO ",
        Level::Debug => b" DEBUG ",
        Level::Trace => b" TRACE ",
    });
}

fn begin(out: &mut Vec<u8>, stamp: &mut Stamp, at: Ticks, kind: &[u8], callsite: &Callsite) {
    out.extend_from_slice(b"{\"ts\":\"");
    stamp.write(out, clock::wall_nanos(at));
    out.extend_from_slice(b"\",\"type\":\"");
    out.extend_from_slice(kind);
    // Names are checked when the host is compiled: nothing in them needs an escape.
    out.extend_from_slice(b"\",\"name\":\"");
    out.extend_from_slice(callsite.name.as_bytes());
    out.push(b'"');
    if callsite.level != Level::Info {
        out.extend_from_slice(b",\"level\":\"");
        out.extend_from_slice(callsite.level.as_str().as_bytes());
        out.push(b'"');
    }
}

fn identity(out: &mut Vec<u8>, data: &SpanData, thread: &[u8]) {
    number(out, b",\"id\":", data.id);
    parent_and_thread(out, data.parent, thread);
}

fn parent_and_thread(out: &mut Vec<u8>, parent: u64, thread: &[u8]) {
    if parent != 0 {
        number(out, b",\"parent\":", parent);
    }
    out.extend_from_slice(b",\"thread\":");
    out.extend_from_slice(thread);
}

fn finish(out: &mut Vec<u8>, session: Option<SessionId>, callsite: &Callsite, fields: &Fields) {
    if let Some(session) = session {
        out.extend_from_slice(b",\"session_id\":\"");
        out.extend_from_slice(&session.text());
        out.push(b'"');
    }
    out.extend_from_slice(b",\"src\":\"");
    json::escape(out, callsite.src);
    out.push(b'"');
    fields.write(out);
    out.push(b'}');
    debug_assert!(
        out.len() < MAX_LINE,
        "the caps of the parts keep a line below its own"
    );
}

fn number(out: &mut Vec<u8>, key: &[u8], value: u64) {
    out.extend_from_slice(key);
    json::unsigned(out, value);
}
