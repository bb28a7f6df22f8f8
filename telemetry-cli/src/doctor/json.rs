//! The diagnosis for programs.

// The names of the fields are those of the JSON.
#![allow(clippy::struct_field_names)]

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;

use super::Diagnosis;
use crate::terminal::EscapedJson;

#[derive(Serialize)]
struct Document {
    v: u32,
    healthy: bool,
    homes: Vec<Home>,
}

#[derive(Serialize)]
struct Home {
    home: String,
    enabled: bool,
    config: Vec<Value>,
    log_dir: String,
    max_total_bytes: u64,
    bytes: u64,
    leftover_files: usize,
    leftover_bytes: u64,
    logs: Vec<Log>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollup: Option<String>,
    write_test: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Value {
    key: String,
    value: String,
    origin: String,
}

#[derive(Serialize)]
struct Log {
    log: String,
    path: String,
    files: usize,
    in_use: usize,
    bytes: u64,
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct Finding {
    code: &'static str,
    message: String,
    mend: String,
}

/// As one JSON document. The codes of findings stay, their words do not.
///
/// # Errors
///
/// What `out` says.
pub fn write_json(diagnoses: &[Diagnosis], out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        v: 1,
        healthy: diagnoses.iter().all(|it| it.findings.is_empty()),
        homes: diagnoses.iter().map(home).collect(),
    };
    serde_json::to_writer_pretty(EscapedJson::new(&mut *out), &document)?;
    writeln!(out)
}

fn home(diagnosis: &Diagnosis) -> Home {
    let value = |it: &telemetry_runtime::ConfigValue| Value {
        key: it.key.clone(),
        value: it.value.clone(),
        origin: it.origin.to_string(),
    };
    let log = |it: &super::LogHealth| Log {
        log: it.name.clone(),
        path: it.path.display().to_string(),
        files: it.files,
        in_use: it.in_use,
        bytes: it.bytes,
        records: it.records,
        last: it.last,
        skipped_lines: it.skips.lines.total(),
    };
    let finding = |it: &super::Finding| Finding {
        code: it.code,
        message: it.message.clone(),
        mend: it.mend.clone(),
    };
    Home {
        home: diagnosis.home.display().to_string(),
        enabled: diagnosis.enabled,
        config: diagnosis.config.iter().map(value).collect(),
        log_dir: diagnosis.log_dir.display().to_string(),
        max_total_bytes: diagnosis.budget,
        bytes: diagnosis.bytes,
        leftover_files: diagnosis.leftovers.files,
        leftover_bytes: diagnosis.leftovers.bytes,
        logs: diagnosis.logs.iter().map(log).collect(),
        rollup: diagnosis
            .rollup
            .as_ref()
            .map(|(path, _)| path.display().to_string()),
        write_test: diagnosis.wrote.is_some(),
        findings: diagnosis.findings.iter().map(finding).collect(),
    }
}
