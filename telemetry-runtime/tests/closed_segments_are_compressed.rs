//! `compress = "zstd"` compresses the segments of earlier launches and of this one in the background.

use std::fs::{self, DirBuilder};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use telemetry_runtime::{Config, init, telemetry_event};
use telemetry_store::compressed::{compressed_path, open_compressed};

/// The timeout after which the test fails. A passing test needs much less time.
const TOO_LONG: Duration = Duration::from_mins(1);

fn names(logs: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(logs).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn is_compressed(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".jsonl.zst")
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < TOO_LONG);
        std::thread::yield_now();
    }
}

#[test]
fn segments_of_an_earlier_and_of_this_launch_are_compressed() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("logs");
    DirBuilder::new().mode(0o700).create(&logs).unwrap();
    let earlier = logs.join("20261122T185400Z-1.jsonl");
    let line = "{\"ts\":\"2026-11-22T18:54:00.000001Z\",\"type\":\"event\",\"name\":\"a.b\"}\n";
    fs::write(&earlier, line.repeat(1000)).unwrap();
    let text = "[telemetry]\nenabled = true\nmax_total_bytes = 4194304\n[telemetry.logs.debug]\ncompress = \"zstd\"\n";
    fs::write(home.path().join("config.toml"), text).unwrap();
    let config = Config::load(home.path()).unwrap();
    assert!(config.warnings().is_empty());
    let telemetry = init(config).unwrap();
    wait_until(|| !earlier.exists());
    let mut read = String::new();
    let mut file = open_compressed(&earlier).unwrap().unwrap();
    file.read_to_string(&mut read).unwrap();
    assert_eq!(read, line.repeat(1000));

    // Segments of 512 KiB.
    let mut number = 0_u64;
    wait_until(|| {
        let all = names(&logs);
        let total: u64 = all
            .iter()
            .filter_map(|path| path.metadata().ok())
            .map(|it| it.len())
            .sum();
        // The sum of the budget, a segment, and the bytes that are written while the sizes are read.
        assert!(total <= 4_194_304 + 2 * 524_288, "{total}");
        let compressed = all.iter().filter(|path| is_compressed(path)).count();
        // The test writes slowly while segments wait for compression, and never stops, because compression begins after writes only.
        let events = if all.len() - compressed > 5 { 1 } else { 200 };
        for _ in 0..events {
            number += 1;
            telemetry_event!(
                "history.task",
                number,
                note = "the text of an event that is long enough to fill a segment"
            );
        }
        compressed > 3
    });
    let health = telemetry.health();
    assert_eq!((health.lost, health.last_error), (0, None));
    drop(telemetry);
    // The file that was written at last is never compressed by its own process.
    let last = names(&logs).into_iter().filter(|path| !is_compressed(path));
    assert!(
        last.filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .count()
            >= 1
    );
    assert!(compressed_path(&earlier).exists());
}
