//! The line with the state of the player.

use std::fmt::Write as _;

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Modifier, Style};
use telemetry_schema::record::Timestamp;
use telemetry_text::{columns, cut};

use super::areas::ReplayAreas;
use super::{Picture, ReplayState};
use crate::selection::to_zoned;

pub(super) fn draw(
    picture: &Picture<'_>,
    state: &ReplayState,
    areas: ReplayAreas,
    offset: (usize, usize),
    buffer: &mut Buffer,
) {
    let player = picture.player;
    let time = to_zoned(Timestamp::from_micros(player.time()), picture.zone);
    let (first, last) = player.bounds();
    let elapsed = |micros: i64| {
        let seconds = micros.max(0) / 1_000_000;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    let mark = if player.is_playing() { "▶" } else { "‖" };
    let (hundredths, screen) = (player.speed(), picture.screen);
    let mut text = format!(
        "{mark} {}/{} ×{}",
        elapsed(player.time() - first),
        elapsed(last - first),
        f64::from(hundredths) / 100.0,
    );
    let is_cut = screen.width > usize::from(areas.screen.width)
        || screen.rows().len() > usize::from(areas.screen.height);
    // Writing to a string cannot fail.
    if is_cut {
        let ((x, y), height) = (offset, screen.rows().len());
        let _ = write!(text, " {x},{y} of {}×{height}", screen.width);
    }
    let (frame, frames) = (player.frame() + 1, picture.frames);
    let _ = write!(
        text,
        " frame {frame}/{frames} {}",
        time.strftime("%H:%M:%S%.3f")
    );
    let keys = state.message.unwrap_or("? keys  q quit");
    let room = usize::from(areas.status.width);
    let used = columns(&text) + 2 + columns(keys);
    let padding = " ".repeat(room.saturating_sub(used) + 2);
    let text = format!("{text}{padding}{keys}");
    let style = Style::new().add_modifier(Modifier::REVERSED);
    let text = format!("{:room$}", cut(&text, room));
    buffer.set_stringn(areas.status.x, areas.status.y, text, room, style);
}
