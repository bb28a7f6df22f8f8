//! Recording of the rendered screens, for `RecordingBackend`.
//!
//! | module | job |
//! |---|---|
//! | `recording` | one recording: the screen, and the frames that are queued for the writer |
//! | `backlog` | the queue, and the writer's end of it |
//! | `style` | styles of ratatui as those of a terminal |
//! | `row` | a row of the screen, without hidden areas, and its parts |
//! | `grid` | the rows at the end of a frame; unchanged rows are not read again |
//! | `wrapped` | finding secrets, also those that wrap over rows |
//! | `masked` | the rows as JSON, without secrets |
//! | `rate` | the number of frames in a second |
//! | `record` | the lines of a frame |
//!
//! The wrapper calls [`Recorder`]. No call panics, waits for the disk or changes the results that the host receives. A panic of
//! this module is caught and ends the recording.
//!
//! # Threads
//!
//! The thread that draws puts the cells on the screen, reads the rows that have changed, and queues them ([`backlog`]). The writer's
//! thread finds the secrets and writes JSON, as it does with the values of spans. It searches the whole screen of each frame, which
//! takes several times as long as all other work.
//!
//! The alternative is a search of the changed rows and of the chains through them alone, on the thread that draws. The rules of
//! masking look at names, tables, prompts and private keys in other rows, at any distance. A search of parts would have to be
//! proven equal to the search of the whole screen for each of these rules. On the writer's thread, no such proof is necessary.
//!
//! Nothing is written before it is masked: the queue is in memory alone. The promises of spans hold for frames. A frame is on the
//! disk after a round of the writer, within milliseconds; `flush`, a fork, the end of telemetry and the end of the process write
//! the queue; a killed process loses the frames that were not yet written. The time, the span and the session of a frame are those
//! at its end on the thread that draws.

mod backlog;
mod grid;
mod masked;
mod rate;
mod record;
mod recording;
mod row;
mod style;
#[cfg(test)]
mod tests;
mod wrapped;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ratatui_core::backend::ClearType;
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Rect, Size};

use self::recording::Recording;
use super::deferred;
use super::frame::LogIndex;
use super::panics::catch_internal_panic;
use super::reentry;
use super::writer;

/// [`OFF`], or the number of the last start in the upper bits and the index of the log in the lower [`LOG_BITS`].
static STATE: AtomicU64 = AtomicU64::new(OFF);
/// The number of starts so far. A recording of an earlier start begins again.
static STARTS: AtomicU64 = AtomicU64::new(0);

const OFF: u64 = 0;
const LOG_BITS: u32 = 8;

/// Enables recording to a log, or disables it. Enabled twice, recordings continue.
pub(crate) fn set_recording(log: Option<LogIndex>) {
    let state = STATE.load(Ordering::Relaxed);
    match log {
        None => STATE.store(OFF, Ordering::Relaxed),
        Some(log) if state != OFF && log_of(state) == log => {}
        Some(log) => {
            let start = STARTS.fetch_add(1, Ordering::Relaxed) + 1;
            STATE.store(start << LOG_BITS | u64::from(log), Ordering::Relaxed);
        }
    }
}

/// Returns the size that is in one word.
fn size_of(word: u32) -> Size {
    let half = |shift: u32| u16::try_from(word >> shift & 0xffff).unwrap_or(u16::MAX);
    Size::new(half(16), half(0))
}

/// How long a fork may be delayed until frames are written.
const HAND_OVER_TIMEOUT: Duration = Duration::from_millis(50);

/// Has the frames that are due written before a fork, because a parent that ends without exit handlers would lose them. Waits at
/// most for [`HAND_OVER_TIMEOUT`].
pub(crate) fn hand_over() {
    if deferred::is_any() && writer::wake() {
        deferred::wait_for_due(Instant::now() + HAND_OVER_TIMEOUT);
    }
}

fn log_of(state: u64) -> LogIndex {
    // At most 255.
    LogIndex::try_from(state & ((1 << LOG_BITS) - 1)).unwrap_or_default()
}

/// The recording of one backend; costs one load a frame while disabled.
#[derive(Debug)]
pub(crate) struct Recorder {
    recording: Option<Box<Recording>>,
    /// Whether [`STATE`] was read in this frame.
    is_checked: bool,
    /// The size that the host has read last, as width and height in one word; 0 if none.
    observed_size: AtomicU32,
    hidden: Vec<Rect>,
}

