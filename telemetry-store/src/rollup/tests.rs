use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::thread;

use proptest::prelude::*;

use telemetry_schema::record::{SessionRecord, Totals};

use super::*;
use crate::compaction::{compact, needs_compaction};

const TODAY: i64 = 20_000;
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn limits(max_bytes: u64) -> Limits {
    let today = TODAY;
    Limits {
        max_bytes,
        today,
        part_bytes: u64::MAX,
    }
}

fn request(id: u64, day: i64, model: &str) -> SessionRecord<'static> {
    SessionRecord {
        ts: Timestamp::from_micros(day * DAY + i64::try_from(id % 86_000).unwrap() * 1_000_000),
        session_id: format!("019ab2b1-7c3a-7def-8123-{id:012x}").into(),
        request_id: Some(format!("chatcmpl-{id}").into()),
        model: Some(model.to_owned().into()),
        prompt_tokens: Some(1180 + id % 1000),
        completion_tokens: Some(212),
        total_tokens: Some(1392 + id % 1000),
        latency_ms: Some(2210),
        ..SessionRecord::default()
    }
}

fn fold(records: impl IntoIterator<Item = SessionRecord<'static>>) -> Fold {
    let mut fold = Fold::default();
    for record in records {
        fold.add(&record);
    }
    fold
}

fn closed(directory: &Directory, names: &[String]) -> Closed {
    let read = names.iter().filter_map(|name| directory.status(name).ok());
    Closed {
        segments: names.to_vec(),
        read: read.collect(),
        cut: None,
    }
}

/// Appends sums of a segment that exists.
fn append_as(directory: &Directory, name: &str, sums: &mut Fold, limits: Limits) -> io::Result<()> {
    fs::write(directory.path_of(name), "").unwrap();
    let version = RollupVersion::of(directory)?;
    let closed = closed(directory, &[name.to_owned()]);
    append(directory, &version, sums, &closed, &[], limits, true).map(drop)
}

fn total(directory: &Path) -> Totals {
    let mut total = Totals::default();
    if let Ok(file) = File::open(directory.join(ROLLUP_FILE)) {
        let index = read_sums(&file, |sums| total.add(&sums.sums)).unwrap();
        assert_eq!(index.skipped.not_json, 0);
    }
    total
}

fn len(directory: &Path) -> u64 {
    fs::metadata(directory.join(ROLLUP_FILE)).map_or(0, |metadata| metadata.len())
}

#[test]
fn sums_of_a_process_that_was_killed_do_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let sums = || fold((0..50).map(|id| request(id, TODAY - (id.cast_signed() % 2) * 200, "m")));
    append_as(&open, "a", &mut sums(), limits(1 << 20)).unwrap();
    let path = directory.path().join(ROLLUP_FILE);
    let whole = fs::read(&path).unwrap();
    let expected = total(directory.path());
    assert_eq!(expected.requests, 50);
    // Everything but the last byte, at which the fold is complete.
    for cut in (0..whole.len() - 1).step_by(97).chain([whole.len() - 2]) {
        fs::write(&path, &whole[..cut]).unwrap();
        let file = File::open(&path).unwrap();
        let mut requests = 0;
        let index = read_sums(&file, |sums| requests += sums.sums.requests).unwrap();
        assert!((requests, index.folded.len()) == (0, 0), "{cut}");
        // The next process folds the segment again.
        append_as(&open, "a", &mut sums(), limits(1 << 20)).unwrap();
        let file = File::open(&path).unwrap();
        requests = 0;
        read_sums(&file, |sums| requests += sums.sums.requests).unwrap();
        assert_eq!(requests, 50, "{cut}");
    }
}

#[test]
fn a_segment_is_folded_by_one_process_only() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let before = RollupVersion::of(&open).unwrap();
    let sums = || fold([request(1, TODAY, "m")]);
    append_as(&open, "a", &mut sums(), limits(1 << 20)).unwrap();
    let (a, b) = (["a".to_owned()], ["b".to_owned()]);
    fs::write(directory.path().join("b"), "").unwrap();
    let all = limits(1 << 20);
    // Another process has folded the segment, or has folded a segment whose requests these sums exclude.
    let read = closed(&open, &a);
    let again = append(&open, &before, &mut sums(), &read, &[], all, true).unwrap();
    let read = closed(&open, &b);
    let beside = append(&open, &before, &mut sums(), &read, &a, all, true).unwrap();
    assert!(again.is_none() && beside.is_none());
    // Another process has folded and removed the segment, and the rollup no longer names it.
    let now = RollupVersion::of(&open).unwrap();
    fs::remove_file(directory.path().join("b")).unwrap();
    let gone = append(&open, &now, &mut sums(), &read, &[], all, true).unwrap();
    assert!(gone.is_none());
    assert_eq!(total(directory.path()).requests, 1);
}

