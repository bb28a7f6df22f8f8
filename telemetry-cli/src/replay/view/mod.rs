//! Draws the screen of the host, the spans and requests of that time beside it, and the state of the player.

mod areas;
mod help;
mod panel;
mod screen;
mod status;
mod style;

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use ratatui_core::buffer::Buffer;

use super::moments::Beside;
use super::player::Player;
use crate::recording::ShownScreen;

pub use areas::{ReplayAreas, offset};

/// The choices of the person.
#[derive(Debug)]
pub struct ReplayState {
    /// Whether the panel is shown.
    pub has_panel: bool,
    /// Whether the keys are shown.
    pub has_help: bool,
    /// The first column and the first row of the recorded screen that are shown; `None` follows the cursor.
    pub offset: Option<(usize, usize)>,
    /// A short message until the next key.
    pub message: Option<&'static str>,
}

impl Default for ReplayState {
    fn default() -> Self {
        Self {
            has_panel: true,
            has_help: false,
            offset: None,
            message: None,
        }
    }
}

/// The content of the screen.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The screen of the host.
    pub screen: &'a ShownScreen,
    /// The spans and requests of the time.
    pub beside: Beside<'a>,
    /// The player.
    pub player: &'a Player,
    /// The number of frames.
    pub frames: usize,
    /// The zone of times.
    pub zone: &'a TimeZone,
    /// Whether colors are used.
    pub has_color: bool,
}

/// Draws the screen, the panel and the status.
pub fn draw(picture: &Picture<'_>, state: &ReplayState, buffer: &mut Buffer) {
    let areas = ReplayAreas::of(buffer.area, picture.screen, state.has_panel);
    let offset = offset(picture.screen, areas.screen, state.offset);
    screen::draw(
        picture.screen,
        picture.has_color,
        areas.screen,
        offset,
        buffer,
    );
    panel::draw(picture, areas.panel, buffer);
    status::draw(picture, state, areas, offset, buffer);
    if state.has_help {
        help::draw(buffer);
    }
}
