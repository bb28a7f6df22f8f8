//! The list that cargo-mutants prints.

use serde::Deserialize;

/// A change of the code.
#[derive(Debug, Deserialize)]
pub(crate) struct Mutant {
    /// The path of the file, relative to the workspace.
    pub(crate) file: String,
    pub(crate) genre: Genre,
    /// The description that cargo-mutants prints.
    pub(crate) name: String,
    /// The text that replaces the one at `span`.
    pub(crate) replacement: String,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// The first line is 1, the first column is 1.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

pub(crate) fn read(text: &str) -> serde_json::Result<Vec<Mutant>> {
    serde_json::from_str(text)
}
