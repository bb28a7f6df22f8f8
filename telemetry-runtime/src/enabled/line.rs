//! Encoding of frames as lines: one function per record, keys in the order of the design's §6.
//!
//! Frames are encoded on the writer thread, on a thread whose ring is full, or in a flush, but not at the end of each span.

mod ids;

use self::ids::{trace_ids, trace_of_event};
use super::buffer::{LineBuffer, LineBuilder, StaticJson};
use super::callsite::{self, Callsite, CallsiteKind, EncodedParts};
use super::clock::{self, Stamp};
use super::encode::{self, KeyCache};
use super::frame::{self, FrameHead, FrameKind, FrameView, ItemRole, LogIndex, RawValue, TUI_LOG};
use super::json::{self, Append};
use super::mask;
use super::trace::Launch;
use crate::{Level, Outcome, SessionId};

/// The parts that all lines of one ring share: the thread and its session.
#[derive(Debug)]
pub(crate) struct Origin {
    /// `,"thread":"NAME"`
    thread: StaticJson,
    /// `,"thread":"NAME","dur_ns":`
    thread_of_span: StaticJson,
    /// `,"session_id":"…"`; empty outside of any session.
    session: StaticJson,
}

impl Origin {
    /// Returns the parts of the calling thread, outside of any session.
    pub(crate) fn of_this_thread() -> Self {
        let current = std::thread::current();
        Self::of_thread(current.name().unwrap_or("unnamed"))
    }

    /// Returns the parts of a thread with this name, outside of any session.
    pub(crate) fn of_thread(name: &str) -> Self {
        let name = mask::mask(name);
        let mut thread = b",\"thread\":".to_vec();
        json::string(&mut thread, &name[..name.floor_char_boundary(64)]);
        Self {
            thread: StaticJson::new(&thread),
            thread_of_span: StaticJson::new(&[&thread[..], b",\"dur_ns\":"].concat()),
            session: StaticJson::default(),
        }
    }

    fn set_session(&mut self, session: Option<SessionId>) {
        let text = |id: SessionId| [b",\"session_id\":\"", &id.text()[..], b"\""].concat();
        self.session = StaticJson::new(&session.map(text).unwrap_or_default());
    }
}

/// Encodes the frames of any ring.
#[derive(Debug)]
pub(crate) struct LineEncoder {
    /// The lines of each log.
    pub(crate) buffers: Vec<LineBuffer>,
    cache: EncoderCache,
    /// The call sites by number, as far as this encoder has met them.
    callsites: Vec<Option<&'static Callsite>>,
}

/// Values that are cached from line to line.
#[derive(Debug)]
struct EncoderCache {
    stamp: Stamp,
    keys: KeyCache,
    /// The launch of this process; `None` until the first span.
    launch: Option<Launch>,
}

impl LineEncoder {
    pub(crate) const fn new() -> Self {
        Self {
            buffers: Vec::new(),
            cache: EncoderCache {
                stamp: Stamp::new(),
                keys: KeyCache::new(),
                launch: None,
            },
            callsites: Vec::new(),
        }
    }

    /// Adds the line of a frame, if the frame is one that has a line.
    #[inline(never)] // `scripts/instructions` counts its instructions.
    pub(crate) fn add(&mut self, frame: &[u8], kind: FrameKind, origin: &mut Origin) {
        if kind == FrameKind::Session {
            return origin.set_session(frame::session_of(frame));
        }
        let Some(view) = FrameView::new(frame) else {
            return;
        };
        let head = view.head(kind);
        let log = head.route.log();
        if kind == FrameKind::Text {
            return self.text(log, view.rest);
        }
        let Some(callsite) = self.callsite(head.route.number()) else {
            return;
        };
        let cache = &mut self.cache;
        buffer(&mut self.buffers, log).line(|line| match kind {
            FrameKind::Span => span(line, cache, origin, encoded(callsite), &head, &view),
            FrameKind::SpanStart => {
                let encoded = encoded(callsite);
                let line = begin(line, cache, &head, &encoded.start_head);
                let line = parent(json::unsigned(line, head.id), head.parent);
                let mut line = origin.thread.append(line);
                if view.has_more() {
                    line = operation(line, &view);
                }
                end(line, cache, origin, encoded, &view)
            }
            _ if log == TUI_LOG => {
                let wall = clock::wall_at(head.start, head.distance);
                let line = text_head(line, &mut cache.stamp, wall, callsite.level);
                let line = line.append(callsite.name.as_bytes());
                let line = match callsite.kind {
                    CallsiteKind::Bridged { .. } => {
                        encode::message_for_people(line.put(b": "), view.items())
                    }
                    _ => encode::fields_for_people(line, view.items()),
                };
                line.put(b"\n")
            }
            _ => {
                let encoded = encoded(callsite);
                let line = begin(line, cache, &head, &encoded.head);
                let line = origin.thread.append(parent(line, head.parent));
                let line = trace_of_event(line, cache, &head, &view);
                end(line, cache, origin, encoded, &view)
            }
        });
    }

    /// Adds a line of text, masked.
    fn text(&mut self, log: LogIndex, line: &[u8]) {
        let buffer = buffer(&mut self.buffers, log);
        let line = String::from_utf8_lossy(line);
        buffer.append(&mask::mask_bytes(line.as_bytes()));
        buffer.append(b"\n");
    }

    #[inline]
    fn callsite(&mut self, number: u32) -> Option<&'static Callsite> {
        match self.callsites.get(number as usize) {
            Some(Some(callsite)) => Some(callsite),
            _ => self.find_callsite(number),
        }
    }

    #[cold]
    fn find_callsite(&mut self, number: u32) -> Option<&'static Callsite> {
        let callsite = callsite::by_number(number)?;
        let index = number as usize;
        if index >= self.callsites.len() {
            self.callsites.resize(index + 1, None);
        }
        self.callsites[index] = Some(callsite);
        Some(callsite)
    }
}

