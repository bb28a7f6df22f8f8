//! Lines of pieces, each with a role: plain text joins the pieces, a terminal colours them.

use super::format::{columns, cut};

/// The role of a piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a value.
    Label,
    Value,
    /// An addition to a value.
    Detail,
    /// A value that needs attention.
    Warning,
    /// A heading of a table.
    Head,
}

/// One line.
#[derive(Clone, Debug, Default)]
pub(super) struct SnapshotLine {
    pub(super) pieces: Vec<(Role, String)>,
    /// If the area is too low, the lines with the greatest rank are removed first.
    #[cfg_attr(
        not(feature = "ratatui"),
        expect(dead_code, reason = "only the widget has an area")
    )]
    pub(super) rank: u8,
}

impl SnapshotLine {
    pub(super) fn text(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        text.trim_end().to_owned()
    }

    fn columns(&self) -> usize {
        self.pieces.iter().map(|(_, text)| columns(text)).sum()
    }

    /// Cuts the line to `width` columns.
    pub(super) fn cut(mut self, width: usize) -> Self {
        let mut room = width;
        for (_, text) in &mut self.pieces {
            *text = cut(text, room);
            room -= columns(text);
        }
        self
    }
}

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

    /// Appends a piece, after a space.
    pub(super) fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.value.push((role, text.into()));
        self
    }

    /// Returns the value without its label, cut to `width` columns.
    pub(super) fn bare_line(self, width: usize) -> SnapshotLine {
        let mut pieces = self.value;
        for (_, text) in pieces.iter_mut().skip(1) {
            text.insert(0, ' ');
        }
        let rank = self.rank;
        SnapshotLine { pieces, rank }.cut(width)
    }

    /// Returns the lines of the row. A value that is too long continues on further lines.
    pub(super) fn lines(self, label_width: usize, width: usize) -> Vec<SnapshotLine> {
        let rank = self.rank;
        let begin = |label: &str| SnapshotLine {
            pieces: vec![(Role::Label, format!("{label:label_width$}"))],
            rank,
        };
        let mut lines = vec![begin(self.label)];
        let mut is_first = true;
        for (role, text) in self.value {
            for word in text.split(' ') {
                let mut line = lines.pop().unwrap_or_default();
                if !is_first && line.columns() + 1 + columns(word) > width {
                    lines.push(line);
                    line = begin("");
                    is_first = true;
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
        lines.into_iter().map(|line| line.cut(width)).collect()
    }
}
