//! The W3C ids of spans and events.

use super::EncoderCache;
use crate::enabled::buffer::LineBuilder;
use crate::enabled::frame::{FrameHead, FrameView, RawValue};
use crate::enabled::trace::{self, Launch, RemoteParent};

/// Appends the ids of the trace and of the span.
#[inline]
pub(super) fn trace_ids<'a>(
    line: LineBuilder<'a>,
    cache: &mut EncoderCache,
    head: &FrameHead,
    view: &FrameView<'_>,
) -> LineBuilder<'a> {
    let launch = *cache.launch.get_or_insert_with(Launch::current);
    let remote = if view.has_more() { remote(view) } else { None };
    let (mut trace, span) = launch.digits(head.root, head.id);
    if let Some(remote) = remote {
        trace = trace::long_hex(remote.trace);
    }
    let mut line = line
        .put(b",\"trace_id\":\"")
        .put(&trace)
        .put(b"\",\"span_id\":\"")
        .put(&span)
        .put(b"\"");
    if let Some(remote) = remote {
        line = parent_elsewhere(line, head, remote);
        if !remote.sampled {
            line = line.put(b",\"sampled\":false");
        }
    }
    line
}

/// Appends the id of the remote parent, if the record has no parent in this process.
#[cold]
fn parent_elsewhere<'a>(
    line: LineBuilder<'a>,
    head: &FrameHead,
    remote: RemoteParent,
) -> LineBuilder<'a> {
    if head.parent != 0 {
        return line;
    }
    line.put(b",\"parent_span_id\":\"")
        .put(&trace::hex(remote.span))
        .put(b"\"")
}

/// Appends the id of the trace of the span around an event. The id of the span is hashed from its number.
#[inline]
pub(super) fn trace_of_event<'a>(
    line: LineBuilder<'a>,
    cache: &mut EncoderCache,
    head: &FrameHead,
    view: &FrameView<'_>,
) -> LineBuilder<'a> {
    let remote = if view.has_more() { remote(view) } else { None };
    let trace = match remote {
        Some(remote) => trace::long_hex(remote.trace),
        None if head.parent == 0 => return line,
        None => {
            let launch = *cache.launch.get_or_insert_with(Launch::current);
            launch.trace_digits(head.root)
        }
    };
    let line = line.put(b",\"trace_id\":\"").put(&trace).put(b"\"");
    match remote {
        Some(remote) => parent_elsewhere(line, head, remote),
        None => line,
    }
}

#[cold]
fn remote(view: &FrameView<'_>) -> Option<RemoteParent> {
    view.items().find_map(|item| match item.value {
        RawValue::Remote(remote) => Some(remote),
        _ => None,
    })
}
