//! The input line below the transcript.

use crossterm::event::Event;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::{Modifier, Style};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use crate::line::draw_line;

/// The text of the user before it is submitted.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    input: Input,
    /// The text that an empty line submits, shown dimmed.
    pub(crate) suggestion: String,
    /// The character that is shown for each character of a secret.
    mask: Option<char>,
}

impl Composer {
    /// Returns a line that does not show its text.
    pub(crate) fn masked() -> Self {
        Self {
            mask: Some('•'),
            ..Self::default()
        }
    }

    pub(crate) fn with_value(value: &str) -> Self {
        Self {
            input: Input::new(value.to_owned()),
            ..Self::default()
        }
    }

    /// Edits the line, as the keys of a shell do.
    pub(crate) fn edit(&mut self, event: &Event) {
        if let Event::Paste(text) = event {
            // A prompt is one line; pasted line breaks would submit it in parts.
            for c in text.chars() {
                let c = if c.is_control() { ' ' } else { c };
                self.input.handle(InputRequest::InsertChar(c));
            }
            return;
        }
        self.input.handle_event(event);
    }

    /// Returns the text, or else the suggestion, and empties the line.
    pub(crate) fn submit(&mut self) -> String {
        let typed = self.input.value_and_reset().trim().to_owned();
        if typed.is_empty() {
            return std::mem::take(&mut self.suggestion);
        }
        typed
    }

    pub(crate) fn text(&self) -> &str {
        self.input.value()
    }

    /// Returns whether an empty line would submit the suggestion.
    pub(crate) fn is_suggestion(&self) -> bool {
        self.input.value().trim().is_empty() && !self.suggestion.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.input.reset();
    }

    /// Draws the line and returns the position of the cursor.
    pub(crate) fn render(&self, area: Rect, screen: &mut Buffer) -> Position {
        let width = usize::from(area.width);
        let scroll = self.input.visual_scroll(width.max(1));
        let text: String = match self.mask {
            Some(mask) => self.input.value().chars().map(|_| mask).collect(),
            None => self.input.value().to_owned(),
        };
        if text.is_empty() {
            let dim = Style::new().add_modifier(Modifier::DIM);
            draw_line(&self.suggestion, area, dim, screen);
        } else {
            draw_line(scrolled(&text, scroll), area, Style::new(), screen);
        }
        let column = self.input.visual_cursor().max(scroll) - scroll;
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        let x = area
            .x
            .saturating_add(column)
            .min(area.right().saturating_sub(1));
        Position::new(x, area.y)
    }
}

/// Returns the text without the characters in its first `columns` columns.
fn scrolled(text: &str, columns: usize) -> &str {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= columns {
            return &text[at..];
        }
        passed += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
    }
    ""
}

#[cfg(test)]
mod tests {
    use ratatui_core::buffer::Cell;

    use super::*;

    #[test]
    fn an_empty_line_submits_the_suggestion_once() {
        let mut composer = Composer {
            suggestion: "Then you, please.".to_owned(),
            ..Composer::default()
        };
        assert!(composer.is_suggestion());
        assert_eq!(composer.submit(), "Then you, please.");
        assert_eq!(composer.submit(), "");
    }

    #[test]
    fn pasted_lines_are_one_line() {
        let mut composer = Composer::default();
        composer.edit(&Event::Paste("one\ntwo".to_owned()));
        assert_eq!(composer.submit(), "one two");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let mut composer = Composer::masked();
        composer.edit(&Event::Paste("sk-1".to_owned()));
        let mut screen = Buffer::empty(Rect::new(0, 0, 8, 1));
        composer.render(screen.area, &mut screen);
        let shown: String = screen.content.iter().map(Cell::symbol).collect();
        assert_eq!(shown, "••••    ");
    }
}
