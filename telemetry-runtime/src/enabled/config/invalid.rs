//! Invalid values, as messages describe them.

use std::path::Path;

use crate::ConfigError;

/// Why a value is invalid.
#[derive(Debug)]
pub(super) struct InvalidValue {
    /// The index of the invalid element of an array, and its position in the file.
    pub(super) element: Option<(usize, usize)>,
    pub(super) found: String,
    pub(super) allowed: String,
    /// The further invalid elements of an array.
    pub(super) others: Vec<InvalidValue>,
}

impl ConfigError {
    /// Makes an error without a position and a key. The name is not `new`, because no host makes one. An environment variable has no file.
    pub(super) fn of_file(file: Option<&Path>, message: String) -> Self {
        Self {
            file: file.map(Box::from),
            position: None,
            key: None,
            message: without_controls(message),
            others: Vec::new(),
        }
    }
}

/// Writes control characters as TOML does, because a terminal would obey those of a file or of an environment variable.
pub(super) fn without_controls(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut visible = String::with_capacity(text.len());
    for found in text.chars() {
        match found {
            '\n' => visible.push_str("\\n"),
            '\t' => visible.push_str("\\t"),
            found if found.is_control() => {
                visible.extend(format!("\\u{:04X}", u32::from(found)).chars());
            }
            found => visible.push(found),
        }
    }
    visible
}

/// Writes a string as TOML does, on one line and without control characters.
pub(super) fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", without_controls(text))
}
