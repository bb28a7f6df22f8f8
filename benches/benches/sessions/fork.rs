//! The code of the Codex fork before it used telemetry: one global mutex around totals and file,
//! lines formatted with `serde_json::json!`, and a flush for each turn.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::json;

static LOG: OnceLock<Mutex<Log>> = OnceLock::new();

struct Log {
    file: BufWriter<File>,
    models: HashMap<String, Totals>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) turns: u64,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    pub(crate) reasoning_tokens: u64,
    pub(crate) total_tokens: u64,
}

pub(crate) fn open(path: &Path) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let log = Log {
        file: BufWriter::new(file.expect("a writable directory")),
        models: HashMap::new(),
    };
    assert!(LOG.set(Mutex::new(log)).is_ok(), "opened once");
}

fn log() -> std::sync::MutexGuard<'static, Log> {
    let log = LOG.get().expect("opened before");
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records a turn. The caller passes the time as text, so that its formatting is not measured.
pub(crate) fn record(ts: &str, session: &str, model: &str, prompt: u64, completion: u64) {
    let mut log = log();
    let totals = log.models.entry(model.to_owned()).or_default();
    totals.turns += 1;
    totals.prompt_tokens += prompt;
    totals.completion_tokens += completion;
    totals.reasoning_tokens += 1;
    totals.total_tokens += prompt + completion;
    let line = json!({
        "ts": ts,
        "session_id": session,
        "model": model,
        "reasoning_effort": "high",
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "reasoning_tokens": 1,
        "total_tokens": prompt + completion,
    });
    writeln!(log.file, "{line}").expect("the disk takes it");
    log.file.flush().expect("the disk takes it");
}

pub(crate) fn snapshot() -> Vec<(String, Totals)> {
    let log = log();
    let models = log.models.iter();
    models
        .map(|(model, totals)| (model.clone(), totals.clone()))
        .collect()
}