#[inline]
fn buffer(buffers: &mut Vec<LineBuffer>, log: LogIndex) -> &mut LineBuffer {
    let index = log as usize;
    if index >= buffers.len() {
        buffers.resize_with(index + 1, LineBuffer::default);
    }
    &mut buffers[index]
}

/// Returns the constant parts of a call site's lines.
#[inline]
fn encoded(callsite: &Callsite) -> &EncodedParts {
    callsite.encoded(|| {
        // The macros check names: nothing in them needs an escape.
        let level = match callsite.level {
            Level::Info => String::new(),
            level => format!(",\"level\":\"{level}\""),
        };
        let head = |kind: &str, behind: &str| {
            let name = callsite.name;
            let head = format!("\",\"type\":\"{kind}\",\"name\":\"{name}\"{level}{behind}");
            StaticJson::new(head.as_bytes())
        };
        let mut src = b",\"src\":".to_vec();
        json::string(&mut src, &mask::mask(callsite.src));
        EncodedParts {
            head: match callsite.kind {
                CallsiteKind::Span | CallsiteKind::Bridged { is_span: true, .. } => {
                    head("span", ",\"id\":")
                }
                CallsiteKind::Event { .. } | CallsiteKind::Bridged { .. } => head("event", ""),
            },
            start_head: head("span_start", ",\"id\":"),
            src: StaticJson::new(&src),
        }
    })
}

/// Appends a closed span.
#[inline]
fn span<'a>(
    line: LineBuilder<'a>,
    cache: &mut EncoderCache,
    origin: &Origin,
    encoded: &EncodedParts,
    head: &FrameHead,
    view: &FrameView<'_>,
) -> LineBuilder<'a> {
    let line = begin(line, cache, head, &encoded.head);
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
        line = operation(turn(end_texts(line, view), view), view);
    }
    line = trace_ids(line, cache, head, view);
    end(line, cache, origin, encoded, view)
}

#[cold]
fn polls<'a>(mut line: LineBuilder<'a>, view: &FrameView<'_>) -> LineBuilder<'a> {
    for item in view.items() {
        if let RawValue::Polls { count, busy } = item.value {
            line = json::unsigned(line.put(b",\"busy_ns\":"), busy);
            line = json::unsigned(line.put(b",\"polls\":"), count);
        }
    }
    line
}

/// Appends the number of the turn that the span is.
#[cold]
fn turn<'a>(line: LineBuilder<'a>, view: &FrameView<'_>) -> LineBuilder<'a> {
    let number = view.items().find_map(|item| match item.value {
        RawValue::Turn(number) => Some(number),
        _ => None,
    });
    match number {
        Some(number) => json::unsigned(line.put(b",\"turn\":"), number),
        None => line,
    }
}

/// Appends the operation of an agent, and the names of its tool and its agent.
#[cold]
fn operation<'a>(mut line: LineBuilder<'a>, view: &FrameView<'_>) -> LineBuilder<'a> {
    let texts = view.items().filter(|item| item.role == ItemRole::Operation);
    for item in texts {
        line = line.put(b",\"").append(item.key.text()).put(b"\":");
        line = encode::value(line, &item.value);
    }
    line
}

#[cold]
fn outcome(line: LineBuilder<'_>, outcome: Outcome) -> LineBuilder<'_> {
    line.put(b",\"outcome\":\"")
        .append(outcome.as_str().as_bytes())
        .put(b"\"")
}

/// Appends the text of the function's error, or of its return value.
#[cold]
fn end_texts<'a>(mut line: LineBuilder<'a>, view: &FrameView<'_>) -> LineBuilder<'a> {
    for (role, key) in [
        (ItemRole::Error, &b",\"error\":"[..]),
        (ItemRole::Returned, b",\"ret\":"),
    ] {
        for item in view.items().filter(|item| item.role == role) {
            line = encode::value(line.append(key), &item.value);
        }
    }
    line
}

/// Appends the beginning of a line of text: time stamp and level.
fn text_head<A: Append>(out: A, stamp: &mut Stamp, wall: u64, level: Level) -> A {
    stamp.write(out, wall).append(match level {
        Level::Error => b" ERROR ",
        Level::Warn => b"  WARN ",
        Level::Info => b"  INFO ",
        Level::Debug => b" DEBUG ",
        Level::Trace => b" TRACE ",
    })
}

/// Like [`text_head`], with the time of the call.
pub(crate) fn text_head_now(out: &mut Vec<u8>, level: Level) {
    text_head(
        out,
        &mut Stamp::new(),
        clock::wall_nanos(clock::now()),
        level,
    );
}

#[inline]
fn begin<'a>(
    line: LineBuilder<'a>,
    cache: &mut EncoderCache,
    head: &FrameHead,
    encoded: &StaticJson,
) -> LineBuilder<'a> {
    let wall = clock::wall_at(head.start, head.distance);
    encoded.append(cache.stamp.write(line.put(b"{\"ts\":\""), wall))
}

#[inline]
fn parent(line: LineBuilder<'_>, parent: u64) -> LineBuilder<'_> {
    if parent == 0 {
        return line;
    }
    json::unsigned(line.put(b",\"parent\":"), parent)
}

#[inline]
fn end<'a>(
    line: LineBuilder<'a>,
    cache: &mut EncoderCache,
    origin: &Origin,
    encoded: &EncodedParts,
    view: &FrameView<'_>,
) -> LineBuilder<'a> {
    let line = encoded.src.append(origin.session.append(line));
    encode::fields(line, &mut cache.keys, view.items(), view.omitted()).put(b"}\n")
}
