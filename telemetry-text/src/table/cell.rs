//! The lines of a cell.

use crate::visible;

/// The lines of one cell, made [`visible`].
#[derive(Clone, Debug)]
pub struct Cell(pub(super) Vec<String>);

impl Cell {
    /// Creates a cell of several lines.
    pub fn lines(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let lines = lines.into_iter();
        Self(
            lines
                .map(|line| visible(line.as_ref()).into_owned())
                .collect(),
        )
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::lines([text])
    }
}
