//! Reading the lines of logs.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The lines of files.
#[derive(Debug, Default)]
pub struct Lines {
    /// The JSON objects, in order.
    pub records: Vec<Value>,
    /// The lines that are not JSON objects.
    pub torn: Vec<String>,
    /// The number of bytes behind the last newline.
    pub unclosed: usize,
}

impl Lines {
    /// Returns the records of a type: `span`, `event`, `lost`, `header`.
    pub fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.records
            .iter()
            .filter(|record| record["type"] == kind)
            .collect()
    }

    /// Returns the values of an integer field of the spans, in order.
    pub fn numbers(&self, field: &str) -> Vec<u64> {
        self.of_type("span")
            .iter()
            .filter_map(|record| record["fields"][field].as_u64())
            .collect()
    }
}

/// Reads the lines of files in order. A file that does not exist has no lines.
pub fn read(files: &[PathBuf]) -> Lines {
    let mut lines = Lines::default();
    for file in files {
        let bytes = fs::read(file).unwrap_or_default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else {
                lines.unclosed += line.len();
                continue;
            };
            match serde_json::from_slice(line) {
                Ok(record @ Value::Object(_)) => lines.records.push(record),
                _ => lines.torn.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
    }
    lines
}

/// Reads the lines of a text log.
/// Returns the lines of a TUI log that a host wrote, without their times and levels.
pub fn host_lines(file: &Path) -> Vec<String> {
    let text = text(file);
    let own = text.iter().filter(|line| !line.contains("telemetry: "));
    own.map(|line| {
        line.split_once("Z  INFO ")
            .map_or(&**line, |(_, text)| text)
            .to_owned()
    })
    .collect()
}

/// Returns the lines of a file.
pub fn text(file: &Path) -> Vec<String> {
    let bytes = fs::read(file).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .lines()
        .map(str::to_owned)
        .collect()
}
