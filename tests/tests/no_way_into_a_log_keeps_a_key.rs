//! A process writes a key through each way by which a text reaches a log, and no file of its home has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::home::Home;

/// The number of consecutive bytes of a key that counts as a leak.
const RUN: usize = 8;

/// Returns the files below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn no_file_of_a_home_has_a_part_of_a_key() {
    let home = Home::with_config("[telemetry]\nenabled = true\nmax_field_bytes = 256\n");
    let body = "0Zq8Wv5Rt2Yn7Kx4Lc1Mb9Pf6Gd3Hs0Jw8Ea";
    let status = Command::new(env!("CARGO_BIN_EXE_writes_keys"))
        .arg(home.path())
        .arg(format!("ghp_{body}"))
        .env_remove("CODEX_TELEMETRY")
        .status()
        .unwrap();
    assert!(status.success());

    let mut all = Vec::new();
    for file in files(&home.log_dir()) {
        let text = String::from_utf8(fs::read(&file).unwrap()).unwrap();
        for body in [body, "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"] {
            for start in 0..=body.len() - RUN {
                let run = &body[start..start + RUN];
                let line = text.lines().find(|line| line.contains(run));
                assert_eq!(line, None, "{run} in {}", file.display());
            }
        }
        all.push(text);
    }
    // Each way has written its record, with the secret replaced.
    let all = all.concat();
    for expected in [
        "keys.fields",
        "keys.event",
        "keys.shown",
        "keys.err\"",
        "keys.err_debug",
        "keys.ret\"",
        "keys.ret_display",
        "keys.source",
        "app [redacted]",
        "1.0 [redacted]",
        "worker [redacted]",
        "telemetry: log of app [redacted]",
        "refused:\\n[redacted]",
        "bytes]",
    ] {
        assert!(all.contains(expected), "{expected} in {all}");
    }
}