impl Recorder {
    pub(crate) const fn new() -> Self {
        Self {
            recording: None,
            is_checked: false,
            observed_size: AtomicU32::new(0),
            hidden: Vec::new(),
        }
    }

    /// Returns whether the frame is recorded. The first call in a frame begins and ends recordings; `size` is called where one
    /// begins.
    #[inline]
    pub(crate) fn is_recording(&mut self, size: impl FnOnce() -> Option<Size>) -> bool {
        if !self.is_checked {
            self.is_checked = true;
            let state = STATE.load(Ordering::Relaxed);
            if state != OFF || self.recording.is_some() {
                self.switch(state, size);
            }
        }
        self.recording.is_some()
    }

    #[cold]
    fn switch(&mut self, state: u64, size: impl FnOnce() -> Option<Size>) {
        let recording = self.recording.as_deref();
        if recording.is_some_and(|recording| recording.is_of(state)) {
            return;
        }
        // `size` is code of the host, and is therefore called before the thread is marked as inside telemetry.
        let size = (state != OFF).then(size).flatten();
        let _inside = reentry::enter();
        self.recording = catch_internal_panic(|| {
            (state != OFF)
                .then(|| Box::new(Recording::new(state, size.unwrap_or(Size::new(80, 24)))))
        })
        .flatten();
    }

    /// Changes the recording. A panic ends it.
    fn with(&mut self, change: impl FnOnce(&mut Recording)) {
        let Some(recording) = self.recording.as_deref_mut() else {
            return;
        };
        if recording.has_failed() {
            return;
        }
        let _inside = reentry::enter();
        let observed = std::mem::take(self.observed_size.get_mut());
        let changed = catch_internal_panic(|| {
            if observed != 0 {
                recording.resize(size_of(observed));
            }
            change(recording);
        });
        if changed.is_none() {
            // The state after a panic may be inconsistent, so that this recording ends. The next one begins with a whole screen.
            recording.fail();
        }
    }

    pub(crate) fn hide(&mut self, area: Rect) {
        let _inside = reentry::enter();
        let covers = |outer: &Rect, inner: &Rect| outer.intersection(*inner) == *inner;
        if !self.hidden.iter().any(|known| covers(known, &area)) {
            self.hidden.retain(|known| !covers(&area, known));
            self.hidden.push(area);
        }
    }

    pub(crate) fn show_all(&mut self) {
        self.hidden.clear();
    }

    pub(crate) fn cell(&mut self, x: u16, y: u16, cell: &Cell) {
        self.with(|recording| recording.cell(x, y, cell));
    }

    pub(crate) fn append_lines(&mut self, lines: u16) {
        self.with(|recording| recording.append_lines(lines));
    }

    pub(crate) fn show_cursor(&mut self, is_shown: bool) {
        self.with(|recording| recording.bytes(if is_shown { b"\x1b[?25h" } else { b"\x1b[?25l" }));
    }

    pub(crate) fn move_cursor(&mut self, position: Position) {
        self.with(|recording| recording.move_cursor(position));
    }

    pub(crate) fn clear(&mut self, clear_type: ClearType) {
        self.with(|recording| recording.clear(clear_type));
    }

    /// Notes the size of the terminal, which takes effect before the next change.
    #[inline]
    pub(crate) fn observe_size(&self, size: Size) {
        if self.recording.is_some() {
            let size = u32::from(size.width) << 16 | u32::from(size.height);
            self.observed_size.store(size, Ordering::Relaxed);
        }
    }

    #[cfg(feature = "ratatui-scrolling-regions")]
    pub(crate) fn scroll(&mut self, rows: std::ops::Range<u16>, lines: u16, down: bool) {
        self.with(|recording| recording.scroll(rows, lines, down));
    }

    /// Interprets bytes that the host wrote to the terminal.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.with(|recording| recording.bytes(bytes));
    }

    /// Writes the rows that have changed since the last frame.
    #[inline]
    pub(crate) fn end_frame(&mut self) {
        self.is_checked = false;
        if self.recording.is_some() {
            self.write_frame();
        }
    }

    #[cold]
    fn write_frame(&mut self) {
        let hidden = std::mem::take(&mut self.hidden);
        self.with(|recording| recording.end_frame(&hidden));
        self.hidden = hidden;
    }
}
