use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};

use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::Outcome;

pub(super) fn session_records() -> impl Strategy<Value = SessionRecord<'static>> {
    let text = || of(".{0,12}".prop_map(Cow::<'static, str>::Owned));
    let outcome = prop_oneof![
        Just(Outcome::Ok),
        Just(Outcome::Err),
        Just(Outcome::Panic),
        Just(Outcome::Cancelled),
    ];
    let counts = proptest::array::uniform6(of(any::<u64>()));
    (
        (
            any::<i64>(),
            ".{0,36}",
            text(),
            text(),
            text(),
            text(),
            text(),
            text(),
            text(),
        ),
        counts,
        (
            of(any::<u64>()),
            of(any::<u32>()),
            of(any::<bool>()),
            of(outcome),
        ),
        (of(any::<u64>()), of(any::<u64>()), of(0..=i64::MAX)),
        (
            proptest::collection::vec(text(), 11),
            of(any::<u32>()),
            of(any::<u32>()),
        ),
    )
        .prop_map(|(texts, counts, marks, numbers, later)| SessionRecord {
            ts: Timestamp::from_micros(texts.0),
            v: Some(VERSION),
            session_id: Cow::Owned(texts.1),
            parent_session_id: texts.8,
            turn: marks.0,
            request: numbers.1,
            request_id: texts.2,
            model: texts.3,
            response_model: texts.4,
            reasoning_effort: texts.5,
            prompt_tokens: counts[0],
            cached_tokens: counts[1],
            cache_write_tokens: counts[2],
            completion_tokens: counts[3],
            reasoning_tokens: counts[4],
            total_tokens: counts[5],
            attempt: marks.1,
            retry_cause: texts.6,
            stream: marks.2,
            outcome: marks.3,
            latency_ms: numbers.0,
            ttft_ms: numbers.1,
            cost_usd: numbers.2.map(NanoUsd),
            cost_source: texts.7,
            error_class: later.0[0].clone(),
            finish_reason: later.0[1].clone(),
            service_tier: later.0[2].clone(),
            deployment_id: later.0[3].clone(),
            deployment_model: later.0[4].clone(),
            deployment_group: later.0[5].clone(),
            call_id: later.0[6].clone(),
            proxy_retries: later.1,
            proxy_fallbacks: later.2,
            saved_usd: numbers.2.map(NanoUsd),
            header_cost_usd: numbers.2.map(NanoUsd),
            first_chunk_ms: numbers.1,
            inconsistent: marks.2,
            amends: marks.2,
            first_cost: marks.2,
            unpriced_reason: later.0[7].clone(),
            trace_id: later.0[8].clone(),
            span_id: later.0[9].clone(),
            parent_span_id: later.0[10].clone(),
            sampled: marks.2,
            project: later.0[8].clone(),
            user: later.0[9].clone(),
        })
}

pub(super) fn line(record: &impl serde::Serialize) -> Vec<u8> {
    let mut line = Vec::new();
    write_line(&mut line, record).unwrap();
    line
}

/// A reader that returns a few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.1.min(buffer.len());
        self.0.read(&mut buffer[..len])
    }
}

fn sessions_in(log: &[u8]) -> (Vec<u64>, Skipped) {
    let mut turns = Vec::new();
    let mut records = Records::new(log);
    records
        .each(|record| {
            if let Record::Session(record) = record {
                turns.extend(record.turn);
            }
        })
        .unwrap();
    (turns, records.skipped())
}

pub(super) fn turn(turn: u64) -> Vec<u8> {
    line(&SessionRecord {
        turn: Some(turn),
        session_id: "s".into(),
        ..SessionRecord::default()
    })
}

proptest! {
    #[test]
    fn a_session_record_is_parsed_back(record in session_records()) {
        let line = line(&record);
        let Ok(Record::Session(read)) = Record::parse(&line) else {
            panic!("{}", String::from_utf8_lossy(&line));
        };
        prop_assert_eq!(read, record);
    }

    #[test]
    fn lines_do_not_depend_on_the_size_of_reads(
        lens in prop::collection::vec(0_usize..300, 0..40), step in 1_usize..64,
        needle in of("[0-9]{1,2}"),
    ) {
        let lines: Vec<String> = lens
            .iter()
            .enumerate()
            .map(|(at, len)| format!("{at}{}", "x".repeat(*len)))
            .collect();
        let log = lines.join("\n");
        let drip = Drip(log.as_bytes(), step);
        let mut read = match &needle {
            Some(needle) => Lines::containing(drip, needle.as_bytes()),
            None => Lines::new(drip),
        };
        for line in &lines {
            if needle.as_ref().is_some_and(|needle| !line.contains(needle.as_str())) {
                continue;
            }
            prop_assert_eq!(read.next_line().unwrap(), Some(line.as_bytes()));
            let offset = usize::try_from(read.offset()).unwrap();
            prop_assert!(log[offset..].starts_with(line.as_str()));
        }
        prop_assert_eq!(read.next_line().unwrap(), None);
    }

    #[test]
    fn no_bytes_panic(log in prop::collection::vec(any::<u8>(), 0..600)) {
        sessions_in(&log);
    }
}

