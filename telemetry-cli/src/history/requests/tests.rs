use std::collections::HashSet;
use std::io::Write;

use proptest::prelude::*;

use super::*;

/// A line of a log: a request, or a line that is not a record.
#[derive(Clone, Debug)]
enum Line {
    Request {
        session: u8,
        id: Option<u8>,
        ok: bool,
        attempt: u8,
    },
    Damaged,
    Blank,
}

fn line() -> impl Strategy<Value = Line> {
    let request = (
        0..3_u8,
        prop::option::weighted(0.9, any::<u8>()),
        prop::bool::weighted(0.9),
        1..3_u8,
    );
    prop_oneof![
        30 => request.prop_map(|(session, id, ok, attempt)| Line::Request { session, id, ok, attempt }),
        1 => Just(Line::Damaged),
        1 => Just(Line::Blank),
    ]
}

type File = Vec<Line>;

fn written(file: &File, place: &mut u64) -> Vec<u8> {
    let mut log = Vec::new();
    for line in file {
        *place += 1;
        match line {
            Line::Request {
                session,
                id,
                ok,
                attempt,
            } => {
                // Each line is unique, so that the counted one can be identified.
                let id = id.map_or(String::new(), |id| format!(",\"request_id\":\"r{id}\""));
                let outcome = if *ok { "ok" } else { "err" };
                writeln!(
                    log,
                    r#"{{"ts":"2026-11-22T18:54:00.000000Z","session_id":"s{session}","turn":{place}{id},"attempt":{attempt},"outcome":"{outcome}"}}"#
                )
                .unwrap();
            }
            Line::Damaged => log.extend(b"{\"ts\":\n"),
            Line::Blank => log.push(b'\n'),
        }
    }
    log
}

/// The reference: a single pass over all lines with an exact set.
fn reference(files: &[File], only: Option<u8>) -> (Vec<u64>, u64) {
    let mut seen = HashSet::new();
    let (mut turns, mut place, mut damaged) = (Vec::new(), 0, 0);
    for line in files.iter().flatten() {
        place += 1;
        match line {
            Line::Request {
                session,
                id,
                ok,
                attempt,
            } => {
                let attempt = (!ok).then_some(*attempt);
                let is_new = id.is_none_or(|id| seen.insert((*session, id, *ok, attempt)));
                if is_new && only.is_none_or(|only| only == *session) {
                    turns.push(place);
                }
            }
            Line::Damaged => damaged += 1,
            Line::Blank => {}
        }
    }
    (turns, damaged)
}

fn read(files: &[File], only: Option<&str>, limits: MemoryLimits) -> (Vec<u64>, u64) {
    let mut requests = RequestReader::new(only.map_or(Only::All, Only::Session), limits);
    let mut place = 0;
    for file in files {
        let mut open = tempfile::tempfile().unwrap();
        open.write_all(&written(file, &mut place)).unwrap();
        requests.push(PathBuf::from("log"), open, u64::MAX);
    }
    let (mut skips, mut turns) = (SkippedLines::default(), Vec::new());
    let add = |part: &mut Vec<u64>, record: &SessionRecord<'_>| {
        if only.is_none_or(|only| only == record.session_id) {
            part.extend(record.request_number());
        }
    };
    let taken = requests.each_part(&Vec::new, &add, &mut skips, |part| turns.extend(part));
    taken.unwrap();
    (turns, skips.lines.total())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_first_of_repeated_requests_counts_for_any_partition_and_limits(
        files in prop::collection::vec(prop::collection::vec(line(), 0..80), 0..4),
        (part, keys, group) in (60..3000_u64, 0..300_u64, 1..400_u64),
        copied in any::<bool>(),
    ) {
        let mut files = files;
        if copied {
            // The files are read twice, as those of a home and its backup are.
            files.extend(files.clone());
        }
        let limits = MemoryLimits { part, guess: part * 2, keys, group };
        prop_assert_eq!(read(&files, None, limits), reference(&files, None));
        let (turns, _) = read(&files, Some("s1"), limits);
        prop_assert_eq!(turns, reference(&files, Some(1)).0);
    }
}

/// Returns the number of requests and their completion tokens, as the reader adds them up.
fn totals(files: &[Vec<(u8, u8, u64)>], limits: MemoryLimits) -> (u64, u64) {
    let mut requests = RequestReader::new(Only::All, limits);
    for file in files {
        let mut open = tempfile::tempfile().unwrap();
        for (session, id, count) in file {
            writeln!(
                open,
                r#"{{"ts":"2020-11-22T18:54:00.000000Z","session_id":"s{session}","request_id":"r{id}","completion_tokens":{count}}}"#
            )
            .unwrap();
        }
        requests.push(PathBuf::from("log"), open, u64::MAX);
    }
    let add = |sum: &mut (u64, u64), record: &SessionRecord<'_>| {
        let totals = record.totals();
        sum.0 += totals.requests;
        sum.1 += totals.completion_tokens;
    };
    let mut all = (0, 0);
    let start = || (0, 0);
    let taken = requests.each_part(&start, &add, &mut SkippedLines::default(), |part| {
        all.0 += part.0;
        all.1 += part.1;
    });
    taken.unwrap();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_largest_of_several_records_counts_for_any_partition_and_limits(
        files in prop::collection::vec(prop::collection::vec((0..3_u8, 0..20_u8, 0..9_u64), 0..40), 0..4),
        (part, keys, group) in (60..3000_u64, 0..300_u64, 1..400_u64),
    ) {
        let limits = MemoryLimits { part, guess: part * 2, keys, group };
        let mut largest = std::collections::BTreeMap::new();
        for (session, id, count) in files.iter().flatten() {
            let known: &mut u64 = largest.entry((session, id)).or_default();
            *known = (*known).max(*count);
        }
        let expected = (largest.len() as u64, largest.values().sum());
        prop_assert_eq!(totals(&files, limits), expected);
    }
}
