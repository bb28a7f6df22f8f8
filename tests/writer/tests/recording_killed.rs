//! A process is killed while frames of a recording wait for the writer's thread.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use writer_tests::home::Home;
use writer_tests::{figure, records};

/// The frames that are flushed before the kill.
const FLUSHED: u64 = 5;

#[test]
fn a_kill_while_frames_are_queued_loses_only_frames_that_were_not_flushed() {
    let mut lost = 0;
    for round in 0..figure("WRITER_TESTS_RECORDING_KILLS", 12) {
        let home = Home::new("log_content = true\n");
        let mut child = Command::new(env!("CARGO_BIN_EXE_draws"))
            .arg(home.path())
            .arg(FLUSHED.to_string())
            .env_remove("CODEX_TELEMETRY")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let drawn = FLUSHED + 1 + round * 7;
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        assert!(lines.any(|line| line.expect("a line") == drawn.to_string()));
        child.kill().expect("it runs");
        child.wait().expect("it was started");

        let file = home.logs().join("codex-tui-stream.jsonl");
        // Every line that ends is whole, so that the only torn line may be the last one.
        let found = records::read(&[file]);
        assert!(found.torn.is_empty(), "{round}: {:?}", found.torn);
        let mut frames: Vec<u64> = Vec::new();
        for record in found
            .records
            .iter()
            .filter(|record| record["frame"].is_u64())
        {
            let frame = record["frame"].as_u64().expect("a number");
            for row in record["rows"].as_array().into_iter().flatten() {
                let text = row["text"].as_str().expect("a text");
                assert!(text.starts_with("frame "), "{round}: {text}");
            }
            if frames.last() != Some(&frame) {
                frames.push(frame);
            }
        }
        // The recorded frames are the first ones, without a gap, and all that were flushed are among them.
        let recorded = frames.len() as u64;
        assert_eq!(frames, (1..=recorded).collect::<Vec<_>>(), "{round}");
        assert!(recorded >= FLUSHED, "{round}: {recorded}");
        lost += drawn.saturating_sub(recorded);
    }
    // The kills came while frames were queued.
    assert!(lost > 0);
}
