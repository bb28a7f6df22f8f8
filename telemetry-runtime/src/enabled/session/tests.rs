use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;

use telemetry_schema::files::{rollup, segments_of};
use telemetry_schema::record::{
    NanoUsd, Record, Records, RequestOutcome, SessionRecord, Timestamp, write_line,
};

use super::{Session, current_id, registry, resume, store};
use crate::{ResumeError, SessionId};

mod aggregation;
mod eviction;
mod foreign;
mod identity;
mod watching;

/// The session log of this test binary. Each test has sessions of its own in it.
pub(in crate::build) fn log() -> &'static Path {
    static DIRECTORY: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        store::open(directory.path());
        directory
    });
    directory.path()
}

/// What was read of the log.
static READ: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// What the log has of a session, in the order of its lines.
pub(in crate::build) fn records_of(session: &Session) -> Vec<SessionRecord<'static>> {
    let id = session.id().to_string();
    let mut found = Vec::new();
    for segment in store::place()
        .map(|place| segments_of(&place.log))
        .unwrap_or_default()
    {
        let text: &'static str = fs::read_to_string(segment).unwrap_or_default().leak();
        // Known to whoever looks for what nobody knows of any more.
        READ.lock().unwrap().push(text);
        for line in text.lines().filter(|line| line.contains(&id)) {
            if let Ok(Record::Session(record)) = Record::parse(line.as_bytes()) {
                found.push(record);
            }
        }
    }
    found
}

/// Counts and writes a request as the usage path does.
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
    session.record(&mut record);
}

/// As if the process had ended: nothing of the session is left in memory.
fn forget(session: Session) -> SessionId {
    let id = session.id();
    drop(session);
    assert!(registry::find(id).is_none(), "someone still holds it");
    id
}

#[test]
fn the_innermost_scope_wins_and_scopes_end_in_any_order() {
    let (a, b) = (Session::detached(), Session::detached());
    let current = || Session::current().map(|session| session.id());
    let in_a = a.enter();
    assert_eq!(current(), Some(a.id()));
    let in_b = b.enter();
    let again_in_a = a.enter();
    assert_eq!(current_id(), Some(a.id()));
    drop(in_a);
    drop(again_in_a);
    assert_eq!((current(), current_id()), (Some(b.id()), Some(b.id())));
    drop(in_b);
    assert_ne!(current_id(), Some(b.id()));
}

#[test]
fn a_future_has_its_session_in_each_poll_and_in_its_drop() {
    struct AtDrop<'a>(&'a mut Option<SessionId>);
    impl Drop for AtDrop<'_> {
        fn drop(&mut self) {
            *self.0 = current_id();
        }
    }
    let (outer, inner) = (Session::detached(), Session::detached());
    let mut at_drop = None;
    let mut polls = Vec::new();
    {
        let _in_outer = outer.enter();
        let body = async {
            let _at_drop = AtDrop(&mut at_drop);
            loop {
                polls.push(current_id());
                let mut waited = false;
                std::future::poll_fn(|_| {
                    if std::mem::replace(&mut waited, true) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
            }
        };
        let mut future = pin!(inner.in_scope(body));
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let _: Poll<()> = future.as_mut().poll(&mut cx);
            assert_eq!(current_id(), Some(outer.id()));
        }
    }
    assert_eq!(polls, vec![Some(inner.id()); 3]);
    assert_eq!(at_drop, Some(inner.id()));
}

#[test]
fn the_process_has_one_session_on_every_thread_until_it_is_replaced() {
    // The only test that binds the process.
    log();
    let (tell, told) = std::sync::mpsc::channel();
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let other = thread::spawn(move || {
        while asked.recv().is_ok() {
            tell.send((current_id(), Session::current().map(|session| session.id())))
                .unwrap();
        }
    });
    let elsewhere = || {
        ask.send(()).unwrap();
        told.recv().unwrap()
    };
    assert_eq!(elsewhere(), (None, None));
    let started = Session::current_or_start();
    assert_eq!(elsewhere(), (Some(started.id()), Some(started.id())));
    assert_eq!(Session::current_or_start().id(), started.id());
    let next = Session::start();
    assert_eq!(elsewhere(), (Some(next.id()), Some(next.id())));
    {
        let _inside = started.enter();
        assert_eq!(current_id(), Some(started.id()));
    }
    assert_eq!(current_id(), Some(next.id()));
    write(&started, "r", |_| {});
    let id = forget(started);
    let resumed = Session::resume(id).unwrap();
    assert_eq!(elsewhere(), (Some(id), Some(id)));
    assert_eq!(resumed.snapshot().totals.requests, 1);
    drop(ask);
    other.join().unwrap();
}

