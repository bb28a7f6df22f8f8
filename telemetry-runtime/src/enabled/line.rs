//! From frames to lines: one function per record, keys in the order of the design's §6.
//!
//! This runs on the writer thread, or on a thread that outruns it, or in a flush; never where a span is.

use super::callsite::{self, Callsite, Encoded, log_of, number_of};
use super::clock::{self, Stamp};
use super::encode;
use super::frame::{self, Head, Kind, Part, Raw, View};
use super::limits::MAX_LINE;
use super::{json, mask, writer};
use crate::{Level, SessionId};

/// What all lines from one ring share.
#[derive(Debug)]
pub(crate) struct Origin {
    /// `,"thread":"NAME"`
    thread: Vec<u8>,
    /// `,"session_id":"…"`; empty where there is none.
    session: Vec<u8>,
}

impl Origin {
    /// The calling thread, in no session.
    pub(crate) fn of_this_thread() -> Self {
        let current = std::thread::current();
        let name = current.name().unwrap_or("unnamed");
        let mut thread = b",\"thread\":".to_vec();
        json::string(&mut thread, &name[..name.floor_char_boundary(64)]);
        Self {
            thread,
            session: Vec::new(),
        }
    }

    fn set_session(&mut self, session: Option<SessionId>) {
        self.session.clear();
        if let Some(id) = session {
            self.session.extend_from_slice(b",\"session_id\":\"");
            self.session.extend_from_slice(&id.text());
            self.session.push(b'"');
        }
    }
}

/// Makes lines. What it knows is good for any ring.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The lines of each log.
    pub(crate) of_logs: Vec<Vec<u8>>,
    stamp: Stamp,
    callsites: Vec<&'static Callsite>,
}

impl Lines {
    pub(crate) const fn new() -> Self {
        Self {
            of_logs: Vec::new(),
            stamp: Stamp::new(),
            callsites: Vec::new(),
        }
    }

    /// Adds the line of a frame, if it is one that has a line.
    #[inline(never)] // `scripts/instructions` counts what it takes.
    pub(crate) fn add(&mut self, frame: &[u8], kind: Kind, origin: &mut Origin) {
        if kind == Kind::Session {
            return origin.set_session(frame::session_of(frame));
        }
        let Some(view) = View::new(frame) else { return };
        let head = view.head(kind);
        let log = log_of(head.place);
        if kind == Kind::Text {
            return self.text(log, view.rest);
        }
        let Some(callsite) = self.callsite(number_of(head.place)) else {
            return;
        };
        let out = out(&mut self.of_logs, log);
        out.reserve(ROOM + view.rest.len());
        let before = out.len();
        match kind {
            Kind::Span => span(
                out,
                &mut self.stamp,
                origin,
                callsite.encoded(),
                &head,
                &view,
            ),
            Kind::SpanStart => {
                let encoded = callsite.encoded();
                begin(out, &mut self.stamp, &head, &encoded.start_head);
                identity(out, origin, &head);
                end(out, origin, encoded, &view);
            }
            _ if writer::is_text(log) => {
                let wall = clock::wall_at(head.start, head.distance);
                text_head(out, &mut self.stamp, wall, callsite.level);
                out.extend_from_slice(callsite.name.as_bytes());
                encode::fields_for_people(out, view.items());
                out.push(b'\n');
            }
            _ => {
                let encoded = callsite.encoded();
                begin(out, &mut self.stamp, &head, &encoded.head);
                parent_and_thread(out, origin, head.parent);
                end(out, origin, encoded, &view);
            }
        }
        debug_assert!(
            out.len() - before <= MAX_LINE,
            "the caps of the parts keep a line below its own"
        );
    }

    /// Takes back the beginning of a line that was not finished.
    #[cold]
    pub(crate) fn forget_unfinished(&mut self) {
        for lines in &mut self.of_logs {
            let whole = memchr::memrchr(b'\n', lines).map_or(0, |at| at + 1);
            lines.truncate(whole);
        }
    }

