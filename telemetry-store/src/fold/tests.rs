use std::borrow::Cow;
use std::collections::HashMap;

use proptest::prelude::*;
use proptest::sample::subsequence;

use telemetry_schema::Outcome;
use telemetry_schema::record::{NanoUsd, Record, RecordedCounts, RepeatedRecords, write_line};

use super::*;

/// Few sessions, models, days and ids, so that equal ones are common. The counts follow from the id: two records of one
/// request are equal.
fn records() -> impl Strategy<Value = Vec<SessionRecord<'static>>> {
    let record = (
        0_u64..30,
        0..3_usize,
        0..3_usize,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(id, session, model, ok, priced)| SessionRecord {
            ts: Timestamp::from_micros(
                1_795_373_640_000_000 + i64::try_from(id).unwrap() * 20_000_000_000,
            ),
            session_id: ["a", "b", "c"][session].into(),
            parent_session_id: (session > 0).then(|| "a".into()),
            project: (session > 0).then(|| ["p", "q"][usize::from(id > 14)].into()),
            user: (session > 1).then(|| "ada".into()),
            request_id: Some(format!("{id}-{session}-{model}-{ok}-{priced}").into()),
            model: [None, Some("m".into()), Some("n".into())][model].clone(),
            reasoning_effort: ok.then(|| "high".into()),
            prompt_tokens: Some(id * 7),
            cached_tokens: priced.then_some(id),
            completion_tokens: Some(id),
            attempt: Some(1 + u32::from(ok)),
            outcome: Some(if ok { Outcome::Ok } else { Outcome::Err }),
            latency_ms: Some(id),
            cost_usd: priced.then_some(NanoUsd(i64::try_from(id).unwrap())),
            cost_source: priced.then(|| ["response_body", "price_map"][model % 2].into()),
            ..SessionRecord::default()
        });
    prop::collection::vec(record, 0..60)
}

fn fold<'a>(records: impl IntoIterator<Item = &'a SessionRecord<'a>>) -> Vec<Rollup<'static>> {
    let mut fold = Fold::default();
    for record in records {
        fold.add(record);
    }
    owned(&fold)
}

/// Returns the records of the sums with a session.
fn owned(fold: &Fold) -> Vec<Rollup<'static>> {
    let text = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
    fold.rollups()
        .map(|sum| Rollup {
            day: Cow::Owned(sum.day.into_owned()),
            session_id: Cow::Owned(sum.session_id.into_owned()),
            parent_session_id: text(sum.parent_session_id),
            project: text(sum.project),
            user: text(sum.user),
            model: text(sum.model),
            last_effort: text(sum.last_effort),
            ..sum
        })
        .collect()
}

proptest! {
    #[test]
    fn order_and_duplicates_do_not_matter(
        (records, shuffled) in records().prop_flat_map(|records| {
            let len = records.len();
            let twice: Vec<_> = records.iter().chain(&records).cloned().collect();
            let again = subsequence(records.clone(), 0..=len);
            (Just(records), Just(twice).prop_shuffle(), again)
                .prop_map(|(records, mut twice, again)| { twice.extend(again); (records, twice) })
        })
    ) {
        prop_assert_eq!(fold(&records), fold(&shuffled));
    }

    #[test]
    fn folding_segment_by_segment_equals_folding_all_at_once(
        (segments, cuts) in (prop::collection::vec(records(), 1..5), any::<u8>())
    ) {
        // The oldest segment is folded first; requests of the segments that stay are excluded.
        let mut rollup: Vec<Rollup<'static>> = Vec::new();
        let gone = usize::from(cuts) % (segments.len() + 1);
        for at in 0..gone {
            let mut fold = Fold::default();
            for line in &rollup {
                fold.add_rollup(line);
            }
            for record in segments[at + 1..].iter().flatten() {
                fold.exclude(record);
            }
            for record in &segments[at] {
                fold.add(record);
            }
            rollup = owned(&fold);
        }
        let mut total = Fold::default();
        for line in &rollup {
            total.add_rollup(line);
        }
        for record in segments[gone..].iter().flatten() {
            total.add(record);
        }
        let total = owned(&total);
        prop_assert_eq!(total, fold(segments.iter().flatten()));
    }

    #[test]
    fn a_rollup_reads_back(records in records()) {
        for rollup in fold(&records) {
            let mut line = Vec::new();
            write_line(&mut line, &rollup).unwrap();
            let Ok(Record::Rollup(read)) = Record::parse(&line) else { panic!("{line:?}") };
            prop_assert_eq!(read, rollup);
        }
    }
}

