//! Styles of ratatui as those of a terminal.

use ratatui_core::buffer::Cell;
use ratatui_core::style::{Color, Modifier};
use telemetry_text::{CellColor, CellStyle};

/// Returns the style of a cell.
pub(super) fn of(cell: &Cell) -> CellStyle {
    let has = |modifier| cell.modifier.contains(modifier);
    CellStyle {
        foreground: color(cell.fg),
        background: color(cell.bg),
        bold: has(Modifier::BOLD),
        dim: has(Modifier::DIM),
        italic: has(Modifier::ITALIC),
        underlined: has(Modifier::UNDERLINED),
        reversed: has(Modifier::REVERSED),
    }
}

fn color(color: Color) -> CellColor {
    CellColor::Indexed(match color {
        Color::Reset => return CellColor::Default,
        Color::Rgb(red, green, blue) => return CellColor::Rgb(red, green, blue),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    })
}
