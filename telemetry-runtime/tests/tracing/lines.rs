//! Lines of the TUI log, and records of `log`.

use tracing::{debug, error, info, info_span, trace, warn};

use crate::run::{TARGETS, config, run};

#[test]
fn a_line_has_level_target_text_and_fields_but_no_spans() {
    let logs = run("", |_| {
        let _outer = info_span!("outer", prompt = "long").entered();
        let _inner = info_span!("inner").entered();
        info!(target: "app::net", status = 200, url = "https://example.org/a b", ok = true, "sent {}", 3);
        warn!(target: "app", "two\nlines \u{1b}[31m and \"quotes\" \\ é");
        error!(target: "app", code = -1);
        debug!(target: "app", "below the level");
    });
    assert_eq!(
        logs.lines,
        [
            " INFO app::net: sent 3 status=200 url=\"https://example.org/a b\" ok=true",
            " WARN app: two\\nlines \\u001b[31m and \"quotes\" \\ é",
            "ERROR app:  code=-1",
        ]
    );
    // Without targets the debug log has the header alone.
    assert_eq!(logs.records.len(), 1, "{logs:#?}");
}

#[test]
fn the_filter_of_the_tui_log_selects_lines() {
    let table = "[telemetry.logs.tui]\nfilter = 'warn,app=trace,app::net=off'\n";
    let logs = run(table, |_| {
        trace!(target: "app", "yes");
        error!(target: "app::net", "no");
        info!(target: "other", "no");
        warn!(target: "other", "yes");
    });
    assert_eq!(logs.lines, ["TRACE app: yes", " WARN other: yes"]);
}

#[test]
fn filters_change_while_the_program_runs() {
    let home = tempfile::tempdir().unwrap();
    let work = |_: &str| {
        for _ in 0..2 {
            debug!(target: "app", "the same call site");
        }
    };
    let logs = run("", |telemetry| {
        work("off");
        let table = format!("{TARGETS}[telemetry.logs.tui]\nfilter = 'app=debug'\n");
        telemetry.reconfigure(config(home.path(), &table));
        work("on");
        telemetry.set_enabled(false);
        work("off");
        telemetry.set_enabled(true);
        telemetry.reconfigure(config(home.path(), ""));
        work("off");
    });
    assert_eq!(logs.lines, ["DEBUG app: the same call site"; 2]);
}

#[test]
fn a_long_text_is_cut_and_masked() {
    let key = concat!("sk", "-proj-", "Zx81Qn3LmPq0RtYv5Wc7Jd2Kb9Hf4Sg6");
    let logs = run("max_field_bytes = 64\n", |_| {
        info!(target: "app", "{}{key}{}", "a b ".repeat(14), "c".repeat(1000));
        info!(target: "app", "{}", "é".repeat(100_000));
    });
    assert!(
        !format!("{:?}", logs.lines).contains(key),
        "{:?}",
        logs.lines
    );
    let cut = format!(" INFO app: {}…[+199936 bytes]", "é".repeat(32));
    assert_eq!(logs.lines[1], cut);
}

#[test]
fn records_of_log_have_their_own_target_and_place() {
    let table = format!("{TARGETS}[telemetry.logs.tui]\nfilter = 'info,app=off'\n");
    let logs = run(&table, |_| {
        let _span = info_span!(target: "app", "around").entered();
        for (target, level, line) in [
            ("app::pool", log::Level::Debug, 7),
            ("other::pool", log::Level::Warn, 8),
            ("other::pool", log::Level::Debug, 9),
        ] {
            let record = log::Record::builder()
                .target(target)
                .level(level)
                .file(Some("src/pool.rs"))
                .line(Some(line))
                .module_path(Some("pool"))
                .args(format_args!("opened with password=hunter2x"))
                .build();
            tracing_log::format_trace(&record).unwrap();
        }
    });
    let record = logs.one("app.pool");
    assert_eq!(record["src"], "src/pool.rs:7");
    assert_eq!(record["level"], "debug");
    assert_eq!(logs.parent_of(record), "app.around");
    assert_eq!(record["fields"].as_object().unwrap().len(), 1, "{record}");
    assert_eq!(
        record["fields"]["message"],
        "opened with password=[redacted]"
    );
    assert_eq!(
        logs.lines,
        [" WARN other::pool: opened with password=[redacted]"]
    );
}

#[test]
fn targets_that_a_program_makes_at_run_time_do_not_fill_the_memory() {
    let logs = run(TARGETS, |_| {
        for number in 0..20_000 {
            let target = format!("app::connection_{number}");
            let record = log::Record::builder()
                .target(&target)
                .level(log::Level::Info)
                .args(format_args!("closed"))
                .build();
            tracing_log::format_trace(&record).unwrap();
        }
    });
    // Behind the limit, the target of a record is not known any more, and `log` is not among the targets.
    assert!(logs.records.len() > 5_000, "{}", logs.records.len());
    assert!(logs.records.len() < 10_000, "{}", logs.records.len());
}