/// Requests of which the log holds several records: repeated with other counts, or amended.
fn repeated_records() -> impl Strategy<Value = Vec<SessionRecord<'static>>> {
    let record = (0..6_u8, 1..60_u64, prop::option::of(1..60_i64), 0..1000_i64);
    // A writer that does not amend writes the cost of a request into all of its records, or into none.
    let cost_of = |id: u8, cost: Option<i64>| match id {
        2 => None,
        id if id.is_multiple_of(2) => Some(NanoUsd(cost.unwrap_or(1))),
        _ => cost.map(NanoUsd),
    };
    let record = record.prop_map(move |(id, completion, cost, time)| SessionRecord {
        // One day and model, so that the sums of all requests are one record.
        ts: Timestamp::from_micros(1_795_373_640_000_000 + time),
        session_id: "s".into(),
        request_id: Some(id.to_string().into()),
        model: Some("m".into()),
        completion_tokens: Some(completion),
        total_tokens: Some(completion),
        cost_usd: cost_of(id, cost),
        cost_source: Some(
            cost_of(id, cost)
                .map_or("unpriced", |_| "response_body")
                .into(),
        ),
        ..SessionRecord::default()
    });
    prop::collection::vec(record, 0..40).prop_map(|records| {
        let mut known: HashMap<u8, RecordedCounts> = HashMap::new();
        let records = records.into_iter().filter_map(|record| {
            let id: u8 = record.request_id.as_deref()?.parse().ok()?;
            // The writer of every second request amends.
            if id.is_multiple_of(2) {
                return Some(record);
            }
            let counts = RecordedCounts::of(&record);
            let Some(before) = known.get_mut(&id) else {
                known.insert(id, counts);
                return Some(record);
            };
            let mut raised = *before;
            raised.raise_to(&counts);
            let amendment = before
                .has_grown_to(&raised)
                .then(|| before.amendment(&raised, record))?;
            before.add(&amendment);
            Some(amendment)
        });
        records.collect()
    })
}

