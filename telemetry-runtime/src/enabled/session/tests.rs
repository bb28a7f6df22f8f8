use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::thread;

use telemetry_schema::LogKind;
use telemetry_schema::record::{NanoUsd, Record, Records, SessionRecord, Timestamp, write_line};
use telemetry_store::calendar::day_of;
use telemetry_store::compaction;
use telemetry_store::rollup::{Limits, ROLLUP_FILE};
use telemetry_store::{Directory, Naming, fold_segments, segments_of};

use super::SessionLogFiles;
use super::log_reader::LogReader;
use super::{AmendedBy, Ledger, STATES, Session, current_id, log_files};
use crate::enabled::log::append::Log;
use crate::enabled::log::retention::Retention;
use crate::enabled::writer;
use crate::{Outcome, ResumeError, SessionId, SessionSnapshot};

mod aggregation;
mod eviction;
mod folding;
mod foreign;
mod identity;
mod resuming;
mod scopes;
mod watching;

/// Returns the directory of this test binary's session log. Each test uses sessions of its own.
pub(in crate::enabled) fn log() -> &'static Path {
    static DIRECTORY: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        open_log(directory.path());
        directory
    });
    directory.path()
}

/// Starts a writer that writes the session log to this directory.
fn open_log(directory: &Path) {
    let log = Naming::shared(&directory.join("codex-litellm-session.jsonl")).unwrap();
    let naming = log.clone();
    let core = move || {
        let session = Log::new(naming.clone(), LogKind::Session, None);
        writer::Core::new(
            vec![None, Some(session)],
            Retention::new(0, Vec::new(), 2),
            |_| Vec::new(),
        )
    };
    writer::start(core).unwrap();
    log_files::set_log_files(Some(SessionLogFiles {
        log,
        rollup: directory.join("codex-litellm-usage-rollup.jsonl"),
    }));
}

/// Folds segments of the directory of a rollup and compacts the rollup, as a process with a large budget does at the time of
/// the records. Returns the number of skipped lines and files.
fn fold(rollup: &Path, gone: &[PathBuf], staying: &[PathBuf]) -> io::Result<u64> {
    let limits = Limits {
        max_bytes: u64::MAX,
        today: day_of(Timestamp::from_micros(1_795_373_640_000_000)),
        part_bytes: u64::MAX,
    };
    let directory = Directory::open(rollup.parent().unwrap())?;
    let names = |paths: &[PathBuf]| -> Vec<String> {
        let names = paths.iter().map(|path| path.file_name().unwrap());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    };
    let folding = fold_segments(&directory, &names(gone), &names(staying), limits, true)?;
    compaction::compact(&directory, limits)?;
    Ok(folding.damaged + folding.failed.len() as u64)
}

/// Adds up the records of a session in these files.
fn read_files(id: SessionId, rollup: &Path, segments: &[PathBuf]) -> Ledger {
    let mut reader = LogReader::new(id);
    reader.read(rollup, segments);
    reader.ledger
}

/// The texts of segments that were read; leaked, so that records can borrow from them.
static READ: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// Returns the records of a session in the log, in the order of the lines.
pub(in crate::enabled) fn records_of(session: &Session) -> Vec<SessionRecord<'static>> {
    let id = session.id().to_string();
    let mut found = Vec::new();
    for segment in log_files::current()
        .map(|files| segments_of(&files.log))
        .unwrap_or_default()
    {
        let text: &'static str = fs::read_to_string(segment).unwrap_or_default().leak();
        // The text stays reachable, so that a leak checker does not report it.
        READ.lock().unwrap().push(text);
        for line in text.lines().filter(|line| line.contains(&id)) {
            if let Ok(Record::Session(record)) = Record::parse(line.as_bytes()) {
                found.push(record);
            }
        }
    }
    found
}

