//! Compressed segments of the debug log, in every command that reads the debug log.

mod home;

use std::fs;

#[cfg(feature = "zstd")]
use home::DEBUG;
use home::Home;
#[cfg(feature = "zstd")]
use home::following::{Following, append};
#[cfg(feature = "zstd")]
use home::requests::uuid;

/// The commands, whose output does not depend on the current time.
const COMMANDS: [&[&str]; 10] = [
    &["spans"],
    &["spans", "-j"],
    &["spans", "--all", "--name", "model.*", "-j"],
    &["spans", "--top", "-j"],
    &["tail", "-n", "2000", "-j"],
    &["diff", "latest", "latest", "-j"],
    &["export", "chrome"],
    &["export", "folded"],
    &["export", "otlp"],
    &["export", "csv"],
];

#[cfg(feature = "zstd")]
fn compress(home: &Home) {
    use std::ffi::OsStr;

    use telemetry_schema::LogKind;
    use telemetry_store::Directory;
    use telemetry_store::compression::{self, Compressed};

    let directory = Directory::open(&home.path().join("logs")).unwrap();
    let done = compression::compress(&directory, OsStr::new(DEBUG), LogKind::Debug, &mut |_| true);
    assert!(matches!(done.unwrap(), Compressed::Yes { .. }));
}

#[cfg(feature = "zstd")]
#[test]
fn every_command_reads_a_compressed_segment_like_the_segment_itself() {
    let home = Home::of_demo();
    let before = COMMANDS.map(|command| home.ok(command));
    let text = fs::read(home.log(DEBUG)).unwrap();
    compress(&home);
    assert!(!home.log(DEBUG).exists());
    for (command, before) in COMMANDS.iter().zip(&before) {
        assert!(home.ok(command) == *before, "{command:?}");
    }
    let bytes = fs::metadata(home.log(&format!("{DEBUG}.zst")))
        .unwrap()
        .len();
    // The demo ran years ago, which `doctor` reports.
    let doctor = home.run(&["doctor", "-j"]).stdout;
    let doctor: serde_json::Value = serde_json::from_slice(&doctor).unwrap();
    let logs = doctor["homes"][0]["logs"].as_array().unwrap();
    let debug = logs.iter().find(|log| log["log"] == "debug").unwrap();
    assert_eq!(
        (&debug["files"], &debug["bytes"]),
        (&1.into(), &bytes.into())
    );
    // Both files exist after a crash: the segment is read, and once.
    fs::write(home.log(DEBUG), &text).unwrap();
    for (command, before) in COMMANDS.iter().zip(&before) {
        assert!(home.ok(command) == *before, "{command:?}");
    }
    fs::remove_file(home.log(DEBUG)).unwrap();
    home.ok(&["purge", "--session", home::SESSION]);
    let text = home.ok(&["tail", "-n", "2000", "-j"]);
    assert!(!text.contains(home::SESSION), "{text}");
}

