//! Sessions whose ledgers are only in the logs.

use super::super::memory::Evict;
use super::*;

#[test]
fn an_evicted_session_continues_with_its_totals() {
    log();
    let session = Session::detached();
    let child = session.child();
    write(&session, "1", |_| {});
    write(&session, "2", |_| {});
    write(&child, "1", |_| {});
    let before = [session.snapshot(), child.snapshot()];
    for state in [session.0.state(), child.0.state()] {
        assert!(state.evict());
    }
    assert_eq!([session.snapshot(), child.snapshot()], before);
    for state in [session.0.state(), child.0.state()] {
        assert!(state.evict());
    }
    // Request 2 is recognised as a repetition after its ledger is read from the log.
    write(&session, "2", |_| {});
    write(&session, "3", |_| {});
    assert!(session.0.state().evict());
    write(&child, "2", |_| {});
    let (snapshot, children) = (session.snapshot(), session.snapshot().children);
    assert_eq!((snapshot.totals.requests, children.requests), (3, 2));
    let own = session.id().to_string();
    let turns: Vec<_> = records_of(&session)
        .iter()
        .filter(|record| record.session_id == own)
        .map(|record| record.request_number())
        .collect();
    assert_eq!(turns, [Some(1), Some(2), Some(3)]);
    assert_eq!(child.parent(), Some(session.id()));
}

#[test]
fn turn_numbers_continue_if_the_log_of_an_evicted_session_is_gone() {
    log();
    let id = SessionId::from_bytes([0x41; 16]);
    let path = segment("20261115T000000Z-1", &lines(id, &["1", "2", "3"]));
    let session = Session::known(id).unwrap();
    fs::remove_file(path).unwrap();
    assert!(session.0.state().evict());
    write(&session, "4", |_| {});
    assert_eq!(records_of(&session)[0].request_number(), Some(4));
    assert_eq!(session.snapshot().totals.requests, 1);
}

#[test]
fn eviction_loses_no_record_of_concurrent_threads() {
    log();
    let sessions: Vec<Session> = (0..8).map(|_| Session::detached()).collect();
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let evict = scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                for session in &sessions {
                    session.0.state().evict();
                    thread::yield_now();
                }
            }
        });
        let recorders: Vec<_> = (0..4)
            .map(|thread| {
                let sessions = &sessions;
                scope.spawn(move || {
                    for at in 0..20 {
                        for session in sessions {
                            // Another thread records half of these requests as well.
                            write(session, &format!("{}-{at}", thread / 2), |_| {});
                        }
                    }
                })
            })
            .collect();
        for recorder in recorders {
            recorder.join().unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        evict.join().unwrap();
    });
    for session in &sessions {
        assert_eq!(session.snapshot().totals.requests, 40);
        let mut turns: Vec<_> = records_of(session)
            .iter()
            .map(|it| it.request_number())
            .collect();
        turns.sort_unstable();
        assert!(turns.into_iter().eq((1..=40).map(Some)));
    }
}

#[test]
fn the_number_of_models_is_bounded() {
    log();
    let session = Session::detached();
    for at in 0..300 {
        write(&session, &at.to_string(), |record| {
            record.model = Some(format!("model-{at}").into());
        });
    }
    let snapshot = session.snapshot();
    assert_eq!(
        (snapshot.totals.requests, snapshot.models.len()),
        (300, 257)
    );
    let others = snapshot
        .models
        .iter()
        .find(|usage| usage.model == "other models");
    assert_eq!(others.unwrap().totals.requests, 44);
}
