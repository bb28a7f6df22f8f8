//! The screen of a host after some frames of its recording.
//!
//! Rows are data from a log: control characters and characters that reverse the direction of writing are replaced, and
//! a style is used only if it is a list of numbers.

use std::ops::Range;

use telemetry_schema::record::{ScreenFrame, ScreenRow};
use telemetry_text::{MAX_HEIGHT, MAX_WIDTH, is_hidden};

/// The longest parameters of a style: all attributes and two colors take 50 bytes.
const MAX_PARAMETERS: usize = 64;

/// A screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownScreen {
    /// The number of columns.
    pub width: usize,
    /// The column and the row of the cursor, from 0; `None` while it is hidden.
    pub cursor: Option<(usize, usize)>,
    rows: Vec<ShownRow>,
}

/// A row of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownRow {
    /// The text, without plain blanks at the end.
    pub text: String,
    /// The styled parts, in their order: the bytes of the text, and the parameters of the sequence that sets the style.
    styles: Vec<(Range<usize>, String)>,
}

impl ShownScreen {
    /// Returns the rows.
    pub fn rows(&self) -> &[ShownRow] {
        &self.rows
    }

    /// Puts the rows of a frame on the screen.
    pub fn apply(&mut self, frame: &ScreenFrame<'_>) {
        let size = |found: u32, most: u16| {
            let size = u16::try_from(found).unwrap_or(most).clamp(1, most);
            usize::from(size)
        };
        let height = size(frame.height, MAX_HEIGHT);
        let width = size(frame.width, MAX_WIDTH);
        self.width = width;
        self.rows.resize_with(height, ShownRow::default);
        for row in &frame.rows {
            let place = usize::try_from(row.y)
                .ok()
                .and_then(|y| self.rows.get_mut(y));
            if let Some(place) = place {
                *place = ShownRow::of(row);
            }
        }
        self.cursor = frame.cursor.and_then(|(x, y)| {
            let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
            (x < width && y < height).then_some((x, y))
        });
    }

    /// Returns the text of all rows, one line each.
    pub fn text(&self) -> String {
        let rows = self.rows.iter();
        rows.map(|row| row.text.trim_end_matches(' ').to_owned() + "\n")
            .collect()
    }
}

impl ShownRow {
    fn of(row: &ScreenRow) -> Self {
        let text: String = row.text.chars().map(visible_char).collect();
        let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        starts.push(text.len());
        let mut styles: Vec<(Range<usize>, String)> = Vec::new();
        for (first, count, parameters) in &row.style {
            let place = |char: u32| usize::try_from(char).ok().and_then(|at| starts.get(at));
            let end = place(first.saturating_add(*count))
                .copied()
                .unwrap_or(text.len());
            let Some(start) = place(*first).copied() else {
                continue;
            };
            let is_behind = styles.last().is_none_or(|(last, _)| last.end <= start);
            if is_behind && start < end && is_style(parameters) {
                styles.push((start..end, parameters.clone()));
            }
        }
        Self { text, styles }
    }

    /// Returns the text in parts of one style each, with the parameters of the sequence `CSI … m` that sets the style after a
    /// reset; empty for the plain style.
    pub fn parts(&self) -> Vec<(&str, &str)> {
        let mut parts = Vec::new();
        let mut done = 0;
        for (range, parameters) in &self.styles {
            parts.push((done..range.start, ""));
            parts.push((range.clone(), &**parameters));
            done = range.end;
        }
        parts.push((done..self.text.len(), ""));
        let text =
            |(range, parameters): (Range<usize>, _)| Some((self.text.get(range)?, parameters));
        parts
            .into_iter()
            .filter_map(text)
            .filter(|(text, _)| !text.is_empty())
            .collect()
    }
}

/// Returns the character, or a replacement of one column for a character that a terminal obeys or does not show. Joiners stay,
/// because emoji are made with them, and so do the icons of terminal fonts.
fn visible_char(found: char) -> char {
    match found {
        '\u{200c}' | '\u{200d}' | '\u{e000}'..='\u{f8ff}' => found,
        _ if is_hidden(found) => char::REPLACEMENT_CHARACTER,
        _ => found,
    }
}

fn is_style(parameters: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parameters.len() <= MAX_PARAMETERS && parameters.split(';').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rows: Vec<ScreenRow>) -> ScreenFrame<'static> {
        ScreenFrame {
            width: 10,
            height: 2,
            cursor: Some((3, 1)),
            rows,
            ..ScreenFrame::default()
        }
    }

    fn row(y: u32, text: &str, style: &[(u32, u32, &str)]) -> ScreenRow {
        let style = style
            .iter()
            .map(|(at, len, text)| (*at, *len, (*text).to_owned()));
        ScreenRow {
            y,
            text: text.to_owned(),
            style: style.collect(),
        }
    }

    #[test]
    fn rows_replace_rows_and_others_stay() {
        let mut screen = ShownScreen::default();
        screen.apply(&frame(vec![row(0, "one", &[]), row(1, "two  ", &[])]));
        screen.apply(&frame(vec![row(1, "2", &[]), row(7, "nowhere", &[])]));
        assert_eq!(
            (screen.text(), screen.cursor),
            ("one\n2\n".to_owned(), Some((3, 1)))
        );
        let smaller = ScreenFrame {
            height: 1,
            ..frame(Vec::new())
        };
        screen.apply(&smaller);
        assert_eq!((screen.text(), screen.cursor), ("one\n".to_owned(), None));
    }

    #[test]
    fn styles_are_those_of_characters() {
        let mut screen = ShownScreen::default();
        let styles = [
            (0, 1, "1"),
            (2, 3, "38;5;1"),
            (3, 1, "1"),
            (9, 1, "1"),
            (4, 99, "1"),
        ];
        screen.apply(&frame(vec![row(0, "漢 red", &styles)]));
        let parts = screen.rows()[0].parts();
        assert_eq!(parts, [("漢", "1"), (" ", ""), ("red", "38;5;1")]);
    }

    #[test]
    fn nothing_of_a_log_is_obeyed_by_a_terminal() {
        let mut screen = ShownScreen::default();
        let text = "\u{1b}[2J\u{9b}\u{202e}\r\n👩\u{200d}👧 é";
        let styles = [
            (0, 1, "1m\u{1b}]0;x"),
            (1, 1, ""),
            (2, 1, "1;;2"),
            (3, 1, "-1"),
        ];
        screen.apply(&frame(vec![row(0, text, &styles)]));
        let row = &screen.rows()[0];
        assert_eq!(row.text, "�[2J����👩\u{200d}👧 é");
        assert_eq!(row.parts(), [(&*row.text, "")]);
    }
}
