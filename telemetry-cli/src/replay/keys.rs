//! The effects of keys on the player and the view.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use super::player::Player;
use super::view::ReplayState;
use crate::terminal::screen::Action;

/// Changes the player and the view. `failures` are the times of failures, in order; `offset` is the first column and the first row
/// that are shown.
pub(super) fn handle(
    event: &Event,
    player: &mut Player,
    state: &mut ReplayState,
    failures: &[i64],
    offset: (usize, usize),
) -> Option<Action> {
    let Event::Key(key) = event else {
        return None;
    };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    state.message = None;
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Action::of_control(*key);
    }
    if state.has_help {
        // Any key closes the list of keys, as in `telemetry top`.
        state.has_help = false;
        return (key.code == KeyCode::Char('q')).then_some(Action::Quit);
    }
    let (x, y) = offset;
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => return Some(Action::Quit),
        KeyCode::Char(' ') => player.toggle(),
        KeyCode::Left => player.step(-1),
        KeyCode::Right => player.step(1),
        KeyCode::Home => player.step(isize::MIN),
        KeyCode::End => player.step(isize::MAX),
        KeyCode::Char(key @ ('n' | 'N')) if !player.seek_in(failures, key == 'n') => {
            state.message = Some("no further error");
        }
        KeyCode::Char('+' | '=') => player.change_speed(true),
        KeyCode::Char('-') => player.change_speed(false),
        KeyCode::Char('h') => state.offset = Some((x.saturating_sub(4), y)),
        KeyCode::Char('l') => state.offset = Some((x + 4, y)),
        KeyCode::Char('k') => state.offset = Some((x, y.saturating_sub(2))),
        KeyCode::Char('j') => state.offset = Some((x, y + 2)),
        KeyCode::Char('0') => state.offset = None,
        KeyCode::Tab => state.has_panel = !state.has_panel,
        KeyCode::Char('?') => state.has_help = true,
        _ => {}
    }
    None
}
