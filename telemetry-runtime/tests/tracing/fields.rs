//! Names, levels, values and outcomes of records.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{fmt, io};

use serde_json::json;
use tracing::field::Empty;
use tracing::{Level, debug, error, event, info, info_span, instrument, trace, warn};

use crate::run::{TARGETS, run};

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused")
    }
}

impl std::error::Error for Refused {}

#[test]
fn values_keep_their_types() {
    let logs = run(TARGETS, |_| {
        let cause = io::Error::other(Refused);
        event!(
            name: "values",
            target: "app",
            Level::INFO,
            unsigned = u64::MAX,
            signed = -3,
            long = u128::MAX,
            float = 0.5,
            nan = f64::NAN,
            yes = true,
            text = "plain",
            display = %Refused,
            debug = ?Some(1),
            cause = &cause as &dyn std::error::Error,
            userId = 7,
            "http status" = 200,
            "the {}", "message"
        );
    });
    assert_eq!(
        logs.one("app.values")["fields"],
        json!({
            "message": "the message", "unsigned": u64::MAX, "signed": -3,
            "long": 340_282_366_920_938_463_463_374_607_431_768_211_455_f64,
            "float": 0.5, "nan": "NaN", "yes": true, "text": "plain", "display": "refused",
            "debug": "Some(1)", "cause": "refused", "user_id": 7, "http_status": 200,
        })
    );
}

#[test]
fn levels_and_places_are_kept() {
    let logs = run(TARGETS, |_| {
        error!(target: "app::error", "1");
        warn!(target: "app::warn", "2");
        info!(target: "app::info", "3");
        debug!(target: "app::debug", "4");
        trace!(target: "app::trace", "5");
        trace!(target: "hyper", "6");
    });
    for level in ["error", "warn", "info", "debug", "trace"] {
        let record = logs.one(&format!("app.{level}"));
        assert_eq!(record["type"], "event");
        let expected = (level != "info").then_some(level);
        assert_eq!(
            record.get("level").and_then(|level| level.as_str()),
            expected
        );
        let src = record["src"].as_str().unwrap();
        let (file, line) = src.rsplit_once(':').unwrap();
        assert!(
            file.ends_with("fields.rs") && line.parse::<u32>().is_ok(),
            "{src}"
        );
    }
    assert_eq!(logs.records.len(), 6, "{logs:#?}");
}

#[test]
fn the_most_specific_target_decides_and_exclude_removes_names() {
    let table = "[telemetry.logs.debug]\nlevel = 'warn'\n\
                 targets = ['app', 'app::net=debug', 'app::net::tls=off']\nexclude = ['app.net.noisy']\n";
    let logs = run(table, |_| {
        info!(target: "app", "no");
        warn!(target: "app", "yes");
        debug!(target: "app::net", "yes");
        trace!(target: "app::net", "no");
        error!(target: "app::net::tls", "no");
        error!(target: "app::net::noisy", "no");
        error!(target: "other", "no");
    });
    assert_eq!((logs.all("app").len(), logs.all("app.net").len()), (1, 1));
    assert_eq!(logs.records.len(), 3, "{logs:#?}");
}

#[test]
fn fields_are_recorded_after_the_entry() {
    let logs = run(TARGETS, |_| {
        let span = info_span!(target: "app", "late", status = Empty, size = 1, api_key = Empty);
        span.record("size", 2);
        let entered = span.enter();
        span.record("status", "done")
            .record("unknown", 1)
            .record("api_key", "value");
        drop(entered);
        span.record("size", 3);
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let record = || tracing::dispatcher::with_default(&dispatch, || _ = span.record("size", 4));
        std::thread::scope(|scope| scope.spawn(record).join().unwrap());
    });
    assert_eq!(
        logs.one("app.late")["fields"],
        json!({"status": "done", "size": 4, "api_key": "[redacted]"})
    );
}

#[instrument(target = "app", err, skip_all)]
fn fails() -> Result<(), Refused> {
    Err(Refused)
}

#[instrument(target = "app", skip_all)]
fn panics() {
    panic!("on purpose");
}

#[instrument(target = "app", ret, fields(given), skip_all)]
fn returns(given: u8) -> u8 {
    error!(target: "app::error", message = "an error event is not the outcome");
    given
}

#[test]
fn outcomes_are_known() {
    let logs = run(TARGETS, |_| {
        fails().unwrap_err();
        catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
        returns(1);
    });
    assert_eq!(logs.one("app.fails")["outcome"], "err");
    assert_eq!(logs.one("app.panics")["outcome"], "panic");
    assert_eq!(logs.one("app.returns")["outcome"], "ok");
    let events = logs.all("app");
    assert!(
        events
            .iter()
            .any(|event| event["fields"]["error"] == "refused"),
        "{events:?}"
    );
    assert!(
        events.iter().any(|event| event["fields"]["return"] == "1"),
        "{events:?}"
    );
}

#[test]
fn a_span_has_a_line_at_its_entry_where_the_log_asks_for_it() {
    let table = format!("{TARGETS}span_events = 'full'\n");
    let logs = run(&table, |_| {
        drop(info_span!(target: "app", "entered", n = 1));
    });
    let both = logs.all("app.entered");
    let types: Vec<_> = both
        .iter()
        .map(|record| record["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["span_start", "span"]);
    assert_eq!(both[0]["id"], both[1]["id"]);
}

#[test]
fn secrets_are_redacted_by_name_and_masked_by_form() {
    let key = concat!("sk", "-proj-", "Zx81Qn3LmPq0RtYv5Wc7Jd2Kb9Hf4Sg6");
    let logs = run(TARGETS, |_| {
        let _span =
            info_span!(target: "app", "login", apiKey = "short", "x-api-key" = ?"b", user = "ada")
                .entered();
        info!(target: "app::event", password = 1234, note = key, prompt_tokens = 5, "used {key}");
    });
    let text = format!("{:?}{:?}", logs.records, logs.lines);
    for secret in [key, "short", "1234", "\"b\""] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let event = &logs.one("app.event")["fields"];
    assert_eq!(event["password"], "[redacted]");
    assert_eq!(event["note"], "[redacted]");
    assert_eq!(event["prompt_tokens"], 5);
    assert_eq!(logs.one("app.login")["fields"]["user"], "ada");
    assert_eq!(logs.lines.len(), 1, "{logs:#?}");
    assert!(
        logs.lines[0].contains("password=\"[redacted]\""),
        "{:?}",
        logs.lines
    );
}