    /// Adds a line of the host's own text.
    fn text(&mut self, log: u32, line: &[u8]) {
        let out = out(&mut self.of_logs, log);
        let line = String::from_utf8_lossy(line);
        out.extend_from_slice(&mask::mask_bytes(line.as_bytes()));
        out.push(b'\n');
    }

    #[inline]
    fn callsite(&mut self, number: u32) -> Option<&'static Callsite> {
        let number = number as usize;
        if number >= self.callsites.len() {
            callsite::learn(&mut self.callsites);
        }
        self.callsites.get(number).copied()
    }
}

/// What a line takes beside its fields, mostly.
const ROOM: usize = 1024;

#[inline]
fn out(of_logs: &mut Vec<Vec<u8>>, log: u32) -> &mut Vec<u8> {
    let log = log as usize;
    if log >= of_logs.len() {
        of_logs.resize_with(log + 1, Vec::new);
    }
    &mut of_logs[log]
}

/// What all lines of a call site share, from behind the time stamp to the name, and the level where it
/// is not `info`.
pub(crate) fn head(kind: &str, name: &str, level: Level) -> Vec<u8> {
    // Names are checked when the host is compiled: nothing in them needs an escape.
    let mut head = format!("\",\"type\":\"{kind}\",\"name\":\"{name}\"").into_bytes();
    if level != Level::Info {
        head.extend_from_slice(format!(",\"level\":\"{level}\"").as_bytes());
    }
    head
}

/// `,"src":"FILE:LINE"`
pub(crate) fn src(src: &str) -> Vec<u8> {
    let mut encoded = b",\"src\":".to_vec();
    json::string(&mut encoded, src);
    encoded
}

/// Appends a closed span.
#[inline]
fn span(
    out: &mut Vec<u8>,
    stamp: &mut Stamp,
    origin: &Origin,
    encoded: &Encoded,
    head: &Head,
    view: &View<'_>,
) {
    begin(out, stamp, head, &encoded.head);
    identity(out, origin, head);
    number(out, b",\"dur_ns\":", clock::between(head.start, head.end));
    if view.has_more() {
        for item in view.items() {
            if let Raw::Polls { count, busy } = item.value {
                number(out, b",\"busy_ns\":", busy);
                number(out, b",\"polls\":", count);
            }
        }
    }
    out.extend_from_slice(b",\"outcome\":\"");
    out.extend_from_slice(head.outcome.as_str().as_bytes());
    out.push(b'"');
    if view.has_more() {
        for (part, key) in [
            (Part::Error, &b",\"error\":"[..]),
            (Part::Returned, b",\"ret\":"),
        ] {
            for item in view.items().filter(|item| item.part == part) {
                out.extend_from_slice(key);
                encode::value(out, &item.value);
            }
        }
    }
    end(out, origin, encoded, view);
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

#[inline]
fn begin(out: &mut Vec<u8>, stamp: &mut Stamp, head: &Head, encoded: &[u8]) {
    out.extend_from_slice(b"{\"ts\":\"");
    stamp.write(out, clock::wall_at(head.start, head.distance));
    out.extend_from_slice(encoded);
}

#[inline]
fn identity(out: &mut Vec<u8>, origin: &Origin, head: &Head) {
    number(out, b",\"id\":", head.id);
    parent_and_thread(out, origin, head.parent);
}

#[inline]
fn parent_and_thread(out: &mut Vec<u8>, origin: &Origin, parent: u64) {
    if parent != 0 {
        number(out, b",\"parent\":", parent);
    }
    out.extend_from_slice(&origin.thread);
}

#[inline]
fn end(out: &mut Vec<u8>, origin: &Origin, encoded: &Encoded, view: &View<'_>) {
    if !origin.session.is_empty() {
        out.extend_from_slice(&origin.session);
    }
    out.extend_from_slice(&encoded.src);
    encode::fields(out, view.items(), view.left_out());
    out.extend_from_slice(b"}\n");
}

#[inline]
fn number(out: &mut Vec<u8>, key: &[u8], value: u64) {
    out.extend_from_slice(key);
    json::unsigned(out, value);
}
