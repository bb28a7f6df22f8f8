//! The diagnosis as JSON.

use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::Timestamp;

use super::Diagnosis;
use crate::terminal;

#[derive(Serialize)]
struct DoctorJson {
    v: u32,
    healthy: bool,
    homes: Vec<HomeJson>,
}

#[derive(Serialize)]
struct HomeJson {
    home: String,
    enabled: bool,
    config: Vec<SettingJson>,
    log_dir: String,
    max_total_bytes: u64,
    bytes: u64,
    leftover_files: usize,
    leftover_bytes: u64,
    logs: Vec<LogJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollup: Option<String>,
    write_test: bool,
    findings: Vec<FindingJson>,
}

#[derive(Serialize)]
struct SettingJson {
    key: String,
    value: String,
    origin: String,
}

#[derive(Serialize)]
struct LogJson {
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
struct FindingJson {
    code: &'static str,
    message: String,
    #[serde(rename = "mend")]
    suggestion: String,
}

/// Writes the diagnoses as one JSON document. The codes of findings are stable; their messages may change.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(diagnoses: &[Diagnosis], out: &mut impl Write) -> io::Result<()> {
    let document = DoctorJson {
        v: 1,
        healthy: diagnoses.iter().all(|it| it.findings.is_empty()),
        homes: diagnoses.iter().map(home).collect(),
    };
    terminal::write_json(out, &document)
}

fn home(diagnosis: &Diagnosis) -> HomeJson {
    let value = |it: &telemetry_runtime::ConfigValue| SettingJson {
        key: it.key.clone(),
        value: it.value.clone(),
        origin: it.origin.to_string(),
    };
    let log = |it: &super::LogHealth| LogJson {
        log: it.name.clone(),
        path: it.path.display().to_string(),
        files: it.files,
        in_use: it.in_use,
        bytes: it.bytes,
        records: it.records,
        last: it.last,
        skipped_lines: it.skips.lines.total(),
    };
    let finding = |it: &super::Finding| FindingJson {
        code: it.code,
        message: it.message.clone(),
        suggestion: it.suggestion.clone(),
    };
    HomeJson {
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
