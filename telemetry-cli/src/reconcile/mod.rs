//! `telemetry reconcile`: compares the session log with the spend records of the proxy, request by request.
//!
//! | module | responsibility |
//! |---|---|
//! | `spend` | one spend record of the proxy, from the JSON of a callback or of `/spend/logs`, or from a row of a CSV export |
//! | `file` | reads a file of spend records, whose form is detected by content |
//! | `unrecognized` | describes content that is not a spend record, for the error message |
//! | `csv_rows` | rows of a CSV export as objects with the keys of `/spend/logs` |
//! | `logged` | one request of the session log |
//! | `matching` | finds the spend records of each request: by call id, then by request id |
//! | `compare` | the differences between a request and its spend record |
//! | `outcome` | the comparison of everything: pairs, requests and records without a counterpart, sums |
//! | `show`, `json` | the outcome as tables and as JSON |

mod compare;
mod csv_rows;
mod file;
mod index;
mod json;
mod logged;
mod matching;
mod outcome;
mod show;
mod spend;
mod tokens;
mod unrecognized;

use std::path::PathBuf;
use std::slice;

use telemetry_schema::record::NanoUsd;

use crate::error::Error;
use crate::home::Homes;
use crate::selection::Period;

use index::SpendIndex;

pub use json::write_json;
pub use outcome::Reconciliation;
pub use show::write;

/// The selection of a comparison.
#[derive(Debug)]
pub struct ReconcileQuery {
    /// The files with spend records.
    pub files: Vec<PathBuf>,
    /// Only requests of this session.
    pub session: Option<String>,
    /// Only requests and spend records that started in this period. An end that is `None` is the end of the period that
    /// the spend records cover.
    pub period: Period,
    /// Only spend records of these virtual keys: the alias or the hash of each. All keys if the list is empty.
    pub keys: Vec<String>,
    /// The largest accepted difference of costs, for each request.
    pub tolerance: NanoUsd,
}

/// Reads the files and the session logs, and compares them.
///
/// # Errors
///
/// Fails if a file cannot be read or has no spend records, or if a log cannot be read.
pub fn read(homes: &Homes, query: &ReconcileQuery) -> Result<Reconciliation, Error> {
    let mut spend = Vec::new();
    let mut files = Vec::new();
    for path in &query.files {
        let (file, records) = file::read(path)?;
        spend.extend(records);
        files.push(file);
    }
    let unknown_keys = query.keys.iter();
    let unknown_keys: Vec<String> = unknown_keys
        .filter(|key| {
            !spend
                .iter()
                .any(|record| record.has_key(slice::from_ref(*key)))
        })
        .cloned()
        .collect();
    if !query.keys.is_empty() {
        spend.retain(|record| record.has_key(&query.keys));
    }
    let index = SpendIndex::of(spend);
    let covered = index.covered();
    let period = Period {
        since: query.period.since.or(covered.since),
        until: query.period.until.or(covered.until),
    };
    let (logged, skips) = logged::read(homes, &index, &period)?;
    let matches = matching::find(logged.requests, index);
    let mut found = Reconciliation::of(matches, query, &period);
    found.files = files;
    found.pruned = logged.pruned;
    found.skips = skips;
    found.unknown_keys = unknown_keys;
    Ok(found)
}