#[test]
fn asking_while_a_thread_ends_is_harmless() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let session = Session::detached();
            let _entered = session.enter();
            let _ = (current_id(), Session::current());
        }
    }
    thread_local!(static AT_END: AtEnd = const { AtEnd });
    thread::spawn(|| {
        AT_END.with(|_| {});
        let _entered = Session::detached().enter();
    })
    .join()
    .unwrap();
}

#[test]
fn ids_are_version_7_and_sort_by_time() {
    let ids: Vec<SessionId> = (0..100).map(|_| Session::detached().id()).collect();
    assert!(ids.is_sorted());
    assert_eq!(ids[0].as_bytes()[6] >> 4, 7);
}

#[test]
fn a_resumed_session_goes_on_where_it_was() {
    log();
    let session = Session::detached();
    write(&session, "1", |record| {
        record.outcome = Some(RequestOutcome::Err);
    });
    write(&session, "2", |record| {
        record.attempt = Some(2);
        record.cost_usd = Some(NanoUsd(410_000));
        record.latency_ms = Some(2210);
        record.reasoning_effort = Some("high".into());
    });
    write(&session, "3", |record| {
        record.model = Some("n".into());
        record.cached_tokens = Some(50);
        record.ts = Timestamp::from_micros(1_795_373_650_000_000);
    });
    let before = session.snapshot();
    assert_eq!((before.totals.requests, before.totals.failures), (3, 1));
    assert_eq!(before.last_model.as_deref(), Some("n"));
    let id = forget(session);
    let resumed = Session::found(id).unwrap();
    assert_eq!(resumed.snapshot(), before);
    write(&resumed, "4", |_| {});
    write(&resumed, "2", |_| {});
    let turns: Vec<_> = records_of(&resumed)
        .iter()
        .map(|record| record.turn)
        .collect();
    assert_eq!(turns, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn a_living_session_is_resumed_as_itself() {
    log();
    let session = Session::detached();
    write(&session, "1", |_| {});
    let same = Session::found(session.id()).unwrap();
    write(&same, "2", |_| {});
    assert_eq!(session.snapshot().totals.requests, 2);
}

#[test]
fn an_id_that_no_log_has_is_named_with_the_directory() {
    let directory = log();
    let id: SessionId = "018f2b1e-7c3a-7def-8123-456789abcdef".parse().unwrap();
    let error = Session::found(id).unwrap_err();
    assert!(matches!(&error, ResumeError::Unknown { id: found, .. } if *found == id));
    let text = error.to_string();
    assert!(text.contains(&id.to_string()) && text.contains(&*directory.to_string_lossy()));
}

/// A rotated segment of the log with these lines.
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

/// Lines of a session, one for each id, with damage in between.
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
fn damaged_lines_are_left_out_and_counted() {
    let id = SessionId::from_bytes([1; 16]);
    let path = segment("20261120T000000Z-1", &lines(id, &["1", "2", "1"]));
    let snapshot = Session::found(id).unwrap().snapshot();
    assert_eq!((snapshot.totals.requests, snapshot.damaged_lines), (2, 3));
    assert!(snapshot.to_string().contains("3 damaged lines left out"));
    fs::remove_file(path).unwrap();
}

/// What a damaged line of the rollup was about cannot be told: it may be sums of any session.
fn assert_damaged_rollup_lines_are_counted(id: SessionId, rollup: &Path) {
    let whole = fs::read(rollup).unwrap();
    let before = resume::read_files(id, rollup, &[])
        .snapshot(id)
        .damaged_lines;
    let torn = [&whole, &b"{\"type\":\"rollup\",\"se\n"[..]].concat();
    let path = rollup.with_file_name("torn.jsonl");
    fs::write(&path, torn).unwrap();
    let snapshot = resume::read_files(id, &path, &[]).snapshot(id);
    assert_eq!(snapshot.damaged_lines, before + 1);
    fs::remove_file(path).unwrap();
}

#[test]
fn folded_segments_are_found_again_and_count_once_whenever_the_process_is_killed() {
    let id = SessionId::from_bytes([2; 16]);
    log();
    let rollup_path = store::place().unwrap().rollup;
    let oldest = segment("20261121T000000Z-1", &lines(id, &["1", "2"]));
    let older = segment("20261121T000000Z-1.1", &lines(id, &["3", "2"]));
    let staying = segment("20261121T000000Z-1.2", &lines(id, &["4", "3"]));
    let requests = || {
        let snapshot = Session::found(id).unwrap().snapshot();
        (snapshot.totals.requests, snapshot.totals.prompt_tokens)
    };
    assert_eq!(requests(), (4, 400));
    let rest = [older.clone(), staying.clone()];
    let damaged = rollup::fold(&rollup_path, std::slice::from_ref(&oldest), &rest).unwrap();
    assert_eq!(damaged, 2);
    // Killed before the removal.
    assert_eq!(requests(), (4, 400));
    rollup::fold(
        &rollup_path,
        &[oldest.clone(), older.clone()],
        std::slice::from_ref(&staying),
    )
    .unwrap();
    assert_eq!(requests(), (4, 400));
    fs::remove_file(&oldest).unwrap();
    fs::remove_file(&older).unwrap();
    assert_eq!(requests(), (4, 400));
    // The next fold forgets the names of segments that are gone, and keeps their sums.
    rollup::fold(&rollup_path, &[], std::slice::from_ref(&staying)).unwrap();
    let mut names = Vec::new();
    Records::new(fs::File::open(&rollup_path).unwrap())
        .each(|record| {
            if let Record::Folded(line) = record {
                names.push(line.segment.into_owned());
            }
        })
        .unwrap();
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(requests(), (4, 400));
    assert_damaged_rollup_lines_are_counted(id, &rollup_path);
    let session = Session::found(id).unwrap();
    write(&session, "5", |_| {});
    assert_eq!(records_of(&session).last().unwrap().turn, Some(5));
    assert!(!rollup_path.with_extension("jsonl.new").exists());
    fs::remove_file(staying).unwrap();
    fs::remove_file(rollup_path).unwrap();
}

#[test]
fn a_fold_that_cannot_be_written_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let rollup_path = directory.path().join("gone").join("rollup.jsonl");
    let segment = directory.path().join("a.jsonl");
    fs::write(&segment, lines(SessionId::from_bytes([3; 16]), &["1"])).unwrap();
    assert!(rollup::fold(&rollup_path, &[segment], &[]).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn many_threads_give_every_request_one_turn_of_its_own() {
    log();
    let session = Session::detached();
    thread::scope(|scope| {
        for thread in 0..8 {
            let session = session.clone();
            scope.spawn(move || {
                for at in 0..50 {
                    // Every second one was recorded by the neighbour as well.
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
        .filter_map(|record| record.turn)
        .collect();
    turns.sort_unstable();
    assert!(turns.into_iter().eq(1..=200));
    let before = session.snapshot();
    let id = forget(session);
    assert_eq!(Session::found(id).unwrap().snapshot(), before);
}

#[test]
fn a_session_that_nobody_holds_takes_no_memory() {
    let ids: Vec<SessionId> = (0..1000).map(|_| forget(Session::detached())).collect();
    assert!(ids.iter().all(|id| registry::find(*id).is_none()));
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
    assert_eq!(json["models"][0]["model"], "m");
    assert_eq!(json["models"][0]["totals"]["prompt_tokens"], 100);
}
