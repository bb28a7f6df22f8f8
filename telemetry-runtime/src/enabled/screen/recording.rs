//! One recording: the screen of one backend, and the frames that are queued for the writer.

use std::sync::Arc;

use ratatui_core::backend::ClearType;
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Rect, Size};
use ratatui_core::style::Modifier;
use telemetry_text::{Screen, columns};

use super::backlog::{Backlog, UnwrittenFrame};
use super::grid::{self, Grid};
#[cfg(test)]
use super::masked::MaskedRows;
use super::masked::Rows;
use super::rate::FrameRate;
use super::record::{FrameRecord, FrameTime};
#[cfg(test)]
use super::row::ScreenRow;
use super::{log_of, style};
use crate::enabled::capture;
use crate::enabled::deferred;
use crate::enabled::limiter;
use crate::enabled::process;
use crate::enabled::session;
use crate::enabled::thread;
use crate::enabled::trace::Launch;
use crate::enabled::writer;

/// The interval of frames with all rows, in nanoseconds. A reader can begin at any such frame, so that a removed segment makes
/// no more than one interval of the following one unreadable.
const FULL_EVERY: u64 = 60 * 1_000_000_000;

/// A recording.
#[derive(Debug)]
pub(super) struct Recording {
    /// The state of the switch when the recording began.
    state: u64,
    /// The generation of the process in which the recording began.
    generation: u64,
    /// The random id of the recording.
    stream: u64,
    screen: Screen,
    has_failed: bool,
    grid: Grid,
    backlog: Arc<Backlog>,
    /// The last frame that is certain to be written.
    queued: QueuedScreen,
    /// The frame after it, which the next one replaces unless the writer has taken it.
    last: Option<LastFrame>,
    /// Whether the next frame has all rows.
    is_full_due: bool,
    /// The time of the last frame with all rows.
    full_at: u64,
    /// Frames that were replaced since the last frame that is certain to be written.
    merged: u64,
    rate: FrameRate,
}

/// The visible contents of a frame.
#[derive(Debug, Default)]
struct QueuedScreen {
    cursor: Option<(u16, u16)>,
    rows: Rows,
}

/// A frame that the next one may replace.
#[derive(Debug)]
struct LastFrame {
    screen: QueuedScreen,
    is_full: bool,
    /// The time of the frame, by the monotonic clock.
    at: u64,
}

impl Recording {
    pub(super) fn new(state: u64, size: Size) -> Self {
        let number = thread::with_any(thread::Local::next_id).unwrap_or_default();
        Self {
            state,
            generation: process::generation(),
            stream: Launch::current().span_id(number),
            screen: Screen::new(size.width, size.height),
            has_failed: false,
            grid: Grid::default(),
            backlog: Arc::new(Backlog::new(log_of(state))),
            queued: QueuedScreen::default(),
            last: None,
            is_full_due: true,
            full_at: 0,
            merged: 0,
            rate: FrameRate::default(),
        }
    }

    /// Returns whether the recording is of this state of the switch and of this process.
    pub(super) fn is_of(&self, state: u64) -> bool {
        self.state == state && self.generation == process::generation()
    }