/// Folds the first `cut` records while the others stay, and returns the sums with those of a reader of the others.
fn folded_and_read(records: &[SessionRecord<'_>], cut: usize) -> Totals {
    let (closed, staying) = records.split_at(cut);
    let mut fold = Fold::default();
    for record in staying {
        fold.exclude(record);
    }
    for record in closed {
        fold.add(record);
    }
    if fold.has_spanning() {
        for record in closed {
            fold.add_spanning(record, false);
        }
        for record in staying {
            fold.add_spanning(record, true);
        }
    }
    fold.settle();
    let mut totals = read(staying);
    for rollup in fold.rollups() {
        totals.add(&rollup.sums);
    }
    totals
}

/// Adds records up as a reader does.
fn read(records: &[SessionRecord<'_>]) -> Totals {
    let mut totals = Totals::default();
    let (mut seen, mut repeated) = (RequestKeys::default(), RepeatedRecords::default());
    for record in records {
        if request_key(record).is_none_or(|key| seen.insert(key)) {
            totals.add(&record.totals());
        }
        repeated.add(record);
    }
    repeated.each_amendment(|amendment| totals.add(&amendment.totals()));
    totals
}

proptest! {
    #[test]
    fn folding_at_any_cut_equals_reading_all(records in repeated_records()) {
        let all = read(&records);
        for cut in 0..=records.len() {
            let sums = folded_and_read(&records, cut);
            prop_assert_eq!(
                (sums.requests, sums.completion_tokens, sums.total_tokens, sums.cost_nanos),
                (all.requests, all.completion_tokens, all.total_tokens, all.cost_nanos),
                "cut at {}", cut
            );
            prop_assert_eq!(sums.unpriced(), all.unpriced());
        }
    }
}

#[test]
fn records_of_other_writers_beside_amendments_count_once_at_any_cut() {
    let record = |completion, amends: Option<bool>| SessionRecord {
        ts: "2020-11-22T18:54:00Z".parse().unwrap(),
        session_id: "s".into(),
        request_id: Some("r".into()),
        completion_tokens: Some(completion),
        total_tokens: Some(completion),
        amends,
        ..SessionRecord::default()
    };
    let records = [record(9, None), record(150, Some(true)), record(159, None)];
    for cut in [0, 1, 2, 3] {
        // A reader of an amendment and of a complete record cannot determine that the record contains the amendment.
        if cut != 1 {
            let sums = folded_and_read(&records, cut);
            assert_eq!((sums.requests, sums.completion_tokens), (1, 159), "{cut}");
        }
    }
}

#[test]
fn attempts_with_one_id_are_separate_requests() {
    let attempt = |attempt, outcome| SessionRecord {
        session_id: "s".into(),
        request_id: Some("turn-1".into()),
        attempt,
        outcome: Some(outcome),
        ..SessionRecord::default()
    };
    let rows = fold(&[
        attempt(Some(1), Outcome::Err),
        attempt(Some(2), Outcome::Err),
        attempt(Some(3), Outcome::Ok),
        attempt(None, Outcome::Ok),
    ]);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (
            rows[0].sums.requests,
            rows[0].sums.answered,
            rows[0].sums.failures
        ),
        (3, 1, 2)
    );
}

#[test]
fn reported_and_calculated_costs_are_distinguished() {
    let priced = |source: &'static str, nanos| SessionRecord {
        session_id: "s".into(),
        cost_usd: Some(NanoUsd(nanos)),
        cost_source: Some(source.into()),
        ..SessionRecord::default()
    };
    let rows = fold(&[
        priced("response_body", 1),
        priced("response_header", 10),
        priced("cache_hit", 100),
        // Of a later version: every other source of costs is a table of prices.
        priced("price_of_tomorrow", 1000),
    ]);
    assert_eq!(rows[0].sums.cost_nanos, 1111);
    assert_eq!(rows[0].sums.calculated_cost_nanos, 1000);
}

#[test]
fn the_end_of_a_session_is_the_latest_end_of_a_request() {
    let request = |start, latency_ms| SessionRecord {
        ts: Timestamp::from_micros(start),
        session_id: "s".into(),
        latency_ms,
        ..SessionRecord::default()
    };
    let rows = fold(&[
        request(0, Some(9)),
        request(2000, Some(5)),
        request(8000, None),
    ]);
    assert_eq!(rows[0].last, Timestamp::from_micros(8000));
    assert_eq!(rows[0].last_end, Some(Timestamp::from_micros(9000)));
    let endless = fold(&[request(i64::MAX, Some(u64::MAX))]);
    assert!(endless[0].last_end >= Some(endless[0].last));
}

#[test]
fn old_records_without_an_id_are_never_duplicates() {
    let old = SessionRecord {
        session_id: "s".into(),
        total_tokens: Some(15),
        ..SessionRecord::default()
    };
    let rows = fold(&[old.clone(), old]);
    assert_eq!((rows[0].sums.requests, rows[0].sums.total_tokens), (2, 30));
    assert_eq!(rows[0].sums.unpriced_requests, 2);
}

