//! Lines of pieces, each of a role: what text joins and a terminal colours.

use super::format::{columns, cut};

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "ratatui"), allow(dead_code))] // told apart by the widget alone
pub(super) enum Role {
    /// What a value is called.
    Label,
    Value,
    /// What goes with a value.
    Detail,
    /// What somebody should look at.
    Warning,
    /// Of a table.
    Head,
}

/// One line, at most as wide as was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) pieces: Vec<(Role, String)>,
    /// Where there is too little room, lines with the greatest rank go first.
    #[cfg_attr(not(feature = "ratatui"), allow(dead_code))]
    // a page has as many lines as it likes
    pub(super) rank: u8,
}

impl Line {
    pub(super) fn text(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        text.trim_end().to_owned()
    }

    fn columns(&self) -> usize {
        self.pieces.iter().map(|(_, text)| columns(text)).sum()
    }

    /// No wider than this.
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

    /// Goes on with more, after a space.
    pub(super) fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.value.push((role, text.into()));
        self
    }

    /// The beginning of its value alone.
    pub(super) fn bare_line(self, width: usize) -> Line {
        let mut pieces = self.value;
        for (_, text) in pieces.iter_mut().skip(1) {
            text.insert(0, ' ');
        }
        let rank = self.rank;
        Line { pieces, rank }.cut(width)
    }

    /// The row, on below its value where that is too long.
    pub(super) fn lines(self, label_width: usize, width: usize) -> Vec<Line> {
        let rank = self.rank;
        let begin = |label: &str| Line {
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
