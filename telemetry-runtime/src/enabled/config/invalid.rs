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
}

impl ConfigError {
    /// Makes an error without a position and a key. An environment variable has no file.
    pub(super) fn new(file: Option<&Path>, message: String) -> Self {
        Self {
            file: file.map(Path::to_owned),
            position: None,
            key: None,
            message,
            others: Vec::new(),
        }
    }
}

/// Writes a string as TOML does, on one line and without control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for found in text.chars() {
        match found {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            found if found.is_control() => {
                quoted.extend(format!("\\u{:04X}", u32::from(found)).chars());
            }
            found => quoted.push(found),
        }
    }
    quoted.push('"');
    quoted
}