#[test]
fn totals_saturate() {
    let large = SessionRecord {
        prompt_tokens: Some(u64::MAX),
        completion_tokens: Some(1),
        cost_usd: Some(NanoUsd(i64::MAX)),
        ..SessionRecord::default()
    };
    let rows = fold(&[large.clone(), large]);
    assert_eq!(rows[0].sums.prompt_tokens, u64::MAX);
    assert_eq!(rows[0].sums.total_tokens, u64::MAX);
    assert_eq!(rows[0].sums.cost_nanos, i64::MAX);
}

#[test]
fn amendments_and_larger_records_are_folded_once_and_are_no_requests() {
    let record = |id: &'static str, completion: u64, cost: Option<i64>| SessionRecord {
        session_id: "s".into(),
        request_id: Some(id.into()),
        completion_tokens: Some(completion),
        total_tokens: Some(completion),
        cost_usd: cost.map(NanoUsd),
        ..SessionRecord::default()
    };
    let amendment = SessionRecord {
        amends: Some(true),
        first_cost: Some(true),
        ..record("a", 150, Some(7))
    };
    let all = [
        record("a", 9, None),
        amendment.clone(),
        // Of another writer, which repeats the request.
        record("a", 159, Some(7)),
        record("b", 5, Some(1)),
        record("b", 20, Some(3)),
        record("b", 10, Some(2)),
        amendment,
    ];
    let sums = |rollups: &[Rollup<'_>]| {
        let [rollup] = rollups else {
            panic!("{rollups:?}")
        };
        let sums = rollup.sums;
        let counts = (sums.requests, sums.completion_tokens, sums.total_tokens);
        (counts, sums.cost_nanos, sums.unpriced())
    };
    let mut whole = Fold::default();
    for record in &all {
        whole.add(record);
    }
    whole.settle();
    assert_eq!(sums(&owned(&whole)), ((2, 179, 179), 10, 0));
    // The amendment is in a segment that stays: the rollup has the record alone.
    let mut part = Fold::default();
    part.exclude(&all[1]);
    for record in &all[..2] {
        part.add(record);
    }
    part.settle();
    let rollups: Vec<_> = part.rollups().collect();
    assert_eq!(sums(&rollups), ((1, 9, 9), 0, 1));
    // A request that a staying segment counts adds nothing.
    let mut part = Fold::default();
    part.exclude(&record("b", 5, None));
    part.add(&record("b", 20, None));
    part.settle();
    assert_eq!(part.rollups().count(), 0);
}

#[test]
fn of_several_records_of_a_request_the_largest_counts() {
    let record = |completion| SessionRecord {
        ts: "2020-11-22T18:54:00Z".parse().unwrap(),
        session_id: "s".into(),
        request_id: Some("r".into()),
        completion_tokens: Some(completion),
        total_tokens: Some(completion),
        ..SessionRecord::default()
    };
    let mut fold = Fold::default();
    for completion in [9, 159, 40] {
        fold.add(&record(completion));
    }
    fold.settle();
    let sums: Vec<_> = fold.rollups().map(|rollup| rollup.sums).collect();
    assert_eq!(sums.len(), 1);
    assert_eq!((sums[0].requests, sums[0].completion_tokens), (1, 159));
}

#[test]
fn sums_keep_the_project_and_the_user_of_their_session() {
    let record = |id: &'static str, project: Option<&'static str>| SessionRecord {
        session_id: "s".into(),
        request_id: Some(id.into()),
        prompt_tokens: Some(1),
        project: project.map(Cow::Borrowed),
        user: Some("ada".into()),
        ..SessionRecord::default()
    };
    let sums = fold(&[record("1", Some("codex")), record("2", None)]);
    assert_eq!(sums.len(), 1);
    let labels = |sum: &Rollup<'_>| {
        let text = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        (text(&sum.project), text(&sum.user))
    };
    let expected = (Some("codex".to_owned()), Some("ada".to_owned()));
    assert_eq!(labels(&sums[0]), expected);
    // Also from a rollup that is folded again.
    let mut again = Fold::default();
    again.add_rollup(&sums[0]);
    assert_eq!(labels(&owned(&again)[0]), expected);
}
