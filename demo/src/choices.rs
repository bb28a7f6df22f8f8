//! A list of which the user chooses a row.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Modifier, Style};

/// The effect of a key on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListAction {
    /// The list stays open.
    None,
    /// The index of the chosen row.
    Row(usize),
    /// The user went back.
    Back,
}

/// The rows and the cursor.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    rows: Vec<String>,
    cursor: usize,
}

impl Choices {
    /// Makes a list whose cursor is on a row.
    pub(crate) fn new(rows: Vec<String>, cursor: usize) -> Self {
        let cursor = cursor.min(rows.len().saturating_sub(1));
        Self { rows, cursor }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> ListAction {
        let last = self.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = last,
            KeyCode::Enter if !self.rows.is_empty() => return ListAction::Row(self.cursor),
            KeyCode::Esc | KeyCode::Left => return ListAction::Back,
            _ => {}
        }
        ListAction::None
    }

    /// Returns the number of rows that the list needs.
    pub(crate) fn height(&self) -> u16 {
        u16::try_from(self.rows.len()).unwrap_or(u16::MAX)
    }

    /// Draws the rows around the cursor.
    pub(crate) fn render(&self, area: Rect, screen: &mut Buffer) {
        let height = usize::from(area.height);
        let first = (self.cursor + 1).saturating_sub(height);
        let visible = self.rows.iter().enumerate().skip(first).take(height);
        for ((at, row), y) in visible.zip(area.y..) {
            let (sign, style) = if at == self.cursor {
                ("> ", Style::new().add_modifier(Modifier::REVERSED))
            } else {
                ("  ", Style::new())
            };
            let text = format!("{sign}{row}");
            screen.set_stringn(area.x, y, text, area.width.into(), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui_core::buffer::Cell;

    use super::*;

    #[test]
    fn keys_move_the_cursor_within_the_list() {
        let mut choices = Choices::new(vec!["a".to_owned(), "b".to_owned()], 9);
        let mut press = |code: KeyCode| choices.key(code.into());
        assert_eq!(press(KeyCode::Enter), ListAction::Row(1));
        press(KeyCode::Down);
        assert_eq!(press(KeyCode::Enter), ListAction::Row(1));
        press(KeyCode::Up);
        press(KeyCode::Up);
        assert_eq!(press(KeyCode::Enter), ListAction::Row(0));
        assert_eq!(press(KeyCode::Esc), ListAction::Back);
    }

    #[test]
    fn an_empty_list_has_no_row_to_choose() {
        assert_eq!(
            Choices::default().key(KeyCode::Enter.into()),
            ListAction::None
        );
    }

    #[test]
    fn the_cursor_is_visible() {
        let rows: Vec<_> = (0..9).map(|n| n.to_string()).collect();
        let choices = Choices::new(rows, 5);
        let mut screen = Buffer::empty(Rect::new(0, 0, 3, 2));
        choices.render(screen.area, &mut screen);
        let shown: String = screen.content.iter().map(Cell::symbol).collect();
        assert_eq!(shown, "  4> 5");
    }
}