#[test]
fn sums_of_a_segment_that_has_changed_since_it_was_read_are_not_added() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let name = ["a".to_owned()];
    let path = directory.path().join("a");
    let changes: [&dyn Fn(); 3] = [
        // A purge has removed a record from it.
        &|| {
            fs::write(directory.path().join("new"), "{}\n{}\n").unwrap();
            fs::rename(directory.path().join("new"), &path).unwrap();
        },
        // A purge has overwritten a record.
        &|| {
            let file = File::options().write(true).open(&path).unwrap();
            platform::write_at(&file, b"  ", 0).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        },
        // Another process has cut it.
        &|| {
            let file = File::options().write(true).open(&path).unwrap();
            file.set_len(3).unwrap();
        },
    ];
    for change in changes {
        fs::write(&path, "{}\n{}\n").unwrap();
        let version = RollupVersion::of(&open).unwrap();
        let read = closed(&open, &name);
        change();
        let mut sums = fold([request(1, TODAY, "m")]);
        let limits = limits(1 << 20);
        let added = append(&open, &version, &mut sums, &read, &[], limits, true).unwrap();
        assert!(added.is_none());
    }
    assert_eq!(total(directory.path()).requests, 0);
}

#[test]
fn a_month_of_fifty_models_takes_64_kib_whatever_the_number_of_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    // 30 days of one month, older than 90 days.
    let first = TODAY - 200;
    let month = |day: i64| Timestamp::from_micros(day * DAY).day()[..7].to_owned();
    let first = (first..first + 62)
        .find(|day| month(*day) == month(*day + 29))
        .unwrap();
    let models: Vec<String> = (0..50)
        .map(|at| format!("vercel/deepseek-v3.2-{at:02}"))
        .collect();
    let mut expected = 0;
    for segment in 0..6 {
        let ids = segment * 10_000..(segment + 1) * 10_000;
        let mut sums = fold(ids.map(|id| {
            let day = first + i64::try_from(id / 50 % 30).unwrap();
            request(id, day, &models[usize::try_from(id % 50).unwrap()])
        }));
        append_as(&open, &format!("s{segment}"), &mut sums, limits(1 << 30)).unwrap();
        expected += 10_000;
    }
    compact(&open, limits(1 << 30)).unwrap();
    assert_eq!(total(directory.path()).requests, expected);
    let mut of_days: BTreeMap<(String, String), u64> = BTreeMap::new();
    let file = File::open(directory.path().join(ROLLUP_FILE)).unwrap();
    read_sums(&file, |sums| {
        let key = (
            sums.day.to_string(),
            sums.model.clone().unwrap().into_owned(),
        );
        *of_days.entry(key).or_default() += sums.sums.requests;
        assert!(sums.session_id.is_empty());
    })
    .unwrap();
    assert_eq!(of_days.len(), 1_500, "days and models stay");
    assert!(of_days.values().all(|requests| *requests == 40));
    assert!(
        len(directory.path()) <= 64 * 1024,
        "{}",
        len(directory.path())
    );
}

#[test]
fn months_with_large_sums_and_many_models_stay_small_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let mut sums = fold((0..30_000).map(|id| SessionRecord {
        prompt_tokens: Some(id * 1_000_003),
        cached_tokens: Some(id * 900_007),
        reasoning_tokens: Some(id * 90_007),
        completion_tokens: Some(id * 100_003),
        ..request(
            id,
            TODAY - 150 + i64::try_from(id % 30).unwrap(),
            &format!("m{}", id % 1000),
        )
    }));
    let expected = sums
        .rollups()
        .map(|sum| sum.sums.prompt_tokens)
        .sum::<u64>();
    append_as(&open, "s", &mut sums, limits(1 << 30)).unwrap();
    compact(&open, limits(1 << 30)).unwrap();
    assert_eq!(total(directory.path()).prompt_tokens, expected);
    assert!(len(directory.path()) <= 2 * 64 * 1024, "two months");
}

#[test]
fn sessions_are_named_for_90_days() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let days = [0, 1, 89, 90, 91, 400];
    let mut sums =
        fold((0..6).map(|id| request(id, TODAY - days[usize::try_from(id).unwrap()], "m")));
    append_as(&open, "s", &mut sums, limits(1 << 30)).unwrap();
    assert!(!needs_compaction(&open, limits(1 << 30)).unwrap());
    let named = |directory: &Path| {
        let file = File::open(directory.join(ROLLUP_FILE)).unwrap();
        let mut named = 0;
        let index = read_sums(&file, |sums| {
            named += u64::from(!sums.session_id.is_empty());
        })
        .unwrap();
        (named, index.through)
    };
    let through = request(4, TODAY - 91, "m").ts;
    assert_eq!(named(directory.path()), (4, Some(through)));
    // Later on they are too old as well.
    let later = Limits {
        today: TODAY + 40,
        ..limits(1 << 30)
    };
    assert!(needs_compaction(&open, later).unwrap());
    compact(&open, later).unwrap();
    assert_eq!(
        named(directory.path()),
        (
            2,
            Some(request(2, TODAY - 89, "m").ts).max(Some(request(3, TODAY - 90, "m").ts))
        )
    );
    assert_eq!(total(directory.path()).requests, 6);
    assert!(!needs_compaction(&open, later).unwrap());
}

