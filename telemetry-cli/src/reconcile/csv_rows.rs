//! Rows of a CSV export of the table of spend records.
//!
//! The names of the columns are compared without regard to case and punctuation, so that `Request ID` and `request_id`
//! are one name.

use std::io::Read;

use serde_json::{Map, Value};

use super::unrecognized::list;

/// The names that a column may have, behind the key of `/spend/logs`.
const COLUMNS: &[(&str, &[&str])] = &[
    ("request_id", &["requestid"]),
    ("litellm_call_id", &["litellmcallid", "callid"]),
    ("status", &["status"]),
    ("startTime", &["starttime", "time", "timestamp"]),
    ("endTime", &["endtime"]),
    ("model", &["model"]),
    ("model_group", &["modelgroup", "publicmodelname"]),
    ("model_id", &["modelid"]),
    ("api_key", &["apikey", "keyhash"]),
    ("spend", &["spend", "spendusd", "cost", "costusd"]),
    ("prompt_tokens", &["prompttokens", "inputtokens"]),
    ("completion_tokens", &["completiontokens", "outputtokens"]),
    ("total_tokens", &["totaltokens", "tokens"]),
    ("cache_hit", &["cachehit"]),
    ("metadata", &["metadata"]),
];

/// The columns that every spend record has.
const REQUIRED: [&str; 3] = ["request_id", "spend", "startTime"];

/// Calls `each` with every row as an object with the keys of `/spend/logs`. A row of another length is passed as `None`.
///
/// # Errors
///
/// Fails with a description of the content if the first line is not the titles of the required columns.
pub(super) fn read(
    from: impl Read,
    mut each: impl FnMut(Option<Map<String, Value>>),
) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(from);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let keys: Vec<Option<&str>> = headers.iter().map(key_of).collect();
    let is_missing = |key: &&&str| !keys.contains(&Some(**key));
    let missing: Vec<&str> = REQUIRED.iter().filter(is_missing).copied().collect();
    if !missing.is_empty() {
        return Err(format!(
            "text whose first line has the columns {}; a CSV export of single calls also has {}",
            list(headers.iter()),
            missing.join(", ")
        ));
    }
    for row in reader.records() {
        match row {
            Ok(row) => {
                let cells = keys.iter().zip(&row);
                let cells = cells.filter_map(|(key, cell)| Some(((*key)?, cell)));
                let cells = cells.filter(|(_, cell)| !cell.is_empty());
                each(Some(
                    cells
                        .map(|(key, cell)| (key.to_owned(), cell.into()))
                        .collect(),
                ));
            }
            Err(error) if error.is_io_error() => return Err(error.to_string()),
            Err(_) => each(None),
        }
    }
    Ok(())
}

fn key_of(title: &str) -> Option<&'static str> {
    let name: String = title
        .chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let column = COLUMNS.iter().find(|(_, names)| names.contains(&&*name));
    column.map(|(key, _)| *key)
}
