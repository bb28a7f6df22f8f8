//! From frames to lines: one function per record, keys in the order of the design's §6.
//!
//! This runs on the writer thread, or on a thread that outruns it, or in a flush; never where a span is.

mod buffer;

pub(crate) use buffer::{Buffer, Keys, Line, Piece};

use super::callsite::{self, Callsite, Encoded, log_of, number_of};
use super::clock::{self, Stamp};
use super::encode;
use super::frame::{self, Head, Kind, Part, Raw, View};
use super::json::{self, Append};
use super::{mask, writer};
use crate::{Level, Outcome, SessionId};

/// What all lines from one ring share.
#[derive(Debug)]
pub(crate) struct Origin {
    /// `,"thread":"NAME"`
    thread: Piece,
    /// The same, and the key of a span's duration.
    thread_of_span: Piece,
    /// `,"session_id":"…"`; empty where there is none.
    session: Piece,
}

impl Origin {
    /// The calling thread, in no session.
    pub(crate) fn of_this_thread() -> Self {
        let current = std::thread::current();
        let name = current.name().unwrap_or("unnamed");
        let mut thread = b",\"thread\":".to_vec();
        json::string(&mut thread, &name[..name.floor_char_boundary(64)]);
        Self {
            thread: Piece::new(&thread),
            thread_of_span: Piece::new(&[&thread[..], b",\"dur_ns\":"].concat()),
            session: Piece::default(),
        }
    }

    fn set_session(&mut self, session: Option<SessionId>) {
        let text = |id: SessionId| [b",\"session_id\":\"", &id.text()[..], b"\""].concat();
        self.session = Piece::new(&session.map(text).unwrap_or_default());
    }
}

/// Makes lines. What it knows is good for any ring.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The lines of each log.
    pub(crate) of_logs: Vec<Buffer>,
    known: Known,
    callsites: Vec<&'static Callsite>,
}

/// What is not made again for each line.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    keys: Keys,
}

impl Lines {
    pub(crate) const fn new() -> Self {
        Self {
            of_logs: Vec::new(),
            known: Known {
                stamp: Stamp::new(),
                keys: Keys::new(),
            },
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
        let known = &mut self.known;
        buffer(&mut self.of_logs, log).line(|line| match kind {
            Kind::Span => span(line, known, origin, callsite.encoded(), &head, &view),
            Kind::SpanStart => {
                let encoded = callsite.encoded();
                let line = begin(line, known, &head, &encoded.start_head);
                let line = parent(json::unsigned(line, head.id), head.parent);
                end(origin.thread.append(line), known, origin, encoded, &view)
            }
            _ if writer::is_text(log) => {
                let wall = clock::wall_at(head.start, head.distance);
                let line = text_head(line, &mut known.stamp, wall, callsite.level);
                let line = line.append(callsite.name.as_bytes());
                encode::fields_for_people(line, view.items()).put(b"\n")
            }
            _ => {
                let encoded = callsite.encoded();
                let line = begin(line, known, &head, &encoded.head);
                let line = origin.thread.append(parent(line, head.parent));
                end(line, known, origin, encoded, &view)
            }
        });
    }

    /// Adds a line of the host's own text.
    fn text(&mut self, log: u32, line: &[u8]) {
        let buffer = buffer(&mut self.of_logs, log);
        let line = String::from_utf8_lossy(line);
        buffer.append(&mask::mask_bytes(line.as_bytes()));
        buffer.append(b"\n");
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

#[inline]
fn buffer(of_logs: &mut Vec<Buffer>, log: u32) -> &mut Buffer {
    let log = log as usize;
    if log >= of_logs.len() {
        of_logs.resize_with(log + 1, Buffer::default);
    }
    &mut of_logs[log]
}

/// What all lines of a call site share, from behind the time stamp to the name, and the level where it
/// is not `info`.
pub(crate) fn head(kind: &str, name: &str, level: Level) -> String {
    // Names are checked when the host is compiled: nothing in them needs an escape.
    let level = match level {
        Level::Info => String::new(),
        level => format!(",\"level\":\"{level}\""),
    };
    format!("\",\"type\":\"{kind}\",\"name\":\"{name}\"{level}")
}

/// The same of a span's lines, up to its id.
pub(crate) fn span_head(kind: &str, name: &str, level: Level) -> String {
    head(kind, name, level) + ",\"id\":"
}

/// `,"src":"FILE:LINE"`
pub(crate) fn src(src: &str) -> Vec<u8> {
    let mut encoded = b",\"src\":".to_vec();
    json::string(&mut encoded, src);
    encoded
}

/// Appends a closed span.
#[inline]
fn span<'a>(
    line: Line<'a>,
    known: &mut Known,
    origin: &Origin,
    encoded: &Encoded,
    head: &Head,
    view: &View<'_>,
) -> Line<'a> {
    let line = begin(line, known, head, &encoded.head);
    let line = parent(json::unsigned(line, head.id), head.parent);
    let line = origin.thread_of_span.append(line);
    let mut line = json::unsigned(line, clock::between(head.start, head.end));
    if view.has_more() {
        line = polls(line, view);
    }
    line = match head.outcome {
        Outcome::Ok => line.put(b",\"outcome\":\"ok\""),
        other => outcome(line, other),
    };
    if view.has_more() {
        line = end_texts(line, view);
    }
    end(line, known, origin, encoded, view)
}

#[cold]
fn polls<'a>(mut line: Line<'a>, view: &View<'_>) -> Line<'a> {
    for item in view.items() {
        if let Raw::Polls { count, busy } = item.value {
            line = json::unsigned(line.put(b",\"busy_ns\":"), busy);
            line = json::unsigned(line.put(b",\"polls\":"), count);
        }
    }
    line
}

#[cold]
fn outcome(line: Line<'_>, outcome: Outcome) -> Line<'_> {
    line.put(b",\"outcome\":\"")
        .append(outcome.as_str().as_bytes())
        .put(b"\"")
}

/// Appends the function's error, or what it returned.
#[cold]
fn end_texts<'a>(mut line: Line<'a>, view: &View<'_>) -> Line<'a> {
    for (part, key) in [
        (Part::Error, &b",\"error\":"[..]),
        (Part::Returned, b",\"ret\":"),
    ] {
        for item in view.items().filter(|item| item.part == part) {
            line = encode::value(line.append(key), &item.value);
        }
    }
    line
}

/// Appends the beginning of a line for people.
pub(crate) fn text_head<A: Append>(out: A, stamp: &mut Stamp, wall: u64, level: Level) -> A {
    stamp.write(out, wall).append(match level {
        Level::Error => b" ERROR ",
        Level::Warn => b"  WARN ",
        Level::Info => b"  INFO ",
        Level::Debug => b" DEBUG ",
        Level::Trace => b" TRACE ",
    })
}

#[inline]
fn begin<'a>(line: Line<'a>, known: &mut Known, head: &Head, encoded: &Piece) -> Line<'a> {
    let wall = clock::wall_at(head.start, head.distance);
    encoded.append(known.stamp.write(line.put(b"{\"ts\":\""), wall))
}

#[inline]
fn parent(line: Line<'_>, parent: u64) -> Line<'_> {
    if parent == 0 {
        return line;
    }
    json::unsigned(line.put(b",\"parent\":"), parent)
}

#[inline]
fn end<'a>(
    line: Line<'a>,
    known: &mut Known,
    origin: &Origin,
    encoded: &Encoded,
    view: &View<'_>,
) -> Line<'a> {
    let line = encoded.src.append(origin.session.append(line));
    encode::fields(line, &mut known.keys, view.items(), view.left_out()).put(b"}\n")
}
