//! Lines of the TUI log, and spans whose futures panic.

use std::future::poll_fn;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_event, telemetry_span};

#[telemetry_span("model.request")]
async fn request() {
    let mut polls = 0;
    poll_fn(|_| {
        polls += 1;
        assert!(polls < 2, "the host's own mistake");
        Poll::<()>::Pending
    })
    .await;
}

#[test]
fn a_long_line_is_cut_before_a_secret_and_a_caught_panic_is_recorded() {
    let home = tempfile::tempdir().unwrap();
    let config = Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();

    let mut log = telemetry.tui_log();
    // The key crosses the position where a line is cut.
    writeln!(
        log,
        "{} sk-abcdefghijklmnopqrstuvwxyz0123456789",
        "x ".repeat(8_188)
    )
    .unwrap();
    writeln!(log, "{}", "y".repeat(40_000)).unwrap();
    // A private key is detected by its first and last line only.
    let key = "found -----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nand went on\n";
    write!(log, "{key}").unwrap();
    // A truncated key does not mask the lines after it.
    writeln!(log, "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nand on").unwrap();
    telemetry_event!(
        log = "tui",
        "history.loaded",
        level = "warn",
        entries = 3,
        from = "a file"
    );
    writeln!(log, "short").unwrap();
    writeln!(
        log,
        "2020-11-22T18:54:00Z ERROR a line with a time of its own"
    )
    .unwrap();

    {
        let mut future = pin!(request());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            future.as_mut().poll(&mut context).is_ready()
        }));
        assert!(panicked.is_err());
    }
    assert!(telemetry.flush(Duration::MAX));

    let stamped = std::fs::read_to_string(home.path().join("logs/codex-tui.log")).unwrap();
    let mut tui = String::new();
    for line in stamped.lines() {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        tui += rest.strip_prefix(" INFO ").unwrap_or(rest);
        tui += "\n";
    }
    assert!(
        tui.contains("RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\nand went on\n"),
        "{tui}"
    );
    assert!(
        tui.contains("-----BEGIN PRIVATE KEY-----\nand on\n"),
        "{tui}"
    );
    assert!(!tui.contains("sk-"), "{}", &tui[tui.len() - 200..]);
    assert_eq!(tui.matches("…[+").count(), 2);
    assert!(
        tui.ends_with(
            "\n WARN history.loaded entries=3 from=\"a file\"\nshort\nERROR a line with a time of its own\n"
        ),
        "{tui}"
    );
    assert!(tui.lines().all(|line| line.len() < 17_000));

    let debug = telemetry
        .files()
        .into_iter()
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .unwrap();
    let spans = std::fs::read_to_string(debug).unwrap();
    let span = spans
        .lines()
        .find(|line| line.contains("model.request"))
        .unwrap();
    assert!(span.contains(r#""polls":2,"outcome":"panic""#), "{span}");
}
