//! The styles of recorded rows.

use ratatui_core::style::{Color, Modifier, Style};

/// Returns the style of the parameters of a sequence `CSI … m`. Unknown numbers have no effect.
pub(super) fn style(parameters: &str, has_color: bool) -> Style {
    let mut numbers = parameters
        .split(';')
        .map(|number| number.parse::<u8>().ok());
    let mut style = Style::new();
    while let Some(number) = numbers.next() {
        style = match number {
            Some(1) => style.add_modifier(Modifier::BOLD),
            Some(2) => style.add_modifier(Modifier::DIM),
            Some(3) => style.add_modifier(Modifier::ITALIC),
            Some(4) => style.add_modifier(Modifier::UNDERLINED),
            Some(7) => style.add_modifier(Modifier::REVERSED),
            Some(color @ 30..38) if has_color => style.fg(Color::Indexed(color - 30)),
            Some(color @ 90..98) if has_color => style.fg(Color::Indexed(color - 90 + 8)),
            Some(color @ 40..48) if has_color => style.bg(Color::Indexed(color - 40)),
            Some(color @ 100..108) if has_color => style.bg(Color::Indexed(color - 100 + 8)),
            Some(which @ (38 | 48)) => {
                let mut byte = || numbers.next().flatten();
                let color = match byte() {
                    Some(5) => byte().map(Color::Indexed),
                    Some(2) => match (byte(), byte(), byte()) {
                        (Some(red), Some(green), Some(blue)) => Some(Color::Rgb(red, green, blue)),
                        _ => None,
                    },
                    _ => None,
                };
                match color.filter(|_| has_color) {
                    Some(color) if which == 38 => style.fg(color),
                    Some(color) => style.bg(color),
                    None => style,
                }
            }
            _ => style,
        };
    }
    style
}
