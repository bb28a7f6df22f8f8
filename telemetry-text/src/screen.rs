//! The model of a terminal's screen: the state of its cells after the bytes and cells that were sent to it.
//!
//! The crate `vt100` interprets the bytes. Cells of a user interface are sent to it as bytes too, so that both ways of drawing
//! share one state. Most cells ([`known`]) are sent only when other bytes follow, which is never in most programs.

mod cell;
mod clusters;
mod known;
mod parser;
mod sequences;
#[cfg(test)]
mod tests;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use self::cell::ScreenCell;
use self::clusters::Clusters;
use self::known::{KnownCell, KnownRows};
use self::parser::Parser;
use crate::cell_style::CellStyle;

/// Sequences that are fed often and change no cell: they show or hide the cursor, and begin or end a synchronized update.
const CHANGING_NO_CELL: [&[u8]; 4] = [b"\x1b[?25h", b"\x1b[?25l", b"\x1b[?2026h", b"\x1b[?2026l"];

/// The screen of a terminal.
pub struct Screen {
    parser: Parser,
    /// The bytes of the cells that were put and not yet interpreted.
    pending: Vec<u8>,
    /// The place behind the last pending cell, and its style: a neighbour needs no sequences of its own.
    pen: Option<((u16, u16), CellStyle)>,
    /// Whether the pending bytes leave a style behind.
    is_styled: bool,
    clusters: Clusters,
    /// Which rows may have changed.
    changed: Vec<bool>,
    addressing: Addressing,
    /// The rows that are known without the parser. Cells that the parser does not have yet are there only while `addressing` is
    /// [`Addressing::Screen`], and are drawn after the pending bytes.
    known: KnownRows,
    /// Whether all cells are sent to the parser at once, which the tests compare with.
    #[cfg(test)]
    sends_all: bool,
}

