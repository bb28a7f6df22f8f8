use std::time::{Duration, SystemTime};

use super::{ContextUsage, ModelUsage, SessionSnapshot, Totals};
use crate::RateLimit;

pub(super) fn totals(requests: u64) -> Totals {
    Totals {
        answered: requests - 1,
        requests,
        failures: 1,
        retries: 1,
        prompt_tokens: 1_234_567,
        cached_tokens: 1_024_000,
        cache_reported_prompt_tokens: 1_180_000,
        cache_write_tokens: 0,
        completion_tokens: 21_200,
        reasoning_tokens: 9_600,
        total_tokens: 1_255_767,
        cost_nanos: 410_000_000,
        calculated_cost_nanos: 0,
        saved_nanos: 0,
        unpriced_requests: 1,
        priced_later_requests: 0,
        inconsistent_requests: 0,
        inconsistent_cached_tokens: 0,
        api_time: Duration::from_millis(2_210),
    }
}

pub(super) fn model(name: &str, totals: Totals) -> ModelUsage {
    ModelUsage {
        model: name.to_owned(),
        last_effort: Some("high".to_owned()),
        totals,
    }
}

pub(super) fn snapshot() -> SessionSnapshot {
    SessionSnapshot {
        session_id: Some("018f2b1e-7c3a-7def-8123-456789abcdef".parse().unwrap()),
        totals: totals(4),
        models: vec![
            model("vercel/deepseek-v3.2", totals(4)),
            model(
                "gpt-5-mini",
                Totals {
                    requests: 1,
                    failures: 1,
                    ..Totals::default()
                },
            ),
        ],
        last_model: Some("vercel/deepseek-v3.2".to_owned()),
        ..SessionSnapshot::default()
    }
}

#[test]
fn the_text_of_status() {
    let expected = "\
Session    018f2b1e-7c3a-7def-8123-456789abcdef
Model      vercel/deepseek-v3.2 (high)
Tokens     1,255,767 total
  input    1,234,567 (1,024,000 cached)
  output   21,200 (9,600 reasoning)
Cache hits 86.8% of 1,180,000 input tokens
Requests   4 requests, 1 failed, 1 retry
Cost       $0.4100 (reported) and 1 request unpriced
API time   2.21 s

Model                 Requests  Failed  Input  Cached  Output  Total      Cost
vercel/deepseek-v3.2         4       1  1.23M   1.02M  21,200  1.26M  $0.4100+
gpt-5-mini                   1       1      0       0       0      0   $0.0000";
    assert_eq!(snapshot().to_string(), expected);
}

