//! The bytes of a log directory that count towards its budget, and the requests that it contains.

use std::fs;
use std::path::Path;

use crate::home::{Home, files};
use crate::records;

const BLOCK: u64 = 4096;
const SESSION: &str = "codex-litellm-session";
const ROLLUP: &str = "codex-litellm-usage-rollup.jsonl";

/// Returns the bytes that the files of a home count towards the budget.
pub fn counted(home: &Home) -> u64 {
    let lengths = fs::read_dir(home.logs())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|metadata| metadata.len().next_multiple_of(BLOCK));
    lengths.sum()
}

/// Returns the requests of the rollup, and of the segments that it does not contain.
pub fn requests(home: &Home) -> u64 {
    let rollup = home.logs().join(ROLLUP);
    let rollup = if rollup.is_file() {
        records::read(&[rollup]).records
    } else {
        Vec::new()
    };
    let batches: Vec<&serde_json::Value> = rollup
        .iter()
        .filter(|line| line["type"] == "folded_batch")
        .collect();
    let counts = |line: &serde_json::Value| {
        line["batch"].is_null() || batches.iter().any(|batch| batch["batch"] == line["batch"])
    };
    let mut sum = 0;
    for line in rollup.iter().filter(|line| counts(line)) {
        sum += line["sums"]["requests"].as_u64().unwrap_or_default();
        let days = line["days"].as_array().into_iter().flatten();
        for entry in days.flat_map(|day| day.as_str().unwrap_or_default().split(';').skip(1)) {
            let number = entry.split(',').nth(1).unwrap_or_default();
            sum += u64::from_str_radix(number, 36).unwrap_or_default();
        }
    }
    let is_folded = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let names = batches
            .iter()
            // Of a segment with an offset, the beginning is not folded.
            .filter(|batch| batch["offset"].is_null())
            .filter_map(|batch| batch["segments"].as_array());
        names.flatten().any(|folded| *folded == *name)
    };
    for path in files(&home.logs(), ".jsonl") {
        if path.to_string_lossy().contains(SESSION) && !is_folded(&path) {
            sum += records::read(std::slice::from_ref(&path)).records.len() as u64;
        }
    }
    sum
}

/// Returns the bytes that a thread, or all threads of a process, have read.
pub fn read_bytes(io: &Path) -> u64 {
    let text = fs::read_to_string(io).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.and_then(|bytes| bytes.parse().ok())
        .unwrap_or_default()
}