/// The keys of a session record, in their documented order.
const DOCUMENTED_KEYS: [&str; 46] = [
    "ts",
    "v",
    "session_id",
    "parent_session_id",
    "turn",
    "request",
    "request_id",
    "model",
    "response_model",
    "reasoning_effort",
    "prompt_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "total_tokens",
    "attempt",
    "retry_cause",
    "stream",
    "outcome",
    "latency_ms",
    "ttft_ms",
    "cost_usd",
    "cost_source",
    "error_class",
    "finish_reason",
    "service_tier",
    "deployment_id",
    "deployment_model",
    "deployment_group",
    "call_id",
    "proxy_retries",
    "proxy_fallbacks",
    "saved_usd",
    "header_cost_usd",
    "first_chunk_ms",
    "inconsistent",
    "amends",
    "first_cost",
    "unpriced_reason",
    "trace_id",
    "span_id",
    "parent_span_id",
    "sampled",
    "project",
    "user",
];

#[test]
fn keys_have_the_documented_order() {
    let text = || Some(Cow::Borrowed("x"));
    let full = SessionRecord {
        ts: Timestamp::from_micros(0),
        v: Some(1),
        session_id: "x".into(),
        parent_session_id: text(),
        turn: Some(1),
        request: Some(1),
        request_id: text(),
        model: text(),
        response_model: text(),
        reasoning_effort: text(),
        prompt_tokens: Some(1),
        cached_tokens: Some(1),
        cache_write_tokens: Some(1),
        completion_tokens: Some(1),
        reasoning_tokens: Some(1),
        total_tokens: Some(1),
        attempt: Some(1),
        retry_cause: text(),
        stream: Some(true),
        outcome: Some(Outcome::Ok),
        latency_ms: Some(1),
        ttft_ms: Some(1),
        cost_usd: Some(NanoUsd(1)),
        cost_source: text(),
        error_class: text(),
        finish_reason: text(),
        service_tier: text(),
        deployment_id: text(),
        deployment_model: text(),
        deployment_group: text(),
        call_id: text(),
        proxy_retries: Some(1),
        proxy_fallbacks: Some(1),
        saved_usd: Some(NanoUsd(1)),
        header_cost_usd: Some(NanoUsd(1)),
        first_chunk_ms: Some(1),
        inconsistent: Some(true),
        amends: Some(true),
        first_cost: Some(true),
        unpriced_reason: text(),
        trace_id: text(),
        span_id: text(),
        parent_span_id: text(),
        sampled: Some(false),
        project: text(),
        user: text(),
    };
    let json = String::from_utf8(line(&full)).unwrap();
    let keys: Vec<&str> = json
        .split(['{', ','])
        .filter_map(|pair| pair.split_once("\":"))
        .map(|(key, _)| key.trim_start_matches('"'))
        .collect();
    assert_eq!(keys, SessionRecord::KEYS);
    assert_eq!(keys, DOCUMENTED_KEYS);
}

#[test]
fn the_documented_session_line_is_written_byte_for_byte() {
    let written = br#"{"ts":"2026-11-22T18:54:00.000000Z","v":1,"session_id":"018f2b1e-7c3a-7def-8123-456789abcdef","turn":4,"request_id":"chatcmpl-1","model":"vercel/deepseek-v3.2","reasoning_effort":"high","prompt_tokens":1180,"cached_tokens":1024,"cache_write_tokens":0,"completion_tokens":212,"reasoning_tokens":96,"total_tokens":1392,"attempt":2,"retry_cause":"429","stream":true,"outcome":"ok","latency_ms":2210,"ttft_ms":420,"cost_usd":0.00041,"cost_source":"response_body"}
"#;
    let Ok(Record::Session(record)) = Record::parse(written) else {
        panic!("no session record");
    };
    assert_eq!(record.cost_usd, Some(NanoUsd(410_000)));
    assert!(matches!(record.model, Some(Cow::Borrowed(_))), "copied");
    assert_eq!(line(&record), written);
}

