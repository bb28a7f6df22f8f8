//! The text of a snapshot.

use std::fmt;

use super::data::SessionSnapshot;
use super::line::StatusLine;
use crate::implementation::status;

impl SessionSnapshot {
    /// Returns the text of [`Display`](fmt::Display) with at most `width` columns. Widths outside of 40 to 200
    /// are clamped. Control characters in names of models are replaced.
    pub fn render(&self, width: usize) -> String {
        let lines = status::page(self, width.clamp(40, 200));
        let lines: Vec<String> = lines.iter().map(StatusLine::text).collect();
        lines.join("\n")
    }
}

impl fmt::Display for SessionSnapshot {
    /// Writes several lines without colour and without a final newline. They have at most 80 columns, or the
    /// width of the format: `{:120}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(f.width().unwrap_or(80)))
    }
}
