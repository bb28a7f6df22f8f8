//! Text lines for the TUI's log, from the host's code.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_schema::record::Timestamp;

use super::frame::{self, TUI_LOG};
use super::limits::MAX_LINE;
use super::line;
use super::mask::{self, CUT_TOKEN_LEN};
use super::reentry;
use super::thread;
use crate::Level;

/// A writer of text to the TUI's log. A line is written at its newline, or when the writer is dropped.
///
/// Each line begins with the time at which it was written and `INFO`, unless it begins with a time in RFC 3339 already, as
/// those of `tracing_subscriber` do. Secrets are masked. A line longer than 16 KiB is cut. Writing never fails: a line that cannot
/// be written is counted by `Telemetry::health`. Writing a line waits for the disk no longer than writing a span.
#[derive(Debug)]
pub struct TuiLog {
    /// The beginning of a line whose newline was not yet written.
    partial: Vec<u8>,
    /// Bytes of that line that are not kept.
    cut: usize,
    /// Whether the last line was within a private key, so that the next lines are not written until the key ends.
    in_key: bool,
}

/// Whether telemetry and this log are enabled.
static RECORDING: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_recording(recording: bool) {
    RECORDING.store(recording, Ordering::Relaxed);
}

/// The longest line, in bytes.
const MAX_TEXT: usize = MAX_LINE / 4;

impl TuiLog {
    pub(crate) fn at_line_start() -> Self {
        Self {
            partial: Vec::new(),
            cut: 0,
            in_key: false,
        }
    }

    /// Writes a warning of telemetry itself.
    pub(crate) fn warn(text: &str) {
        let mut line = Vec::new();
        line::text_head_now(&mut line, Level::Warn);
        line.extend_from_slice(b"telemetry: ");
        line.extend_from_slice(text.as_bytes());
        write_line(&line);
    }
}

impl Clone for TuiLog {
    /// Returns another writer of this log. A line without its newline stays in the first writer.
    fn clone(&self) -> Self {
        Self::at_line_start()
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

    /// Does nothing, because the writer thread has received all whole lines, and a line without its newline is kept.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TuiLog {
    fn keep(&mut self, part: &[u8]) {
        let kept = part.len().min(MAX_TEXT.saturating_sub(self.partial.len()));
        self.partial.extend_from_slice(&part[..kept]);
        self.cut += part.len() - kept;
    }

    fn end_line(&mut self) {
        if self.cut > 0 {
            // A secret across the cut is recognised only with the bytes behind the cut. Therefore the text is kept beyond the
            // cut, masked, and cut then.
            let mut len = self.partial.len() - CUT_TOKEN_LEN;
            while self.partial[len] & 0xc0 == 0x80 {
                len -= 1;
            }
            self.cut += self.partial.len() - len;
            self.partial = mask::mask_beginning(&self.partial, len).into_owned();
            let mark = format!("…[+{} bytes]", self.cut);
            self.partial.extend_from_slice(mark.as_bytes());
        }
        // A private key is on many lines, and lines are masked one by one.
        if !(self.in_key && mask::is_inside_private_key(&self.partial)) {
            self.in_key = mask::leaves_private_key_open(&self.partial);
            if reentry::admits() {
                write_stamped(&self.partial);
            }
        }
        self.partial.clear();
        self.cut = 0;
    }
}

impl Drop for TuiLog {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }
}

/// Writes a line of the host, with a time if it has none.
fn write_stamped(text: &[u8]) {
    if !RECORDING.load(Ordering::Relaxed) {
        return;
    }
    if begins_with_time(text) {
        return write_line(text);
    }
    let mut line = Vec::with_capacity(text.len() + HEAD_LEN);
    line::text_head_now(&mut line, Level::Info);
    line.extend_from_slice(text);
    write_line(&line);
}

/// The length of a time stamp with a level and their spaces.
const HEAD_LEN: usize = "2026-11-22T18:54:00.123456Z  INFO ".len();

/// Returns whether the first word is a time, by which readers sort the line.
fn begins_with_time(text: &[u8]) -> bool {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    text.first().is_some_and(u8::is_ascii_digit)
        && str::from_utf8(&text[..end]).is_ok_and(|word| word.parse::<Timestamp>().is_ok())
}

fn write_line(text: &[u8]) {
    if !RECORDING.load(Ordering::Relaxed) {
        return;
    }
    let frame = frame::text(TUI_LOG, text);
    if thread::with_any(|local| local.send(None, &frame)).is_none() {
        reentry::count();
    }
}