#[test]
fn rates_leave_inconsistent_records_out() {
    let record = |prompt, cached, inconsistent| SessionRecord {
        prompt_tokens: Some(prompt),
        cached_tokens: Some(cached),
        completion_tokens: Some(5),
        latency_ms: Some(1000),
        inconsistent,
        ..SessionRecord::default()
    };
    let mut totals = record(100, 50, None).totals();
    // Old records have no mark.
    for inconsistent in [record(12, 25_000, None), record(100, 1, Some(true))] {
        assert!(inconsistent.is_inconsistent());
        assert_eq!(inconsistent.tokens_per_second(), None);
        totals.add(&inconsistent.totals());
    }
    assert_eq!(totals.inconsistent_requests, 2);
    assert_eq!(totals.cached_tokens, 25_051);
    assert_eq!(totals.cache_hit_rate(), Some(0.5));
}

#[test]
fn tokens_per_second_follow_from_counts_and_times() {
    let speed = |completion, latency, ttft| {
        let record = SessionRecord {
            completion_tokens: completion,
            latency_ms: latency,
            ttft_ms: ttft,
            ..SessionRecord::default()
        };
        record.tokens_per_second()
    };
    assert_eq!(speed(Some(200), Some(2500), Some(500)), Some(100.0));
    assert_eq!(speed(Some(200), Some(2500), None), Some(80.0));
    assert_eq!(speed(Some(0), Some(1), None), Some(0.0));
    for unknown in [
        (None, Some(1), None),
        (Some(1), None, Some(1)),
        (Some(1), Some(5), Some(5)),
        (Some(1), Some(5), Some(6)),
        (Some(1), Some(0), None),
    ] {
        assert_eq!(speed(unknown.0, unknown.1, unknown.2), None, "{unknown:?}");
    }
    // The first chunk may bring no token: without the time to the first token, the speed of a stream is unknown.
    let stream = |ttft_ms| SessionRecord {
        completion_tokens: Some(200),
        latency_ms: Some(2500),
        first_chunk_ms: Some(100),
        stream: Some(true),
        ttft_ms,
        ..SessionRecord::default()
    };
    assert_eq!(stream(None).tokens_per_second(), None);
    assert_eq!(stream(Some(500)).tokens_per_second(), Some(100.0));
}

#[test]
fn records_with_only_the_eight_old_keys_are_parsed() {
    let old = br#"{"ts":"2025-11-22T18:54:00.123Z","session_id":"a","model":"gpt-5","reasoning_effort":null,"prompt_tokens":10,"completion_tokens":5,"reasoning_tokens":2,"total_tokens":15}"#;
    let Ok(Record::Session(record)) = Record::parse(old) else {
        panic!("no session record");
    };
    assert_eq!(record.reasoning_effort, None);
    assert!(record.is_ok());
    assert_eq!(record.total(), 15);
    assert_eq!(record.outcome, None);
}