/// Counts and writes a request, as the usage module does.
fn write(session: &Session, id: &str, change: impl FnOnce(&mut SessionRecord<'_>)) {
    let session_id = session.id().to_string();
    let mut record = SessionRecord {
        ts: Timestamp::from_micros(1_795_373_640_000_000),
        session_id: session_id.into(),
        request_id: Some(id.to_owned().into()),
        model: Some("m".into()),
        prompt_tokens: Some(100),
        completion_tokens: Some(10),
        ..SessionRecord::default()
    };
    change(&mut record);
    session.record(&mut record, AmendedBy::Increase);
}

/// Drops a session, so that it is no longer in memory, as after the end of the process.
fn unload(session: Session) -> SessionId {
    let id = session.id();
    drop(session);
    assert!(
        STATES.find(id).is_none(),
        "another handle of the session exists"
    );
    id
}

/// Makes a rotated segment of the log with these lines.
fn segment(name: &str, lines: &[u8]) -> PathBuf {
    let path = log().join(format!("codex-litellm-session.{name}.jsonl"));
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(&path)
        .unwrap();
    file.write_all(lines).unwrap();
    path
}

/// Returns lines of a session, one for each id, and a damaged line after each.
fn lines(session: SessionId, ids: &[&str]) -> Vec<u8> {
    let mut lines = Vec::new();
    for id in ids {
        let record = SessionRecord {
            ts: Timestamp::from_micros(1_795_373_640_000_000),
            session_id: session.to_string().into(),
            request_id: Some((*id).to_owned().into()),
            model: Some("m".into()),
            prompt_tokens: Some(100),
            ..SessionRecord::default()
        };
        write_line(&mut lines, &record).unwrap();
        lines.extend(format!("{{\"session_id\":\"{session}\",\"ts\n").bytes());
    }
    lines
}

#[test]
fn concurrent_requests_get_unique_turn_numbers() {
    log();
    let session = Session::detached();
    thread::scope(|scope| {
        for thread in 0..8 {
            let session = session.clone();
            scope.spawn(move || {
                for at in 0..50 {
                    // Another thread records each request as well.
                    write(&session, &format!("{}", thread / 2 * 50 + at), |_| {});
                }
            });
        }
    });
    let snapshot = session.snapshot();
    assert_eq!(
        (snapshot.totals.requests, snapshot.totals.prompt_tokens),
        (200, 20_000)
    );
    let mut turns: Vec<u64> = records_of(&session)
        .iter()
        .filter_map(SessionRecord::request_number)
        .collect();
    turns.sort_unstable();
    assert!(turns.into_iter().eq(1..=200));
    let before = session.snapshot();
    let id = unload(session);
    assert_eq!(Session::known(id).unwrap().snapshot(), before);
}

#[test]
fn counts_that_grow_are_amended_also_after_the_session_was_resumed() {
    log();
    let session = Session::detached();
    let grown = |session: &Session, completion: u64| {
        write(session, "1", |record| {
            record.completion_tokens = Some(completion);
            record.cost_usd = Some(NanoUsd(i64::try_from(completion).unwrap()));
            record.latency_ms = Some(7);
        });
    };
    for completion in [9, 9, 20, 12] {
        grown(&session, completion);
    }
    let totals = session.snapshot().totals;
    assert_eq!((totals.requests, totals.answered), (1, 1));
    assert_eq!((totals.completion_tokens, totals.prompt_tokens), (20, 100));
    assert_eq!((totals.total_tokens, totals.cost_nanos), (120, 20));
    let id = unload(session);
    let resumed = Session::known(id).unwrap();
    assert_eq!(resumed.snapshot().totals, totals);
    grown(&resumed, 159);
    let amendments: Vec<_> = records_of(&resumed)
        .iter()
        .map(|record| (record.amends, record.completion_tokens, record.latency_ms))
        .collect();
    assert_eq!(
        amendments,
        [
            (None, Some(9), Some(7)),
            (Some(true), Some(11), None),
            (Some(true), Some(139), None)
        ]
    );
    // The next request has the next number.
    write(&resumed, "2", |_| {});
    assert_eq!(
        records_of(&resumed).last().unwrap().request_number(),
        Some(2)
    );
}

#[test]
fn a_session_without_a_handle_is_removed() {
    let ids: Vec<SessionId> = (0..1000).map(|_| unload(Session::detached())).collect();
    assert!(ids.iter().all(|id| STATES.find(*id).is_none()));
}

#[test]
fn a_snapshot_is_serialised_for_programs() {
    log();
    let session = Session::detached();
    write(&session, "1", |record| {
        record.cost_usd = Some(NanoUsd(410_000));
    });
    let json = serde_json::to_value(session.snapshot()).unwrap();
    assert_eq!(json["session_id"], session.id().to_string());
    assert_eq!(json["totals"]["cost_nanos"], 410_000);
    assert_eq!(json["unsaved_records"], 0);
    assert!(json.get("unsaved_reason").is_none());
    assert_eq!(json["models"][0]["model"], "m");
    assert_eq!(json["models"][0]["totals"]["prompt_tokens"], 100);
}

#[test]
fn a_snapshot_states_whether_reasoning_was_reported() {
    log();
    let session = Session::detached();
    let is_reported = || session.snapshot().is_reasoning_reported;
    write(&session, "1", |record| record.reasoning_tokens = None);
    assert!(!is_reported());
    write(&session, "2", |record| record.reasoning_tokens = Some(0));
    assert!(is_reported());
}

/// Removes the values that a rollup does not contain: the latest request, the pauses within a day, and the directory of this
/// process.
pub(super) fn of_sums(snapshot: SessionSnapshot) -> SessionSnapshot {
    SessionSnapshot {
        context: None,
        context_model: None,
        paused: std::time::Duration::ZERO,
        directory: None,
        ..snapshot
    }
}
