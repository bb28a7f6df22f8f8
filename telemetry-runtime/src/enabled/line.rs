//! The lines of the debug log: one function per record, keys in the order of the design's §6.

use super::callsite::{Callsite, Encoded};
use super::clock::Stamp;
use super::fields::Fields;
use super::json;
use super::limits::MAX_LINE;
use super::span::SpanData;
use super::thread::Local;
use crate::{Level, SessionId};

/// What the lines of one thread share, kept from one to the next.
#[derive(Debug)]
pub(crate) struct Shared {
    stamp: Stamp,
    /// `,"thread":"NAME"`; empty until the first line.
    thread: Vec<u8>,
    session: Option<SessionId>,
    /// `,"session_id":"…"` of that session.
    session_text: Vec<u8>,
}

impl Shared {
    pub(crate) const fn new() -> Self {
        Self {
            stamp: Stamp::new(),
            thread: Vec::new(),
            session: None,
            session_text: Vec::new(),
        }
    }

    fn thread(&mut self) -> &[u8] {
        if self.thread.is_empty() {
            let current = std::thread::current();
            let name = current.name().unwrap_or("unnamed");
            self.thread.extend_from_slice(b",\"thread\":");
            json::string(&mut self.thread, &name[..name.floor_char_boundary(64)]);
        }
        &self.thread
    }

    fn session(&mut self, session: Option<SessionId>) -> &[u8] {
        if session != self.session {
            self.session = session;
            self.session_text.clear();
            if let Some(id) = session {
                self.session_text.extend_from_slice(b",\"session_id\":\"");
                self.session_text.extend_from_slice(&id.text());
                self.session_text.push(b'"');
            }
        }
        &self.session_text
    }
}

/// Encodes what all lines of a call site share.
pub(crate) fn encode_callsite(kind: &str, name: &str, level: Level, src: &str) -> Encoded {
    // Names are checked when the host is compiled: nothing in them needs an escape.
    let mut head = format!("\",\"type\":\"{kind}\",\"name\":\"{name}\"").into_bytes();
    if level != Level::Info {
        head.extend_from_slice(format!(",\"level\":\"{level}\"").as_bytes());
    }
    let mut encoded_src = b",\"src\":".to_vec();
    json::string(&mut encoded_src, src);
    Encoded {
        head,
        src: encoded_src,
    }
}

/// Appends a closed span.
pub(crate) fn span(out: &mut Vec<u8>, shared: &mut Shared, callsite: &Callsite, data: &SpanData) {
    let encoded = callsite.encoded();
    begin(out, shared, data.wall);
    out.extend_from_slice(&encoded.head);
    identity(out, shared, data);
    number(out, b",\"dur_ns\":", data.end.saturating_sub(data.start));
    if let Some(polls) = data.polls {
        number(out, b",\"busy_ns\":", polls.busy);
        number(out, b",\"polls\":", polls.count);
    }
    out.extend_from_slice(b",\"outcome\":\"");
    out.extend_from_slice(data.outcome.as_str().as_bytes());
    out.push(b'"');
    out.extend_from_slice(&data.end_texts);
    finish(out, shared, data.session, encoded, &data.fields);
}

/// Writes a span's line at entry, where the debug log is to have one.
pub(crate) fn span_start(local: &mut Local, callsite: &'static Callsite, data: &SpanData) {
    if super::writer::span_events_full() {
        local.write(callsite.log(), |out, shared| {
            let start = encode_callsite("span_start", callsite.name, callsite.level, callsite.src);
            begin(out, shared, data.wall);
            out.extend_from_slice(&start.head);
            identity(out, shared, data);
            finish(out, shared, data.session, &start, &data.fields);
        });
    }
}

/// What an event knows besides its fields.
pub(crate) struct EventContext {
    /// Nanoseconds since 1970.
    pub(crate) wall: u64,
    /// 0: none.
    pub(crate) parent: u64,
    pub(crate) session: Option<SessionId>,
}

/// Appends an event as a JSON line.
pub(crate) fn event(
    out: &mut Vec<u8>,
    shared: &mut Shared,
    context: &EventContext,
    callsite: &Callsite,
    fields: &Fields,
) {
    let encoded = callsite.encoded();
    begin(out, shared, context.wall);
    out.extend_from_slice(&encoded.head);
    parent_and_thread(out, shared, context.parent);
    finish(out, shared, context.session, encoded, fields);
}

/// Appends an event as a line for people: `2026-11-22T18:54:00.123456Z  INFO name key=value`.
pub(crate) fn event_text(
    out: &mut Vec<u8>,
    shared: &mut Shared,
    wall: u64,
    callsite: &Callsite,
    fields: &Fields,
) {
    text_head(out, &mut shared.stamp, wall, callsite.level);
    out.extend_from_slice(callsite.name.as_bytes());
    fields.write_text(out);
}

/// Appends the beginning of a line for people.
pub(crate) fn text_head(out: &mut Vec<u8>, stamp: &mut Stamp, wall: u64, level: Level) {
    stamp.write(out, wall);
    out.extend_from_slice(match level {
        Level::Error => b" ERROR ",
        Level::Warn => b"  WARN ",
        Level::Info => b"  INFO ",
        Level::Debug => b" DEBUG ",
        Level::Trace => b" TRACE ",
    });
}

fn begin(out: &mut Vec<u8>, shared: &mut Shared, wall: u64) {
    out.extend_from_slice(b"{\"ts\":\"");
    shared.stamp.write(out, wall);
}

fn identity(out: &mut Vec<u8>, shared: &mut Shared, data: &SpanData) {
    number(out, b",\"id\":", data.id);
    parent_and_thread(out, shared, data.parent);
}

fn parent_and_thread(out: &mut Vec<u8>, shared: &mut Shared, parent: u64) {
    if parent != 0 {
        number(out, b",\"parent\":", parent);
    }
    out.extend_from_slice(shared.thread());
}

fn finish(
    out: &mut Vec<u8>,
    shared: &mut Shared,
    session: Option<SessionId>,
    encoded: &Encoded,
    fields: &Fields,
) {
    out.extend_from_slice(shared.session(session));
    out.extend_from_slice(&encoded.src);
    fields.write(out);
    out.push(b'}');
    debug_assert!(
        out.len() < MAX_LINE,
        "the caps of the parts keep a line below its own"
    );
}

#[inline]
fn number(out: &mut Vec<u8>, key: &[u8], value: u64) {
    out.extend_from_slice(key);
    json::unsigned(out, value);
}
