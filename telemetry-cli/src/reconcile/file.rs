//! Reads files of spend records. The form of a file is detected by its content.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use super::csv_rows;
use super::spend::SpendRecord;
use super::unrecognized::describe;
use crate::error::Error;

/// The longest line that is read. A payload has the prompt and the answer unless the proxy is configured to omit them.
const MAX_PAYLOAD: u64 = 64 * 1024 * 1024;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SpendForm {
    /// An object in each line, as a callback writes them.
    JsonLines,
    /// One array, or one object with the array `data`, as `/spend/logs` answers.
    Json,
    /// A row for each record below a line of titles.
    Csv,
}

/// A file of spend records that was read.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SpendFile {
    pub(super) path: String,
    pub(super) form: SpendForm,
    pub(super) records: u64,
    /// The number of lines, rows or elements that are not spend records.
    pub(super) skipped: u64,
}

/// Collects the records of one file.
#[derive(Default)]
struct Collector {
    records: Vec<SpendRecord>,
    skipped: u64,
    /// A description of the first part that is not a spend record.
    first_unknown: Option<String>,
}

impl Collector {
    fn add(&mut self, value: &Value) {
        match value.as_object().and_then(SpendRecord::of) {
            Some(record) => self.records.push(record),
            None => self.skip(|| describe(value)),
        }
    }

    fn skip(&mut self, description: impl FnOnce() -> String) {
        self.skipped += 1;
        self.first_unknown.get_or_insert_with(description);
    }
}

/// Reads a file.
///
/// # Errors
///
/// Fails if the file cannot be read, or if it has no spend record and is not an empty list of them.
pub(super) fn read(path: &Path) -> Result<(SpendFile, Vec<SpendRecord>), Error> {
    let failure = |error| Error::io("read", path, error);
    let mut reader = BufReader::new(File::open(path).map_err(failure)?);
    let mut found = Collector::default();
    let form = match first_byte(&mut reader).map_err(failure)? {
        None => return Err(unknown(path, "an empty file")),
        Some(b'[') => {
            let value: Value = serde_json::from_reader(reader)
                .map_err(|error| unknown(path, &format!("invalid JSON ({error})")))?;
            add_document(value, &mut found);
            SpendForm::Json
        }
        Some(b'{') => read_objects(reader, &mut found).map_err(failure)?,
        Some(_) => {
            csv_rows::read(reader, |row: Option<Map<String, Value>>| match row {
                Some(row) => found.add(&Value::Object(row)),
                None => found.skip(|| "a row of another length".to_owned()),
            })
            .map_err(|content| unknown(path, &content))?;
            SpendForm::Csv
        }
    };
    if let (true, Some(content)) = (found.records.is_empty(), &found.first_unknown) {
        return Err(unknown(path, content));
    }
    let file = SpendFile {
        path: path.display().to_string(),
        form,
        records: found.records.len() as u64,
        skipped: found.skipped,
    };
    Ok((file, found.records))
}

fn unknown(path: &Path, content: &str) -> Error {
    Error::new(format!(
        "{} has no spend records of LiteLLM: found {content}; expected JSON lines of StandardLoggingPayload from a \
         callback, the JSON of /spend/logs, or a CSV export with the columns request_id, spend and startTime",
        path.display()
    ))
}

/// Skips a byte order mark and white space, and returns the next byte without consuming it.
fn first_byte(reader: &mut impl BufRead) -> std::io::Result<Option<u8>> {
    loop {
        match reader.fill_buf()? {
            [] => return Ok(None),
            [0xEF | 0xBB | 0xBF, ..] => reader.consume(1),
            [byte, ..] if byte.is_ascii_whitespace() => reader.consume(1),
            [byte, ..] => return Ok(Some(*byte)),
        }
    }
}

/// Reads an object in each line; if the first line is not a complete object, the whole file as one document.
fn read_objects(mut reader: impl BufRead, found: &mut Collector) -> std::io::Result<SpendForm> {
    let mut line = Vec::new();
    read_line(&mut reader, &mut line)?;
    let Ok(first) = serde_json::from_slice::<Value>(&line) else {
        reader.read_to_end(&mut line)?;
        if let Ok(document) = serde_json::from_slice(&line) {
            add_document(document, found);
            return Ok(SpendForm::Json);
        }
        add_lines(&line[..], found)?;
        return Ok(SpendForm::JsonLines);
    };
    if first.get("data").is_some_and(Value::is_array) {
        add_document(first, found);
        return Ok(SpendForm::Json);
    }
    found.add(&first);
    add_lines(reader, found)?;
    Ok(SpendForm::JsonLines)
}

fn add_lines(mut reader: impl BufRead, found: &mut Collector) -> std::io::Result<()> {
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(value) => found.add(&value),
            Err(error) => found.skip(|| format!("invalid JSON ({error})")),
        }
    }
    Ok(())
}

/// Reads a line, or the part of it that may be read; the rest is then read as further lines.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let read = reader.by_ref().take(MAX_PAYLOAD).read_until(b'\n', line)?;
    Ok(read > 0)
}

fn add_document(document: Value, found: &mut Collector) {
    let rows = match document {
        Value::Array(rows) => rows,
        Value::Object(mut object) => match object.remove("data") {
            Some(Value::Array(rows)) => rows,
            data => {
                object.extend(data.map(|data| ("data".to_owned(), data)));
                vec![Value::Object(object)]
            }
        },
        other => vec![other],
    };
    for row in &rows {
        found.add(row);
    }
}
