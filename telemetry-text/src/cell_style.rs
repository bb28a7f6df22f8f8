//! The style of a cell of a terminal.

use std::fmt::Write as _;

/// The style of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "attributes of a terminal, which are independent of each other"
)]
pub struct CellStyle {
    /// The color of the text.
    pub foreground: CellColor,
    /// The color behind the text.
    pub background: CellColor,
    /// Whether the text is bold.
    pub bold: bool,
    /// Whether the text is dim.
    pub dim: bool,
    /// Whether the text is italic.
    pub italic: bool,
    /// Whether the text is underlined.
    pub underlined: bool,
    /// Whether the colors are swapped.
    pub reversed: bool,
}

/// A color of a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellColor {
    /// The terminal's own.
    #[default]
    Default,
    /// A color of the palette.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl CellStyle {
    /// Neither colors nor attributes.
    pub const PLAIN: Self = Self {
        foreground: CellColor::Default,
        background: CellColor::Default,
        bold: false,
        dim: false,
        italic: false,
        underlined: false,
        reversed: false,
    };

    /// Returns the part of the style that is visible in a cell without text.
    #[must_use]
    pub fn of_blank(self) -> Self {
        let shows_foreground = self.underlined || self.reversed;
        Self {
            background: self.background,
            underlined: self.underlined,
            reversed: self.reversed,
            foreground: if shows_foreground {
                self.foreground
            } else {
                CellColor::Default
            },
            ..Self::PLAIN
        }
    }

    /// Appends the parameters of the sequence `CSI … m` that sets the style after a reset, as `1;31`; nothing for the plain
    /// style.
    pub fn write_parameters(self, out: &mut String) {
        let start = out.len();
        let flags = [
            (self.bold, "1;"),
            (self.dim, "2;"),
            (self.italic, "3;"),
            (self.underlined, "4;"),
            (self.reversed, "7;"),
        ];
        for (_, text) in flags.iter().filter(|(is_set, _)| *is_set) {
            out.push_str(text);
        }
        for (color, base, bright) in [(self.foreground, 30, 90), (self.background, 40, 100)] {
            // Writing to a string cannot fail.
            let _ = match color {
                CellColor::Default => Ok(()),
                CellColor::Indexed(index @ 0..8) => write!(out, "{};", base + index),
                CellColor::Indexed(index @ 8..16) => write!(out, "{};", bright + (index - 8)),
                CellColor::Indexed(index) => write!(out, "{};5;{index};", base + 8),
                CellColor::Rgb(red, green, blue) => {
                    write!(out, "{};2;{red};{green};{blue};", base + 8)
                }
            };
        }
        if out.len() > start {
            out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_name_the_differences_from_the_plain_style() {
        let parameters = |style: CellStyle| {
            let mut out = String::new();
            style.write_parameters(&mut out);
            out
        };
        assert_eq!(parameters(CellStyle::PLAIN), "");
        let style = CellStyle {
            bold: true,
            reversed: true,
            foreground: CellColor::Indexed(1),
            background: CellColor::Indexed(12),
            ..CellStyle::PLAIN
        };
        assert_eq!(parameters(style), "1;7;31;104");
        let style = CellStyle {
            foreground: CellColor::Indexed(200),
            background: CellColor::Rgb(1, 2, 3),
            ..CellStyle::PLAIN
        };
        assert_eq!(parameters(style), "38;5;200;48;2;1;2;3");
        assert_eq!(parameters(style.of_blank()), "48;2;1;2;3");
    }
}