#[test]
fn a_column_without_failures_is_omitted_first_and_one_with_failures_after_the_tokens() {
    let mut snapshot = snapshot();
    let title = |snapshot: &SessionSnapshot, width| {
        let text = snapshot.render(width);
        let title = text.lines().rfind(|line| line.starts_with("Model   "));
        title
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(title(&snapshot, 48), "Model Requests Failed Cost");
    for usage in &mut snapshot.models {
        usage.totals.failures = 0;
    }
    let all = "Model Requests Input Cached Output Reasoning Total Cost";
    assert_eq!(title(&snapshot, 81), all);
    assert_eq!(title(&snapshot, 48), "Model Requests Total Cost");
}

#[test]
fn counts_that_no_answer_reports_are_not_shown_as_zero() {
    let mut totals = Totals {
        answered: 1,
        requests: 1,
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
        ..Totals::default()
    };
    let status = |totals: Totals, is_reasoning_reported| {
        let snapshot = SessionSnapshot {
            totals,
            is_reasoning_reported,
            ..SessionSnapshot::default()
        };
        snapshot.to_string()
    };
    let text = status(totals, false);
    assert!(text.contains("\n  input    3\n  output   4\n"), "{text}");
    assert!(text.ends_with("\nAPI time   0 ms"), "{text}");
    totals.cache_write_tokens = 2;
    let text = status(totals, false);
    assert!(
        text.contains("\n  input    3 (2 written to cache)\n"),
        "{text}"
    );
    totals.cache_reported_prompt_tokens = 3;
    let text = status(totals, true);
    assert!(
        text.contains(
            "\n  input    3 (0 cached, 2 written to cache)\n  output   4 (0 reasoning)\n"
        ),
        "{text}"
    );
}

#[test]
fn the_text_of_status_in_forty_columns() {
    let expected = "\
Session
  018f2b1e-7c3a-7def-8123-456789abcdef
Model      vercel/deepseek-v3.2 (high)
Tokens     1,255,767 total
  input    1,234,567 (1,024,000 cached)
  output   21,200 (9,600 reasoning)
Cache hits 86.8% of 1,180,000 input
           tokens
Requests   4 requests, 1 failed, 1 retry
Cost       $0.4100 (reported) and 1
           request unpriced
API time   2.21 s

Model                 Requests      Cost
vercel/deepseek-v3.2         4  $0.4100+
gpt-5-mini                   1   $0.0000";
    assert_eq!(snapshot().render(40), expected);
}

#[test]
fn a_session_without_requests_says_so() {
    assert_eq!(
        SessionSnapshot::default().to_string(),
        "Requests   none yet"
    );
}

#[test]
fn a_process_that_counts_no_requests_says_so() {
    let off = SessionSnapshot {
        is_off: true,
        ..SessionSnapshot::default()
    };
    assert_eq!(
        off.to_string(),
        "Requests   not counted\nTelemetry  disabled"
    );
    let later = SessionSnapshot {
        is_off: true,
        ..snapshot()
    };
    let text = later.to_string();
    assert!(text.contains("Requests   4 requests"), "{text}");
    assert!(text.contains("\nTelemetry  disabled\n"), "{text}");
}

#[test]
fn the_largest_numbers_and_hostile_names_stay_within_every_width() {
    let huge = Totals {
        answered: u64::MAX,
        requests: u64::MAX,
        failures: u64::MAX,
        retries: u64::MAX,
        prompt_tokens: u64::MAX,
        cached_tokens: u64::MAX,
        cache_reported_prompt_tokens: u64::MAX,
        cache_write_tokens: u64::MAX,
        completion_tokens: u64::MAX,
        reasoning_tokens: u64::MAX,
        total_tokens: u64::MAX,
        cost_nanos: i64::MAX,
        calculated_cost_nanos: i64::MAX,
        saved_nanos: i64::MAX,
        unpriced_requests: u64::MAX,
        priced_later_requests: 0,
        inconsistent_requests: u64::MAX,
        inconsistent_cached_tokens: u64::MAX,
        api_time: Duration::from_millis(u64::MAX),
    };
    let names = [
        "\u{1b}[2J\r\n\u{202e}evil",
        "模型".repeat(60).as_str(),
        "",
        "a b",
        "c",
        "d",
        "e",
    ]
    .map(str::to_owned);
    let snapshot = SessionSnapshot {
        parent_id: snapshot().session_id,
        children: huge,
        unreadable_files: u64::MAX,
        totals: huge,
        models: names.iter().map(|name| model(name, huge)).collect(),
        last_model: Some(names[0].clone()),
        damaged_lines: u64::MAX,
        ..snapshot()
    };
    for width in [0, 40, 63, 64, 80, 200, 1000] {
        let text = snapshot.render(width);
        for line in text.lines() {
            let columns = telemetry_text::columns(line);
            assert!(
                columns <= width.clamp(40, 200),
                "{columns} > {width}: {line}"
            );
        }
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']));
        assert!(text.contains("2 more models"), "{text}");
    }
}

#[test]
fn a_single_further_model_has_its_own_line() {
    let snapshot = SessionSnapshot {
        models: (0..6)
            .map(|at| model(&format!("model-{at}"), totals(2)))
            .collect(),
        ..snapshot()
    };
    let text = snapshot.to_string();
    assert!(
        text.contains("model-5") && !text.contains("more model"),
        "{text}"
    );
}

#[test]
fn unknown_and_partial_costs_are_marked() {
    let line = |cost_nanos, unpriced_requests, total_tokens| {
        let totals = Totals {
            cost_nanos,
            unpriced_requests,
            total_tokens,
            requests: 3,
            ..Totals::default()
        };
        let text = SessionSnapshot {
            totals,
            ..SessionSnapshot::default()
        }
        .to_string();
        let cost = text
            .lines()
            .find_map(|line| line.strip_prefix("Cost       "));
        cost.unwrap().to_owned()
    };
    assert_eq!(line(0, 3, 100), "unknown (3 requests unpriced)");
    assert_eq!(line(0, 0, 100), "$0.0000");
    assert_eq!(line(0, 0, 0), "$0.0000 (no tokens to price)");
    assert_eq!(line(4, 0, 100), "<$0.0001 (reported)");
    assert_eq!(line(4_500, 0, 100), "<$0.0001 (reported)");
    assert_eq!(line(16_060_200, 0, 100), "$0.0161 (reported)");
    assert_eq!(line(999_999_999, 0, 100), "$1.0000 (reported)");
    assert_eq!(
        line(1_234_567_890_123, 2, 100),
        "$1,234.5679 (reported) and 2 requests unpriced"
    );
}

#[test]
fn calculated_costs_are_marked() {
    let cost = |cost_nanos, calculated_cost_nanos| {
        let totals = Totals {
            cost_nanos,
            calculated_cost_nanos,
            requests: 1,
            total_tokens: 1,
            ..Totals::default()
        };
        let text = SessionSnapshot {
            totals,
            ..SessionSnapshot::default()
        }
        .to_string();
        text.lines()
            .find_map(|line| line.strip_prefix("Cost       ").map(str::to_owned))
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(cost(2_000_000_000, 0), said("$2.0000 (reported)"));
    assert_eq!(
        cost(2_000_000_000, 2_000_000_000),
        said("$2.0000 (calculated)")
    );
    assert_eq!(
        cost(2_000_000_000, 500_000_000),
        said("$2.0000 ($0.5000 calculated)")
    );
}

#[test]
fn wide_texts_have_more_columns_and_children_are_separate() {
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let snapshot = SessionSnapshot {
        parent_id: Some("018f2b1e-0000-7def-8123-456789abcdef".parse().unwrap()),
        children: totals(9),
        first: at(1000),
        last: at(1600),
        last_end: at(1661),
        unreadable_files: 1,
        ..snapshot()
    };
    let expected = "\
Session    018f2b1e-7c3a-7def-8123-456789abcdef
Parent     018f2b1e-0000-7def-8123-456789abcdef
Model      vercel/deepseek-v3.2 (high)
Tokens     1,255,767 total
  input    1,234,567 (1,024,000 cached)
  output   21,200 (9,600 reasoning)
Cache hits 86.8% of 1,180,000 input tokens
Requests   4 requests, 1 failed, 1 retry
Cost       $0.4100 (reported) and 1 request unpriced
API time   2.21 s (wall time 11m 01s)
Subagents  1,255,767 tokens in 9 requests, $0.4100, 1 unpriced, not in the sums
Log        1 file could not be read

Model                 Requests  Failed  Input  Cached  Output  Reasoning  Total      Cost
vercel/deepseek-v3.2         4       1  1.23M   1.02M  21,200      9,600  1.26M  $0.4100+
gpt-5-mini                   1       1      0       0       0          0      0   $0.0000";
    assert_eq!(format!("{snapshot:100}"), expected);
}

#[test]
fn unknown_cache_use_is_not_shown_as_zero() {
    let totals = Totals {
        requests: 1,
        prompt_tokens: 10,
        ..Totals::default()
    };
    assert_eq!(totals.cache_hit_rate(), None);
    let text = SessionSnapshot {
        totals,
        ..SessionSnapshot::default()
    }
    .to_string();
    assert!(text.contains("Cache hits not reported"), "{text}");
}

#[test]
fn the_context_the_limits_and_the_directory_are_shown() {
    let limit = |kind: &str, used: f64| RateLimit {
        kind: kind.to_owned(),
        used_percent: Some(used),
        resets_in: Some(Duration::from_secs(90)),
        ..RateLimit::default()
    };
    let shown = SessionSnapshot {
        context: Some(ContextUsage {
            tokens: 36_000,
            window: Some(128_000),
        }),
        rate_limits: vec![limit("input-tokens", 25.0), limit("primary", 95.5)],
        directory: Some("/srv/\u{1b}project".to_owned()),
        ..snapshot()
    };
    let text = shown.render(120);
    let line = |label: &str| {
        text.lines()
            .find(|line| line.starts_with(label))
            .unwrap_or("none")
    };
    assert_eq!(line("Directory"), "Directory  /srv/␛project");
    assert_eq!(
        line("Context"),
        "Context    71% left (36,000 of 128,000 tokens used)"
    );
    assert_eq!(
        line("Limits"),
        "Limits     input tokens 75% left (resets in 1m 30s), primary 4% left (resets in 1m 30s)"
    );
    let of_another = SessionSnapshot {
        context_model: Some("gpt-4o-mini".to_owned()),
        ..shown.clone()
    };
    let line_of_another = of_another
        .render(120)
        .lines()
        .find(|line| line.starts_with("Context"))
        .map(str::to_owned);
    assert_eq!(
        line_of_another.as_deref(),
        Some("Context    71% left (36,000 of 128,000 tokens of gpt-4o-mini used)")
    );
    let of_the_last = SessionSnapshot {
        context_model: shown.last_model.clone(),
        ..shown.clone()
    };
    assert_eq!(of_the_last.render(120), text);
    for width in [40, 60] {
        let fits = |line: &str| telemetry_text::columns(line) <= width;
        assert!(
            shown.render(width).lines().all(fits),
            "{}",
            shown.render(width)
        );
    }
    let full = ContextUsage {
        tokens: 130_000,
        window: Some(128_000),
    };
    assert_eq!(full.left_percent(), Some(0));
    assert_eq!(
        ContextUsage {
            tokens: 1,
            window: None
        }
        .left_percent(),
        None
    );
    assert_eq!(
        ContextUsage {
            tokens: 1,
            window: Some(0)
        }
        .left_percent(),
        None
    );
}

#[test]
fn the_wall_time_leaves_pauses_out() {
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let resumed = SessionSnapshot {
        first: at(1000),
        last_end: at(201_000),
        paused: Duration::from_secs(199_000),
        ..snapshot()
    };
    assert_eq!(resumed.wall_time(), Duration::from_secs(1000));
}

#[test]
fn records_that_are_in_no_file_have_a_line() {
    let unsaved = SessionSnapshot {
        unsaved_records: 10,
        unsaved_reason: Some("permission denied".to_owned()),
        ..snapshot()
    };
    let text = unsaved.to_string();
    assert!(
        text.contains("\nNot saved  10 records (permission denied)\n"),
        "{text}"
    );
    assert!(!snapshot().to_string().contains("Not saved"));
    let gone = SessionSnapshot {
        unsaved_reason: Some("directory gone".to_owned()),
        ..unsaved
    };
    let words: Vec<_> = gone
        .render(80)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let text = words.join(" ");
    assert!(
        text.contains(
            "10 records (directory gone: the directory of the log was removed, or moved; create it again, or correct `dir` below [telemetry])"
        ),
        "{text}"
    );
}
