//! Text lines into the TUI's log, from the host's own code.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::clock;
use super::frame::{self, TUI_LOG};
use super::limits::MAX_LINE;
use super::line;
use super::mask::{self, CUT_TOKEN_LEN};
use super::thread;
use crate::Level;

/// Writes text into the TUI's log; a line is written when its newline comes, and at the drop.
///
/// Secrets are masked. A line longer than 16 KiB is cut. Writing never fails and never waits for the
/// disk longer than a span does.
#[derive(Debug)]
pub struct TuiLog {
    /// A line whose end is still to come.
    partial: Vec<u8>,
    /// Bytes of it that were left out.
    left_out: usize,
    /// Behind the first line of a private key: its other lines are not written.
    in_key: bool,
}

/// Whether telemetry is on, and this log with it.
static RECORDING: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_recording(recording: bool) {
    RECORDING.store(recording, Ordering::Relaxed);
}

/// Longer lines are cut.
const MAX_TEXT: usize = MAX_LINE / 4;

impl TuiLog {
    pub(crate) fn new() -> Self {
        Self {
            partial: Vec::new(),
            left_out: 0,
            in_key: false,
        }
    }

    /// Writes a line of telemetry's own.
    pub(crate) fn warn(text: &str) {
        let mut head = Vec::new();
        line::text_head(
            &mut head,
            &mut clock::Stamp::new(),
            clock::wall_nanos(clock::now()),
            Level::Warn,
        );
        head.extend_from_slice(b"telemetry: ");
        head.extend_from_slice(text.as_bytes());
        write_line(&head);
    }
}

impl Clone for TuiLog {
    /// Another writer to the same log; a half-written line stays with the first.
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl io::Write for TuiLog {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.keep(&rest[..end]);
            self.end_line();
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.keep(rest);
        }
        Ok(text.len())
    }

    /// A half-written line waits for its end; the others are with the writer already.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TuiLog {
    fn keep(&mut self, piece: &[u8]) {
        let kept = piece.len().min(MAX_TEXT.saturating_sub(self.partial.len()));
        self.partial.extend_from_slice(&piece[..kept]);
        self.left_out += piece.len() - kept;
    }

    fn end_line(&mut self) {
        if self.left_out > 0 {
            // A secret across the cut is known by the bytes behind the cut, and is replaced whole.
            let mut len = self.partial.len() - CUT_TOKEN_LEN;
            while self.partial[len] & 0xc0 == 0x80 {
                len -= 1;
            }
            self.left_out += self.partial.len() - len;
            self.partial = mask::mask_beginning(&self.partial, len).into_owned();
            let mark = format!("…[+{} bytes]", self.left_out);
            self.partial.extend_from_slice(mark.as_bytes());
        }
        // A private key stands on many lines, which are masked one by one.
        if !(self.in_key && mask::is_inside_private_key(&self.partial)) {
            self.in_key = mask::leaves_private_key_open(&self.partial);
            write_line(&self.partial);
        }
        self.partial.clear();
        self.left_out = 0;
    }
}

impl Drop for TuiLog {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }
}

fn write_line(text: &[u8]) {
    if !RECORDING.load(Ordering::Relaxed) {
        return;
    }
    let frame = frame::text(TUI_LOG, text);
    thread::with_any(|local| local.send(None, &frame));
}
