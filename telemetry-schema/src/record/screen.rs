//! The records of the log `tui_stream`: the rendered screens of the host.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::declare::{fields, reader, record, tag};

record! {
    /// The rows that a frame changed on the screen of the host, or some of these rows.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ScreenFrame<'a> {
        /// When the frame was drawn.
        ts: Timestamp,
        type ScreenFrameTag = "screen",
        /// The version of the schema.
        v: u32,
        /// The random id of the recording, 16 hexadecimal digits. A process has one for each backend.
        stream: Cow<'a, str>,
        /// The number of the frame in its recording, from 1. The parts of a frame have one number.
        frame: u64,
        /// The number of frames since the last record whose changes are in this one.
        merged: Option<u64>,
        /// The id of the span in which the frame was drawn, in the process of the frame.
        parent: Option<u64>,
        /// The W3C id of the trace of that span, 32 hexadecimal digits.
        trace_id: Option<Cow<'a, str>>,
        /// The W3C id of that span, 16 hexadecimal digits.
        span_id: Option<Cow<'a, str>>,
        /// The session that was current.
        session_id: Option<Cow<'a, str>>,
        /// The columns of the screen.
        width: u32,
        /// The rows of the screen.
        height: u32,
        /// Whether the frame has all rows. Those before it are not needed any more.
        full: Option<bool>,
        /// The column and the row of the cursor, from 0; absent while it is hidden.
        cursor: Option<(u32, u32)>,
        /// The changed rows, each as a whole.
        rows: Vec<ScreenRow>,
        /// Whether the next record has further rows of this frame.
        more: Option<bool>,
    }
}

/// A row of the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScreenRow {
    /// The row, from 0.
    pub y: u32,
    /// The text of the row from its first column on, without plain blanks at the end. A wide character stands once.
    pub text: String,
    /// The styles that are not plain: the first character (a Unicode scalar value, from 0), the number of characters, and the
    /// parameters of the sequence `CSI … m` that sets the style after a reset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub style: Vec<(u32, u32, String)>,
}