    /// Ends the recording after a panic.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed || self.backlog.has_failed()
    }

    pub(super) fn cell(&mut self, x: u16, y: u16, cell: &Cell) {
        let symbol = cell.symbol();
        if cell.modifier.contains(Modifier::HIDDEN) {
            let blanks = " ".repeat(columns(symbol));
            self.screen.put(x, y, &blanks, style::of(cell));
        } else {
            self.screen.put(x, y, symbol, style::of(cell));
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.screen.feed(bytes);
    }

    pub(super) fn append_lines(&mut self, lines: u16) {
        // Further lines show nothing else.
        for _ in 0..lines.min(self.screen.size().1 * 2) {
            self.bytes(b"\n");
        }
    }

    pub(super) fn move_cursor(&mut self, position: Position) {
        let Position { x, y } = position;
        self.screen
            .control(&[y.saturating_add(1), x.saturating_add(1)], b'H');
    }

    pub(super) fn clear(&mut self, clear_type: ClearType) {
        self.bytes(match clear_type {
            ClearType::All => b"\x1b[0m\x1b[2J",
            ClearType::AfterCursor => b"\x1b[0m\x1b[J",
            ClearType::BeforeCursor => b"\x1b[0m\x1b[1J",
            ClearType::CurrentLine => b"\x1b[0m\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[0m\x1b[K",
        });
        self.is_full_due |= clear_type == ClearType::All;
    }

    #[cfg(feature = "ratatui-scrolling-regions")]
    pub(super) fn scroll(&mut self, rows: std::ops::Range<u16>, lines: u16, down: bool) {
        self.screen.scroll(rows, lines, down);
    }

    /// Changes the size of the screen.
    pub(super) fn resize(&mut self, size: Size) {
        if (size.width, size.height) != self.screen.size() {
            self.screen.resize(size.width, size.height);
            self.is_full_due = true;
        }
    }

    /// Queues the frame for the writer if it differs from the last one.
    pub(super) fn end_frame(&mut self, hidden: &[Rect]) {
        // A capture of this thread's records has no frames; the next frame after it has the changed rows. In a child that was
        // forked in the middle of a frame, a thread of the parent may have held the lock of the queue.
        if capture::is_capturing() || self.generation != process::generation() {
            return;
        }
        if self.queue_frame(hidden, FrameTime::now(), limiter::max_per_second()) {
            deferred::add(&self.backlog);
            if !writer::wake() {
                self.backlog.discard();
                self.is_full_due = true;
            }
        }
    }

    /// Queues the frame of this time if it differs from the last one. Returns whether it does.
    pub(super) fn queue_frame(
        &mut self,
        hidden: &[Rect],
        at: FrameTime,
        max_per_second: Option<u32>,
    ) -> bool {
        let now = at.monotonic;
        self.withdraw_last(now, max_per_second);
        self.grid.update(&mut self.screen, hidden);
        let is_full = self.is_full_due || now.saturating_sub(self.full_at) >= FULL_EVERY;
        let cursor = self.screen.cursor();
        let changed_cells = grid::changed_cells(&self.grid.rows, &self.queued.rows);
        if changed_cells.is_none() && !is_full && cursor == self.queued.cursor {
            return false;
        }
        let rows: Rows = self.grid.rows.as_slice().into();
        let frame = UnwrittenFrame {
            record: FrameRecord {
                stream: self.stream,
                merged: self.merged,
                time: at.wall,
                place: thread::with_any(|local| local.current()).unwrap_or_default(),
                session: session::current_id(),
                size: self.screen.size(),
                is_full,
                cursor,
            },
            rows: Arc::clone(&rows),
            changed_cells: changed_cells.unwrap_or(0),
        };
        let last = LastFrame {
            screen: QueuedScreen { cursor, rows },
            is_full,
            at: now,
        };
        let due = self.rate.due(max_per_second);
        if self.backlog.push(frame, now, due) {
            self.settle(last, now, max_per_second);
        } else {
            self.last = Some(last);
        }
        self.is_full_due = false;
        true
    }

    /// Takes the last frame back from the writer, or notes that it is written.
    fn withdraw_last(&mut self, now: u64, max_per_second: Option<u32>) {
        let Some(last) = self.last.take() else {
            return;
        };
        if self.backlog.withdraw_last() {
            self.merged += 1;
            self.is_full_due |= last.is_full;
        } else {
            self.settle(last, now, max_per_second);
        }
    }

    /// Notes a frame that is certain to be written.
    fn settle(&mut self, frame: LastFrame, now: u64, max_per_second: Option<u32>) {
        self.rate.admit(now, max_per_second);
        self.merged = 0;
        if frame.is_full {
            self.full_at = frame.at;
        }
        self.queued = frame.screen;
    }

    /// Returns the frames that are not written.
    #[cfg(test)]
    pub(super) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// Returns the rows of the screen as JSON, read and masked from nothing.
    #[cfg(test)]
    pub(super) fn masked_from_nothing(&mut self, hidden: &[Rect]) -> Vec<Arc<[u8]>> {
        let height = self.screen.size().1;
        let rows = (0..height).map(|y| Arc::new(ScreenRow::of(&mut self.screen, y, hidden)));
        MaskedRows::of(rows.collect(), &MaskedRows::default()).json
    }
}