#[test]
fn appending_continues_while_the_rollup_is_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    thread::scope(|scope| {
        let compacting = scope.spawn(|| {
            for _ in 0..20 {
                match compact(&open, limits(1 << 20)) {
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted),
                    Ok(dropped) => assert_eq!(dropped, 0),
                }
            }
        });
        for thread in 0..2_u64 {
            let open = &open;
            scope.spawn(move || {
                for id in 0..40 {
                    let append = || {
                        let mut sums = fold([request(thread * 1000 + id, TODAY, "m")]);
                        append_as(open, &format!("s{thread}-{id}"), &mut sums, limits(1 << 20))
                    };
                    // On a busy machine the other threads may keep the lock for long. A caller tries again then.
                    while let Err(error) = append() {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                    }
                }
            });
        }
        compacting.join().unwrap();
    });
    compact(&open, limits(1 << 20)).unwrap();
    assert_eq!(total(directory.path()).requests, 80);
    assert!(open.status(REPLACEMENT_FILE).is_err());
}

#[test]
fn files_of_a_killed_process_are_removed_and_a_rollup_of_an_earlier_version_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let mut text = session_lines(&fold([request(1, TODAY, "m")]), None).unwrap();
    text.extend_from_slice(
        b"{\"ts\":\"2024-11-22T18:54:00Z\",\"type\":\"folded\",\"v\":1,\"segment\":\"a\"}\n",
    );
    fs::write(directory.path().join(ROLLUP_FILE), text).unwrap();
    fs::write(directory.path().join(REPLACEMENT_FILE), "half").unwrap();
    assert_eq!(total(directory.path()).requests, 1);
    assert!(RollupVersion::of(&open).unwrap().folded.contains("a"));
    append_as(
        &open,
        "b",
        &mut fold([request(2, TODAY, "m")]),
        limits(1 << 20),
    )
    .unwrap();
    compact(&open, limits(1 << 20)).unwrap();
    assert_eq!(total(directory.path()).requests, 2);
    assert!(open.status(REPLACEMENT_FILE).is_err());
    // The names of segments that exist are kept.
    let folded = RollupVersion::of(&open).unwrap().folded;
    assert_eq!(folded.into_iter().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn a_full_rollup_refuses_sums_and_keeps_its_content() {
    let directory = tempfile::tempdir().unwrap();
    let open = Directory::open(directory.path()).unwrap();
    let mut requests = 0;
    let error = (0..1_000_u64).find_map(|id| {
        let appended = append_as(
            &open,
            &format!("s{id}"),
            &mut fold([request(id, TODAY, "m")]),
            limits(8192),
        );
        requests += u64::from(appended.is_ok());
        appended.err()
    });
    assert_eq!(error.unwrap().kind(), ErrorKind::QuotaExceeded);
    assert_eq!(total(directory.path()).requests, requests);
    assert!(needs_compaction(&open, limits(8192)).unwrap());
    for id in 0..1_000 {
        fs::remove_file(directory.path().join(format!("s{id}"))).unwrap_or_default();
    }
    compact(&open, limits(8192)).unwrap();
    assert_eq!(total(directory.path()).requests, requests);
    assert!(len(directory.path()) <= 4096);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn totals_do_not_depend_on_the_order_of_appends_and_compactions(
        steps in prop::collection::vec((any::<bool>(), 0_i64..400, 0_u64..30), 1..12),
        max_bytes in prop_oneof![Just(60_000_u64), Just(1 << 20)],
        torn in any::<bool>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let open = Directory::open(directory.path()).unwrap();
        let mut expected = 0;
        for (at, (compacts, age, count)) in steps.into_iter().enumerate() {
            let first = at as u64 * 100;
            let mut sums = fold((first..first + count).map(|id| request(id, TODAY - age, "m")));
            append_as(&open, &format!("s{at}"), &mut sums, limits(max_bytes)).unwrap();
            expected += count;
            if torn {
                let mut file = OpenOptions::new().append(true).open(directory.path().join(ROLLUP_FILE)).unwrap();
                file.write_all(b"{\"ts\":\"20").unwrap();
            }
            if compacts {
                prop_assert_eq!(compact(&open, limits(max_bytes)).unwrap(), 0);
            }
            let mut requests = 0;
            let file = File::open(directory.path().join(ROLLUP_FILE)).unwrap();
            read_sums(&file, |sums| requests += sums.sums.requests).unwrap();
            prop_assert_eq!(requests, expected);
        }
    }
}
