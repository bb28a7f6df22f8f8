//! The totals do not depend on the order of records, on repetitions, or on the files that hold them.

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::super::ledger::Ledger;
use super::*;
use crate::SessionSnapshot;

const OWN: SessionId = SessionId::from_bytes([0x51; 16]);
const PARENT: SessionId = SessionId::from_bytes([0x52; 16]);

/// Returns the record of the request `id`. All of its values follow from the id, so two records of one
/// request are equal.
fn record(id: u8) -> SessionRecord<'static> {
    let ok = !id.is_multiple_of(4);
    let priced = !id.is_multiple_of(3);
    SessionRecord {
        // Several records have one time.
        ts: Timestamp::from_micros(1_795_373_640_000_000 + i64::from(id / 5) * 9_000_000_000),
        session_id: OWN.to_string().into(),
        parent_session_id: Some(PARENT.to_string().into()),
        request_id: Some(format!("request-{id}").into()),
        model: [None, Some("m".into()), Some("n".into())][usize::from(id % 3)].clone(),
        reasoning_effort: [None, Some("high".into()), Some("low".into())][usize::from(id % 7) % 3]
            .clone(),
        prompt_tokens: Some(u64::from(id) * 7),
        cached_tokens: priced.then_some(u64::from(id)),
        completion_tokens: Some(u64::from(id)),
        attempt: Some(1 + u32::from(id % 2)),
        outcome: Some(if ok { Outcome::Ok } else { Outcome::Err }),
        latency_ms: Some(u64::from(id) * 1000),
        cost_usd: priced.then_some(NanoUsd(i64::from(id))),
        cost_source: priced.then(|| ["response_body", "price_map"][usize::from(id % 2)].into()),
        ..SessionRecord::default()
    }
}

fn snapshot<'a>(records: impl IntoIterator<Item = &'a SessionRecord<'a>>) -> SessionSnapshot {
    let mut ledger = Ledger::default();
    for record in records {
        ledger.add(record);
    }
    ledger.snapshot(OWN, &|_| None)
}

fn ids() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..60_u8, 1..40)
}

/// Returns ids, and a permutation of these ids in which some occur several times.
fn with_repetitions() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    ids().prop_flat_map(|ids| {
        let len = ids.len();
        let again = subsequence(ids.clone(), 0..=len);
        let twice: Vec<u8> = ids.iter().chain(&ids).copied().collect();
        (Just(ids), Just(twice).prop_shuffle(), again).prop_map(|(ids, mut twice, again)| {
            twice.extend(again);
            (ids, twice)
        })
    })
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_gives_one_snapshot((ids, repeated) in with_repetitions()) {
        let (ids, repeated) = (ids.into_iter().map(record), repeated.into_iter().map(record));
        let (ids, repeated): (Vec<_>, Vec<_>) = (ids.collect(), repeated.collect());
        prop_assert_eq!(snapshot(&ids), snapshot(&repeated));
    }

    #[test]
    fn segments_and_rollup_give_the_totals_of_one_file(
        segments in prop::collection::vec(ids(), 1..5), gone: u8,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (at, ids) in segments.iter().enumerate() {
            let mut text = Vec::new();
            for id in ids {
                write_line(&mut text, &record(*id)).unwrap();
            }
            let path = directory.path().join(format!("{at}.jsonl"));
            fs::write(&path, text).unwrap();
            paths.push(path);
        }
        let rollup_path = directory.path().join(ROLLUP_FILE);
        let gone = usize::from(gone) % (segments.len() + 1);
        // The oldest segment first, as the budget folds them. Each is removed after it is folded.
        for at in 0..gone {
            fold(&rollup_path, &paths[at..=at], &paths[at + 1..]).unwrap();
            fs::remove_file(&paths[at]).unwrap();
        }
        let found = read_files(OWN, &rollup_path, &paths[gone..]).snapshot(OWN, &|_| None);
        let all: Vec<_> = segments.concat().into_iter().map(record).collect();
        prop_assert_eq!(of_sums(found), of_sums(snapshot(&all)));
    }

}

proptest! {
    // Each case reads the log of all tests several times.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_session_in_memory_equals_the_resumed_one((_, repeated) in with_repetitions()) {
        log();
        let parent = Session::detached();
        let session = parent.child();
        for id in repeated {
            let from = record(id);
            write(&session, &from.request_id.clone().unwrap(), |record| {
                *record = SessionRecord {
                    session_id: record.session_id.clone(),
                    request_id: record.request_id.clone(),
                    ..from
                };
            });
        }
        let before = [session.snapshot(), parent.snapshot()];
        prop_assert_eq!(before[1].children, before[0].totals);
        prop_assert_eq!(Session::snapshot_of(session.id()).unwrap(), before[0].clone());
        let id = unload(session);
        prop_assert_eq!(Session::snapshot_of(id).unwrap(), before[0].clone());
        // The parent made no request of its own: only its child's records name it.
        let parent = unload(parent);
        prop_assert_eq!(Session::snapshot_of(parent).unwrap(), before[1].clone());
    }
}

#[test]
fn the_context_is_that_of_the_model_that_it_names() {
    let mut ledger = Ledger::default();
    let answered = SessionRecord {
        model: Some("gpt-4o-mini".into()),
        ..record(1)
    };
    // A stream without a usage, as the latest request.
    let unknown = SessionRecord {
        ts: Timestamp::from_micros(answered.ts.micros() + 1),
        model: Some("gpt-4o".into()),
        prompt_tokens: None,
        completion_tokens: None,
        ..record(2)
    };
    ledger.add(&answered);
    ledger.add(&unknown);
    let windows = |model: &str| (model == "gpt-4o-mini").then_some(4000);
    let snapshot = ledger.snapshot(OWN, &windows);
    assert_eq!(snapshot.last_model.as_deref(), Some("gpt-4o"));
    assert_eq!(snapshot.context_model.as_deref(), Some("gpt-4o-mini"));
    assert_eq!(snapshot.context.unwrap().window, Some(4000));
    let text = snapshot.to_string();
    assert!(
        text.contains("99% left (8 of 4,000 tokens of gpt-4o-mini used)"),
        "{text}"
    );
}
