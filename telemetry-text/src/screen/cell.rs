//! A cell of the screen.

use crate::cell_style::{CellColor, CellStyle};

/// A cell, or the two cells of a wide character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenCell<'a> {
    /// The text; a space where the cell is blank.
    pub text: &'a str,
    /// The number of columns: 1 or 2.
    pub width: u16,
    /// The style.
    pub style: CellStyle,
}

/// Returns the style of a cell.
pub(super) fn style(cell: &vt100::Cell) -> CellStyle {
    CellStyle {
        foreground: color(cell.fgcolor()),
        background: color(cell.bgcolor()),
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underlined: cell.underline(),
        reversed: cell.inverse(),
    }
}

fn color(color: vt100::Color) -> CellColor {
    match color {
        vt100::Color::Default => CellColor::Default,
        vt100::Color::Idx(index) => CellColor::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => CellColor::Rgb(red, green, blue),
    }
}
