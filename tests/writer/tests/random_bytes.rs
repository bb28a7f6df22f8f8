//! Every public function returns in a process to which the system gives no random bytes.

use std::fs;
use std::process::{Command, Output};

use writer_tests::home::{Home, files};
use writer_tests::preloaded::NoRandomBytes;
use writer_tests::records;

fn run(program: &str, home: &Home, random: &NoRandomBytes) -> Output {
    Command::new(program)
        .arg(home.path())
        .env_remove("CODEX_TELEMETRY")
        .envs(random.environment())
        .output()
        .expect("the binary starts")
}

#[test]
fn every_call_returns_without_random_bytes() {
    let Some(random) = NoRandomBytes::new() else {
        return;
    };
    let home = Home::new("");
    // The library has an effect: constructors of other libraries panic.
    let libraries = run(env!("CARGO_BIN_EXE_libraries_panic"), &home, &random);
    assert_eq!(
        String::from_utf8_lossy(&libraries.stdout),
        "uuid::Uuid::now_v7 panics\nstd::collections::HashMap::new panics\n"
    );
    fs::write(
        home.path().join("prices.json"),
        r#"{"m": {"input_cost_per_token": 1.5e-7, "output_cost_per_token": 6e-7}}"#,
    )
    .expect("room");
    let config = home.path().join("config.toml");
    let text = fs::read_to_string(&config).expect("the configuration of the home");
    fs::write(
        &config,
        format!("{text}\n[telemetry.pricing]\nprice_map = \"prices.json\"\n"),
    )
    .expect("room");
    for _ in 0..2 {
        let output = run(env!("CARGO_BIN_EXE_every_call"), &home, &random);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {stderr}", output.status);
        assert_eq!(stderr, "");
    }
    // The ids of two processes differ, too.
    let session = files(&home.logs(), ".jsonl")
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("codex-litellm-session"));
    let records = records::read(&session.collect::<Vec<_>>()).records;
    let ids: Vec<&str> = records
        .iter()
        .filter_map(|record| record["request_id"].as_str())
        .filter(|id| id.starts_with("local-"))
        .collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert!(!ids.is_empty());
    assert_eq!(distinct.len(), ids.len());
}