/// The rows to which a position of the cursor refers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addressing {
    /// The whole screen, and no sequence or character is incomplete.
    Screen,
    /// A part of the screen, or unknown rows.
    Region,
    /// Bytes were fed that may have changed the addressing.
    Unknown,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl Screen {
    /// Makes a blank screen. A size of 0 becomes 1, and one beyond [`MAX_WIDTH`](crate::MAX_WIDTH) or [`MAX_HEIGHT`](crate::MAX_HEIGHT) that limit.
    pub fn new(width: u16, height: u16) -> Self {
        let parser = Parser::new(width, height);
        let (width, height) = parser.size();
        Self {
            parser,
            pending: Vec::new(),
            pen: None,
            is_styled: false,
            clusters: Clusters::default(),
            changed: vec![true; height.into()],
            addressing: Addressing::Screen,
            known: KnownRows::blank(width, height),
            #[cfg(test)]
            sends_all: false,
        }
    }

    /// Returns the rows that may have changed since the last call. At first, these are all rows.
    pub fn take_changed_rows(&mut self) -> Vec<u16> {
        if !self.pending.is_empty() {
            self.settle();
        }
        let changed = (0..).zip(&mut self.changed);
        changed
            .filter_map(|(y, changed)| std::mem::take(changed).then_some(y))
            .collect()
    }

    /// Returns the width and the height.
    pub fn size(&self) -> (u16, u16) {
        self.parser.size()
    }

    /// Changes the size. Rows that fit are kept.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.settle();
        self.parser.set_size(width, height);
        let height = self.size().1;
        self.changed = vec![true; height.into()];
        self.known = KnownRows::unknown(height);
        self.addressing = Addressing::Unknown;
    }

    /// Interprets bytes as a terminal does: text, control characters, escape sequences.
    pub fn feed(&mut self, bytes: &[u8]) {
        let changes_no_cell = CHANGING_NO_CELL.contains(&bytes);
        if changes_no_cell && self.is_settled() {
            return self.parser.process(bytes);
        }
        self.settle();
        self.parser.process(bytes);
        if !changes_no_cell {
            self.addressing = Addressing::Unknown;
        }
        if self.addressing != Addressing::Screen {
            self.mark_all();
        }
    }

    /// Draws the text of one cell. The style does not apply to bytes that are fed later.
    pub fn put(&mut self, x: u16, y: u16, text: &str, style: CellStyle) {
        if self.put_known(x, y, text, style) {
            return;
        }
        if self.known.has_unsent() {
            self.settle();
        }
        let (at, last) = self
            .pen
            .map_or((None, None), |(at, style)| (Some(at), Some(style)));
        if at != Some((x, y)) {
            self.find_addressing();
            sequences::position(&mut self.pending, x, y);
        }
        if last != Some(style) {
            self.is_styled = sequences::style(&mut self.pending, style);
        }
        let width = self.push(text);
        self.mark_put(x, y, text, width);
        // Behind the last column, behind controls and behind a text that is not in one cell, the cursor may be elsewhere.
        let columns = self
            .clusters
            .representative(text)
            .map(|(_, columns)| columns);
        let next = columns.map(|columns| x.saturating_add(columns));
        let next = next.filter(|next| *next < self.size().0);
        self.pen = next.map(|next| ((next, y), style));
    }

    /// Interprets one control sequence with these parameters.
    pub fn control(&mut self, parameters: &[u16], command: u8) {
        // A position of the cursor changes no cell.
        let changes_no_cell = command == b'H';
        if changes_no_cell && self.is_settled() {
            sequences::control(&mut self.pending, parameters, command);
            self.process_pending();
            return self.known.move_cursor();
        }
        self.settle();
        sequences::control(&mut self.pending, parameters, command);
        self.settle();
        if !changes_no_cell {
            self.mark_all();
            self.addressing = Addressing::Unknown;
        }
    }

    /// Moves the rows of a region up by `lines`, or down if `down`; blank rows come in.
    pub fn scroll(&mut self, rows: std::ops::Range<u16>, lines: u16, down: bool) {
        let height = self.size().1;
        let rows = rows.start..rows.end.min(height);
        if lines == 0 || rows.is_empty() {
            return;
        }
        self.settle();
        if rows.len() == 1 {
            // A region of one row does not exist.
            sequences::control(&mut self.pending, &[rows.start + 1, 1], b'H');
            sequences::control(&mut self.pending, &[2], b'K');
        } else {
            sequences::control(&mut self.pending, &[rows.start + 1, rows.end], b'r');
            sequences::control(
                &mut self.pending,
                &[lines.min(height)],
                if down { b'T' } else { b'S' },
            );
            sequences::control(&mut self.pending, &[], b'r');
        }
        self.settle();
        self.mark_all();
    }

    /// Returns the column and the row of the cursor; `None` while it is hidden.
    pub fn cursor(&mut self) -> Option<(u16, u16)> {
        if !self.pending.is_empty() {
            self.settle();
        }
        let (x, y) = self.known.cursor().unwrap_or(self.parser.cursor());
        (!self.parser.hides_cursor()).then(|| (x.min(self.size().0 - 1), y))
    }

    /// Calls `each` with the cells of a row from left to right.
    pub fn each_cell(&mut self, y: u16, mut each: impl FnMut(ScreenCell<'_>)) {
        if !self.known.is_known(y) {
            self.read_row(y);
        }
        let Some(row) = self.known.row(y) else {
            return self
                .parser
                .each_cell(&self.clusters, y, |_, cell| each(cell));
        };
        let mut bytes = [0; 4];
        for cell in row.iter().filter(|cell| cell.columns > 0) {
            let text = &*cell.text.encode_utf8(&mut bytes);
            each(ScreenCell {
                text: self.clusters.get(cell.text).unwrap_or(text),
                width: cell.columns,
                style: cell.style,
            });
        }
    }

    /// Reads a row from the parser, if each of its cells has one character.
    fn read_row(&mut self, y: u16) {
        self.settle();
        let mut cells = Vec::with_capacity(self.size().0.into());
        let mut is_known = true;
        self.parser.each_cell(&self.clusters, y, |character, cell| {
            is_known &= character.is_some();
            cells.push(KnownCell {
                text: character.unwrap_or(' '),
                columns: cell.width,
                style: cell.style,
            });
            cells.extend((1..cell.width).map(|_| KnownCell::SECOND_HALF));
        });
        if is_known {
            self.known.set(y, cells);
        }
    }

    /// Returns the text of a row without the blanks at its end.
    pub fn row_text(&mut self, y: u16) -> String {
        let mut text = String::new();
        self.each_cell(y, |cell| text.push_str(cell.text));
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// Adds a text to the pending bytes, and returns its width; `None` if it has control characters.
    fn push(&mut self, text: &str) -> Option<u16> {
        if text.contains(|found: char| found.is_control()) {
            self.pending.extend_from_slice(text.as_bytes());
            return None;
        }
        match self.clusters.representative(text) {
            Some((found, _)) => self
                .pending
                .extend_from_slice(found.encode_utf8(&mut [0; 4]).as_bytes()),
            None => self.pending.extend_from_slice(text.as_bytes()),
        }
        u16::try_from(text.width()).ok()
    }

    /// Draws a cell without the parser, if that is possible. Returns whether it was.
    fn put_known(&mut self, x: u16, y: u16, text: &str, style: CellStyle) -> bool {
        #[cfg(test)]
        if self.sends_all {
            return false;
        }
        if self.addressing != Addressing::Screen || !self.known.is_known(y) {
            return false;
        }
        let Some((text, columns)) = self.clusters.representative(text) else {
            return false;
        };
        let style = CellStyle {
            // The parser has one of the two.
            bold: style.bold && !style.dim,
            ..style
        };
        let cell = KnownCell {
            text,
            columns,
            style,
        };
        let is_put = self.known.put(x, y, cell);
        if is_put && let Some(changed) = self.changed.get_mut(usize::from(y)) {
            *changed = true;
        }
        is_put
    }

    /// Returns whether the parser has everything but cells of known rows.
    fn is_settled(&self) -> bool {
        self.addressing == Addressing::Screen && self.pending.is_empty()
    }

    fn process_pending(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        self.parser.process(&pending);
        pending.clear();
        self.pending = pending;
    }

    /// Interprets the pending bytes, and sends the cells that the parser does not have.
    fn settle(&mut self) {
        self.pen = None;
        if std::mem::take(&mut self.is_styled) {
            self.pending.extend_from_slice(sequences::RESET);
        }
        if !self.pending.is_empty() {
            self.process_pending();
            // These bytes may have ended an incomplete character, which is drawn then.
            if self.addressing == Addressing::Unknown {
                self.mark_all();
            }
        }
        if self.known.has_unsent() {
            self.send_known();
        }
    }

    /// Sends the cells that the parser does not have, and the last one at the end, as if each had been sent when it was drawn.
    fn send_known(&mut self) {
        let is_moved = self.known.cursor().is_none();
        let (x, y) = self.parser.cursor();
        let last = self.known.take_last();
        for (y, first, cells) in self.known.take_unsent() {
            sequences::cells(&mut self.pending, first, y, &cells);
        }
        if let Some((x, y, cell)) = last {
            sequences::cells(&mut self.pending, x, y, &[cell]);
        }
        if is_moved {
            sequences::position(&mut self.pending, x, y);
        }
        self.process_pending();
    }

    /// Finds out whether positions of the cursor refer to the whole screen.
    fn find_addressing(&mut self) {
        if self.addressing != Addressing::Unknown {
            return;
        }
        self.settle();
        self.mark_all();
        let height = self.size().1;
        let is_of_screen = [1, height].iter().all(|row| {
            self.parser.process(format!("\x1b[{row};1H").as_bytes());
            self.parser.cursor().1 == row - 1
        });
        self.addressing = if is_of_screen {
            Addressing::Screen
        } else {
            Addressing::Region
        };
    }

    /// Notes that every row may have changed. The parser must have all cells.
    fn mark_all(&mut self) {
        self.changed.fill(true);
        self.known.forget_all();
    }

    /// Notes the rows that a text changes which was put on a cell. `width` is `None` if it has control characters.
    fn mark_put(&mut self, x: u16, y: u16, text: &str, width: Option<u16>) {
        let mut chars = text.chars();
        let char_width = chars.next().and_then(UnicodeWidthChar::width);
        let is_one = chars.next().is_none()
            && char_width.is_some_and(|width| (1..=2).contains(&width))
            && char_width == width.map(usize::from);
        let is_inside = width.is_some_and(|width| x.saturating_add(width) <= self.size().0);
        let is_of_row = is_one && is_inside && self.addressing == Addressing::Screen;
        match self.changed.get_mut(usize::from(y)) {
            Some(changed) if is_of_row => {
                *changed = true;
                self.known.forget(y);
            }
            // Text can flow into the rows below, and scroll them.
            _ => self.mark_all(),
        }
        if width.is_none() {
            self.addressing = Addressing::Unknown;
        }
    }
}
