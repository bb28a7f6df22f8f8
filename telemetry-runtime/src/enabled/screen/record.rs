//! The lines of a frame, in the format of `docs/schema/screen.schema.json`.

use crate::SessionId;
use crate::enabled::clock::{self, Stamp};
use crate::enabled::json;
use crate::enabled::limits::MAX_LINE;
use crate::enabled::trace::{self, SpanPlace};

/// Upper bound for the bytes of a line without its rows.
const AROUND: usize = 1024;

/// The time of the end of a frame, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameTime {
    /// Of the clock that [`clock::nanos`] reads.
    pub(super) monotonic: u64,
    /// Of the system's clock.
    pub(super) wall: u64,
}

impl FrameTime {
    pub(super) fn now() -> Self {
        let now = clock::now();
        Self {
            monotonic: clock::nanos(now),
            wall: clock::wall_nanos(now),
        }
    }
}

/// The keys that all lines of a frame share.
#[derive(Clone, Debug)]
pub(super) struct FrameRecord {
    pub(super) stream: u64,
    /// Frames since the last record that this one includes.
    pub(super) merged: u64,
    /// The time of the system's clock, in nanoseconds.
    pub(super) time: u64,
    pub(super) place: SpanPlace,
    pub(super) session: Option<SessionId>,
    pub(super) size: (u16, u16),
    pub(super) is_full: bool,
    /// The column and the row; `None` while the cursor is hidden.
    pub(super) cursor: Option<(u16, u16)>,
}

impl FrameRecord {
    /// Returns the lines of these rows, each a JSON object, in the record with this number. A frame that is too long for one line
    /// has several, and all but the last have `more`.
    pub(super) fn lines(&self, number: u64, rows: &[&[u8]]) -> Vec<u8> {
        let mut head = b"{\"ts\":\"".to_vec();
        Stamp::new().write(&mut head, self.time);
        self.write_head(&mut head, number);
        let mut lines = head.clone();
        let mut start = 0;
        let mut separator = &b""[..];
        for row in rows {
            if lines.len() - start + row.len() + AROUND > MAX_LINE {
                lines.extend_from_slice(b"],\"more\":true}\n");
                start = lines.len();
                lines.extend_from_slice(&head);
                separator = b"";
            }
            lines.extend_from_slice(separator);
            lines.extend_from_slice(row);
            separator = b",";
        }
        lines.extend_from_slice(b"]}\n");
        lines
    }

    /// Writes the keys from behind the time to the beginning of the rows.
    fn write_head(&self, out: &mut Vec<u8>, number: u64) {
        out.extend_from_slice(b"\",\"type\":\"screen\",\"v\":1,\"stream\":\"");
        out.extend_from_slice(&trace::hex(self.stream));
        out.extend_from_slice(b"\",\"frame\":");
        json::unsigned(&mut *out, number);
        if self.merged > 0 {
            out.extend_from_slice(b",\"merged\":");
            json::unsigned(&mut *out, self.merged);
        }
        if self.place.number != 0 {
            out.extend_from_slice(b",\"parent\":");
            json::unsigned(&mut *out, self.place.number);
        }
        if let Some(span) = self.place.span_id() {
            out.extend_from_slice(b",\"trace_id\":\"");
            out.extend_from_slice(&trace::long_hex(self.place.trace_id()));
            out.extend_from_slice(b"\",\"span_id\":\"");
            out.extend_from_slice(&trace::hex(span));
            out.push(b'"');
        }
        if let Some(session) = self.session {
            out.extend_from_slice(b",\"session_id\":\"");
            out.extend_from_slice(&session.text());
            out.push(b'"');
        }
        out.extend_from_slice(b",\"width\":");
        json::unsigned(&mut *out, u64::from(self.size.0)).extend_from_slice(b",\"height\":");
        json::unsigned(&mut *out, u64::from(self.size.1));
        if self.is_full {
            out.extend_from_slice(b",\"full\":true");
        }
        if let Some((x, y)) = self.cursor {
            out.extend_from_slice(b",\"cursor\":[");
            json::unsigned(&mut *out, u64::from(x)).push(b',');
            json::unsigned(&mut *out, u64::from(y)).push(b']');
        }
        out.extend_from_slice(b",\"rows\":[");
    }
}