#[cfg(all(feature = "zstd", feature = "parquet"))]
#[test]
fn a_compressed_segment_is_exported_like_the_segment_itself() {
    let home = Home::of_demo();
    let exported = || {
        let lake = tempfile::tempdir().unwrap();
        home.ok(&["export", "parquet", "-o", lake.path().to_str().unwrap()]);
        let spans = lake.path().join("spans/day=2020-11-24");
        let files = fs::read_dir(spans).unwrap();
        let mut files: Vec<_> = files
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.file_name(), fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let before = exported();
    assert_eq!(before.len(), 1);
    compress(&home);
    assert!(exported() == before);
}

/// Returns a segment of the debug log with events of two sessions. It has several blocks, since a smaller one is not compressed.
#[cfg(feature = "zstd")]
fn two_sessions() -> String {
    let header = r#"{"ts":"2020-11-25T00:00:00Z","type":"header","v":1,"pid":13108,"os":"linux","arch":"x86_64"}"#;
    let earlier = event("n.earlier", 2).repeat(200);
    format!(
        "{header}\n{}{earlier}{}",
        event("n.one", 1),
        event("n.two", 2)
    )
}

/// Returns an event whose session has the number of its second.
#[cfg(feature = "zstd")]
fn event(name: &str, second: u32) -> String {
    format!(
        r#"{{"ts":"2020-11-25T00:00:{second:02}.000000Z","type":"event","name":"{name}","session_id":"{}"}}"#,
        uuid(second)
    ) + "\n"
}

#[cfg(feature = "zstd")]
#[test]
fn following_shows_lines_once_when_their_segment_is_compressed_and_expanded() {
    for is_compressed in [false, true] {
        let home = Home::empty();
        let next = "20201125T000003Z-13108.1.jsonl";
        home.write(DEBUG, two_sessions());
        if is_compressed {
            compress(&home);
        }
        let mut tail = Following::start(&home, &["-j", "-n", "1"]);
        assert_eq!(tail.next(), event("n.two", 2).trim_end());
        if !is_compressed {
            compress(&home);
        }
        append(&home, next, &event("n.three", 3));
        assert_eq!(tail.next(), event("n.three", 3).trim_end());
        // The text without the session takes the place of the compressed segment.
        home.ok(&["purge", "--session", &uuid(1)]);
        let left = fs::read_to_string(home.log(DEBUG)).unwrap();
        assert!(left.contains("n.two") && !left.contains("n.one"), "{left}");
        append(&home, next, &event("n.four", 4));
        assert_eq!(tail.next(), event("n.four", 4).trim_end());
        compress(&home);
        append(&home, next, &event("n.five", 5));
        assert_eq!(tail.next(), event("n.five", 5).trim_end());
        tail.signal("-INT");
        assert_eq!(tail.end(), (Some(0), String::new()));
    }
}

/// `top` reads the segment from its beginning, and follows it.
#[cfg(all(feature = "zstd", feature = "top"))]
#[test]
fn the_live_view_counts_a_segment_once_when_it_is_compressed() {
    use telemetry_cli::home::Homes;
    use telemetry_cli::selection::now;
    use telemetry_cli::top::model::Model;

    for is_compressed in [false, true] {
        let home = Home::of_demo();
        let spans = home.json(&["spans", "--top", "-j"]);
        let spans = spans["spans"].as_array().unwrap();
        let expected: u64 = spans.iter().map(|it| it["count"].as_u64().unwrap()).sum();
        if is_compressed {
            compress(&home);
        }
        let homes = Homes::find_quietly(&[home.path().into()]).unwrap();
        let mut model = Model::open(&homes, now()).unwrap();
        for _ in 0..2 {
            model.read(&homes).unwrap();
            while model.is_reading {
                model.read(&homes).unwrap();
            }
            let counts = model.names.iter().map(|(_, row)| row.count);
            assert_eq!(counts.sum::<u64>(), expected);
            if home.log(DEBUG).exists() {
                compress(&home);
            }
        }
    }
}

#[cfg(not(feature = "zstd"))]
#[test]
fn a_build_without_the_feature_names_it_and_the_file_and_still_removes_the_file() {
    let home = Home::of_demo();
    let name = "20201124T153315Z-13108.jsonl.zst";
    let mut compressed = vec![0x50, 0x2a, 0x4d, 0x18, 36, 0, 0, 0];
    compressed.extend(b"telemetry log 1 00000000000000000010");
    compressed.extend([0x28, 0xb5, 0x2f, 0xfd]);
    let with_one_file = COMMANDS.map(|command| home.ok(command));
    home.write(name, &compressed);
    for (command, before) in COMMANDS.iter().zip(&with_one_file) {
        let output = home.run(command);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {stderr}");
        assert!(
            String::from_utf8_lossy(&output.stdout) == *before,
            "{command:?}"
        );
        let told = stderr.contains("feature `zstd`") && stderr.contains(name);
        assert!(
            told && stderr.matches(name).count() == 1,
            "{command:?}: {stderr}"
        );
    }
    let doctor = home.run(&["doctor"]);
    let text = String::from_utf8_lossy(&doctor.stdout);
    assert!(text.contains("feature `zstd`"), "{text}");
    let purge = home.run(&["purge", "--before", "2020-12-01"]);
    let stderr = String::from_utf8_lossy(&purge.stderr);
    assert!(
        !purge.status.success() && stderr.contains("feature `zstd`"),
        "{stderr}"
    );
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nmax_total_bytes = 1048576\n",
    )
    .unwrap();
    home.write(name, [&compressed[..], &vec![0; 2 << 20]].concat());
    home.ok(&["prune"]);
    assert!(!home.log(name).exists());
}
