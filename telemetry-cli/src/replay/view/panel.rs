//! The spans and requests beside the screen.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use telemetry_text::{cut, visible};

use super::Picture;
use crate::replay::moments::Moment;

pub(super) fn draw(picture: &Picture<'_>, area: Rect, buffer: &mut Buffer) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let dim = colored(Color::DarkGray, picture.has_color);
    let mut lines: Vec<(String, Style)> = vec![("Running".to_owned(), bold)];
    let line = |moment: &Moment, text: String| {
        let style = if moment.has_failed {
            colored(Color::Red, picture.has_color).add_modifier(Modifier::BOLD)
        } else {
            Style::new()
        };
        (text, style)
    };
    // Of more spans than have room, the innermost ones are shown.
    let open = &picture.beside.open;
    let most = usize::from(area.height).saturating_sub(3) / 2;
    let omitted = open.len().saturating_sub(most);
    if omitted > 0 {
        lines.push((format!("… {omitted} more"), dim));
    }
    for (depth, moment) in open.iter().enumerate().skip(omitted) {
        let indent = " ".repeat((depth - omitted).min(8));
        lines.push(line(moment, format!("{indent}{}", moment.text)));
    }
    if open.is_empty() {
        lines.push(("nothing".to_owned(), dim));
    }
    lines.push(("Before".to_owned(), bold));
    for moment in &picture.beside.past {
        let ended = moment.end.unwrap_or(moment.start).micros();
        let ago = picture.player.time().saturating_sub(ended);
        lines.push(line(
            moment,
            format!("{:>7} {}", ago_text(ago), moment.text),
        ));
    }
    for ((text, style), y) in lines.iter().zip(area.top()..area.bottom()) {
        let text = visible(text);
        let room = usize::from(area.width);
        buffer.set_stringn(area.x, y, cut(&text, room), room, *style);
    }
}

/// Returns an age in microseconds as a short text.
fn ago_text(micros: i64) -> String {
    match micros / 1000 {
        millis @ ..1_000 => format!("-{millis}ms"),
        millis @ ..60_000 => format!("-{}.{}s", millis / 1000, millis % 1000 / 100),
        millis @ ..3_600_000 => format!("-{}m", millis / 60_000),
        millis => format!("-{}h", millis / 3_600_000),
    }
}

fn colored(color: Color, has_color: bool) -> Style {
    if has_color {
        Style::new().fg(color)
    } else {
        Style::new()
    }
}
