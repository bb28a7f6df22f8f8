//! An event of a log that no table of the configuration declares is not recorded, and `health()` and the TUI log state the reason.

use telemetry_runtime::{Config, init, telemetry_event};

fn pay() {
    telemetry_event!(log = "billing", "bill.paid", dollars = 5);
}

#[test]
fn an_event_of_an_undeclared_log_names_the_nearest_log() {
    let home = tempfile::tempdir().unwrap();
    let table = "[telemetry]\nenabled = true\n[telemetry.logs.billng]\nfile = 'billing.jsonl'\n";
    std::fs::write(home.path().join("config.toml"), table).unwrap();
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    assert_eq!(telemetry.health().last_error, None);
    pay();
    let error = telemetry.health().last_error.unwrap();
    let line = line!() - 12;
    assert_eq!(telemetry.health().lost, 0);
    let expected = format!(
        "the event `bill.paid` at {}:{line} is not recorded: config.toml has no table [telemetry.logs.billing] with a `file`, which declares its log; did you mean `billng`?",
        file!()
    );
    assert_eq!(error, expected);
    // People read it in the TUI log: one line for each call site.
    pay();
    drop(telemetry);
    let text = std::fs::read_to_string(home.path().join("logs/codex-tui.log")).unwrap();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains(" WARN "))
        .collect();
    let [warning] = warnings[..] else {
        panic!("{text}");
    };
    assert!(
        warning.ends_with(&format!("telemetry: {expected}")),
        "{warning}"
    );
}
