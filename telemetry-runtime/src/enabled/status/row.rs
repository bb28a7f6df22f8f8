//! The rows of the summary: a label and a value, on as many lines as the width needs.

use telemetry_text::{columns, cut};

use crate::snapshot::line::{Role, StatusLine};

/// A line of the summary.
pub(super) struct RankedLine {
    pub(super) line: StatusLine,
    /// If the area is too low, the lines with the greatest rank are removed first.
    #[cfg_attr(
        not(feature = "ratatui"),
        expect(dead_code, reason = "only the widget has an area")
    )]
    pub(super) rank: u8,
}

/// The indentation of a line that has no label, because it would leave too little room.
const INDENT: usize = 2;

/// A label and its value.
pub(super) struct Row {
    pub(super) label: &'static str,
    pub(super) rank: u8,
    pub(super) value: Vec<(Role, String)>,
}

impl Row {
    pub(super) fn new(label: &'static str, rank: u8, value: impl Into<String>) -> Self {
        Self {
            label,
            rank,
            value: vec![(Role::Value, value.into())],
        }
    }

    /// Makes a row that a user should notice.
    pub(super) fn warning(label: &'static str, rank: u8, value: impl Into<String>) -> Self {
        Self {
            label,
            rank,
            value: vec![(Role::Warning, value.into())],
        }
    }

    /// Appends a piece, after a space.
    pub(super) fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.value.push((role, text.into()));
        self
    }

    /// Returns the value without its label, cut to `width` columns.
    pub(super) fn bare_line(self, width: usize) -> RankedLine {
        let mut pieces = self.value;
        for (_, text) in pieces.iter_mut().skip(1) {
            text.insert(0, ' ');
        }
        RankedLine {
            line: cut_line(StatusLine { pieces }, width),
            rank: self.rank,
        }
    }

    /// Returns the lines of the row. A value that is too long continues on further lines. A word that fits into a line
    /// without the label, such as the id of a session, has a line of its own and is not cut.
    pub(super) fn lines(self, label_width: usize, width: usize) -> Vec<RankedLine> {
        let begin = |label: &str| StatusLine {
            pieces: vec![(Role::Label, format!("{label:label_width$}"))],
        };
        let mut lines = vec![begin(self.label)];
        let mut is_first = true;
        for (role, text) in self.value {
            for word in text.split(' ') {
                let mut line = lines.pop().unwrap_or_default();
                let columns = columns(word);
                if !is_first && columns_of(&line) + 1 + columns > width {
                    lines.push(line);
                    line = begin("");
                    is_first = true;
                }
                if label_width + columns > width && columns < width {
                    if let Some((_, text)) = line.pieces.last_mut() {
                        text.truncate(text.trim_end().len());
                    }
                    if columns_of(&line) > 0 {
                        lines.push(line);
                    }
                    line = StatusLine {
                        pieces: vec![(Role::Label, " ".repeat((width - columns).min(INDENT)))],
                    };
                }
                let word = if is_first {
                    word.to_owned()
                } else {
                    format!(" {word}")
                };
                match line.pieces.last_mut() {
                    Some((last, text)) if *last == role => text.push_str(&word),
                    _ => line.pieces.push((role, word)),
                }
                is_first = false;
                lines.push(line);
            }
        }
        lines
            .into_iter()
            .map(|line| RankedLine {
                line: cut_line(line, width),
                rank: self.rank,
            })
            .collect()
    }
}

fn columns_of(line: &StatusLine) -> usize {
    line.pieces.iter().map(|(_, text)| columns(text)).sum()
}

/// Cuts a line to `width` columns.
pub(super) fn cut_line(mut line: StatusLine, width: usize) -> StatusLine {
    let mut room = width;
    for (_, text) in &mut line.pieces {
        *text = cut(text, room).into_owned();
        room -= columns(text);
    }
    line
}