#[test]
fn records_of_the_debug_log_have_their_kind_and_unknown_keys_are_ignored() {
    let span = br#"{"ts":"2026-11-22T18:54:00.000000Z","type":"span","name":"a.b","id":17,"parent":3,"thread":"main","dur_ns":184211,"busy_ns":90122,"polls":3,"outcome":"ok","session_id":"s","src":"a.rs:1","later":[{}],"fields":{"source":"litellm","count":41}}"#;
    let Ok(Record::Span(span)) = Record::parse(span) else {
        panic!("no span");
    };
    assert_eq!(
        span.fields.unwrap().get(),
        r#"{"source":"litellm","count":41}"#
    );
    for (record, expected) in [
        (
            r#"{"ts":"2026-11-22T18:54:00Z","type":"header","v":1,"pid":4242}"#,
            "Header",
        ),
        (
            r#"{"type":"event","ts":"2026-11-22T18:54:00Z","name":"a"}"#,
            "Event",
        ),
        (
            r#"{"ts":"2026-11-22T18:54:00Z","type":"lost","count":12,"bytes":3411,"cause":"disk full"}"#,
            "Lost",
        ),
        (
            r#"{"ts":"2026-11-22T18:54:00Z","type":"folded","v":1,"segment":"a.1"}"#,
            "Folded",
        ),
        (
            r#"{"ts":"2026-11-22T18:54:00Z","type":"later"}"#,
            "UnknownType",
        ),
        (r#"{"ts":"yesterday","session_id":"s"}"#, "NotJson"),
    ] {
        let read = format!("{:?}", Record::parse(record.as_bytes()));
        assert!(read.contains(expected), "{read}");
    }
}

#[test]
fn only_damaged_lines_are_skipped_and_counted() {
    let mut log = turn(1);
    log.extend(b"\0\0\0\0{\"ts\":1}\n");
    log.extend(turn(2));
    log.extend(b"\n  \n\xff\xfe{}\n");
    log.extend(turn(3));
    log.extend(vec![b'x'; MAX_LINE * 9]);
    log.extend(b"\n{\"ts\":\"2026-11-22T18:54:00Z\",\"type\":\"new\"}\n");
    log.extend(turn(4));
    log.extend(&turn(5)[..20]);
    let (turns, skipped) = sessions_in(&log);
    assert_eq!(turns, [1, 2, 3, 4]);
    assert_eq!(
        skipped,
        Skipped {
            too_long: 1,
            torn: 1,
            not_utf8: 1,
            not_json: 1,
            unknown_type: 1,
            ..Skipped::default()
        }
    );
}

#[test]
fn a_complete_last_line_without_a_newline_is_read() {
    let mut log = turn(1);
    log.pop();
    assert_eq!(sessions_in(&log), (vec![1], Skipped::default()));
}

#[test]
fn a_line_of_a_growing_log_is_returned_once_it_is_complete() {
    /// A log in memory to which the test appends while the lines are read.
    struct Log<'a>(&'a RefCell<VecDeque<u8>>);
    impl Read for Log<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.borrow_mut().read(buffer)
        }
    }
    let log = RefCell::default();
    let mut lines = Lines::growing(Log(&log));
    let mut written = 0;
    let mut write = |text: &str| {
        log.borrow_mut().extend(text.bytes());
        written += text.len() as u64;
        written
    };
    assert_eq!(lines.next_line().unwrap(), None);
    write("ab");
    assert_eq!(lines.next_line().unwrap(), None);
    assert_eq!(lines.next_offset(), 0);
    let end = write("c\n");
    write("d");
    assert_eq!(lines.next_line().unwrap(), Some(&b"abc"[..]));
    assert_eq!(lines.next_line().unwrap(), None);
    assert_eq!(lines.next_offset(), end);
    write("\n");
    assert_eq!(lines.next_line().unwrap(), Some(&b"d"[..]));
}

#[test]
fn an_incomplete_line_is_not_a_record() {
    let whole = turn(1);
    for len in 1..whole.len() - 1 {
        assert!(sessions_in(&whole[..len]).0.is_empty(), "{len}");
    }
}

/// Returns the names and lines of the records that `docs/schema` shows.
pub(super) fn documented() -> Vec<(&'static str, &'static str)> {
    let lines: Vec<&str> = include_str!("../../../docs/schema/README.md")
        .lines()
        .collect();
    lines
        .windows(3)
        .filter(|lines| lines[1].is_empty() && lines[2].starts_with("    {\"ts\""))
        .map(|lines| (lines[0], lines[2].trim_start()))
        .collect()
}

#[test]
fn every_documented_line_is_parsed_and_written_byte_for_byte() {
    let documented = documented();
    assert_eq!(documented.len(), 11);
    for (name, shown) in documented {
        let written = match Record::parse(shown.as_bytes()) {
            Ok(Record::Header(record)) => ("header", line(&record)),
            Ok(Record::Span(record)) => ("span", line(&record)),
            Ok(Record::SpanStart(record)) => ("span_start", line(&record)),
            Ok(Record::Event(record)) => ("event", line(&record)),
            Ok(Record::Lost(record)) => ("lost", line(&record)),
            Ok(Record::Session(record)) => ("session", line(&record)),
            Ok(Record::Rollup(record)) => ("rollup", line(&record)),
            Ok(Record::Folded(record)) => ("folded", line(&record)),
            Ok(Record::FoldedBatch(record)) => ("folded_batch", line(&record)),
            Ok(Record::RollupDays(record)) => ("rollup_days", line(&record)),
            Ok(Record::Screen(record)) => ("screen", line(&record)),
            Ok(Record::Unread(kind)) => panic!("{name}: {kind:?} is not parsed"),
            Err(reason) => panic!("{name}: {reason:?}"),
        };
        let written = (written.0, String::from_utf8(written.1).unwrap());
        assert_eq!(written, (name, format!("{shown}\n")));
    }
}
