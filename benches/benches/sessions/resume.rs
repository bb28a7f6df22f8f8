//! Resuming a session from 100 MiB of log, compared with a plain search for its id in the log.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};

use benches::interleave;
use memchr::memmem::Finder;
use telemetry_runtime::{Session, SessionId};

use crate::{new_home, print, start};

const ROUNDS: usize = 9;
const LOG_BYTES: usize = 100 << 20;
/// The segment size of the default budget.
const SEGMENT_BYTES: usize = LOG_BYTES / 8;
/// The number of sessions in the log. Each has about 300 turns.
const SESSIONS: u64 = 1000;
/// The distance between two lines of the session with the most turns.
const SHARE: u64 = 20;

fn id(session: u64) -> SessionId {
    let mut bytes = *b"\x01\x9a\xb2\xb1\x7c\x3a\x7d\xef\x81\x23\x45\x67\x00\x00\x00\x00";
    bytes[8..].copy_from_slice(&(session.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    SessionId::from_bytes(bytes)
}

fn line(text: &mut String, session: SessionId, turn: u64) {
    let (second, prompt) = (turn % 60, 1000 + turn % 30_000);
    let completion = 20 + turn % 900;
    let total = prompt + completion;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        r#"{{"ts":"2026-11-22T18:54:{second:02}.300000Z","v":1,"session_id":"{session}","turn":{turn},"request_id":"chatcmpl-9a8b7c{turn}","model":"vercel/deepseek-v3.2","response_model":"deepseek-v3.2","reasoning_effort":"high","prompt_tokens":{prompt},"cached_tokens":1024,"cache_write_tokens":0,"completion_tokens":{completion},"reasoning_tokens":16,"total_tokens":{total},"attempt":1,"stream":true,"outcome":"ok","latency_ms":2210,"ttft_ms":420,"cost_usd":0.00041,"cost_source":"response_body"}}"#
    );
}

/// Writes the log and returns its files.
fn write_log(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut turn = 0;
    while files.len() * SEGMENT_BYTES < LOG_BYTES {
        let mut text = String::with_capacity(SEGMENT_BYTES);
        while text.len() < SEGMENT_BYTES {
            turn += 1;
            let session = match turn % SHARE {
                0 => SESSIONS,
                _ => turn % SESSIONS,
            };
            line(&mut text, id(session), turn);
        }
        let name = format!(
            "codex-litellm-session.20261122T{:06}Z-4242.jsonl",
            files.len()
        );
        let path = directory.join(name);
        fs::write(&path, text).expect("a writable directory");
        files.push(path);
    }
    files
}

/// Reads the files and counts the occurrences of the id. An id across the end of the buffer is not
/// found, so that the search is as cheap as possible.
fn search(files: &[PathBuf], buffer: &mut [u8], finder: &Finder<'_>) -> usize {
    let mut found = 0;
    for path in files {
        let mut file = File::open(path).expect("the file was written");
        loop {
            match file.read(buffer).expect("the file is readable") {
                0 => break,
                read => found += finder.find_iter(&buffer[..read]).count(),
            }
        }
    }
    found
}

pub(crate) fn run() {
    let home = new_home();
    let directory = home.path().join("logs");
    fs::create_dir(&directory).expect("a new directory");
    let files = write_log(&directory);
    let _telemetry = start(home.path());
    let mut buffer = vec![0; 256 * 1024];
    for (session, title) in [
        (7, "a session of 300 turns among 1,000 sessions"),
        (SESSIONS, "a session that has every twentieth line"),
    ] {
        let id = id(session);
        let text = id.to_string();
        let finder = Finder::new(&text);
        let in_memory: Vec<Vec<u8>> = files
            .iter()
            .map(|path| fs::read(path).expect("the file was written"))
            .collect();
        let turns = Session::snapshot_of(id)
            .expect("the log contains the session")
            .totals
            .answered;
        let found = in_memory
            .iter()
            .map(|bytes| finder.find_iter(bytes).count());
        assert_eq!(found.sum::<usize>() as u64, turns);
        let names = [
            "memmem over the bytes, read from the files",
            "memmem over the bytes, in memory",
            "Session::snapshot_of, which reads as resume does",
        ];
        let times = interleave(
            ROUNDS,
            1,
            &mut [
                (names[0], &mut |_| {
                    black_box(search(&files, &mut buffer, &finder));
                }),
                (names[1], &mut |_| {
                    for bytes in &in_memory {
                        black_box(finder.find_iter(bytes).count());
                    }
                }),
                (names[2], &mut |_| {
                    black_box(Session::snapshot_of(id).expect("the log contains the session"));
                }),
            ],
        );
        let millis: Vec<Vec<f64>> = times
            .iter()
            .map(|times| times.iter().map(|nanos| nanos / 1e6).collect())
            .collect();
        print(
            &format!("resume from 100 MiB: {title} ({turns} turns)"),
            "ms",
            &names,
            &millis,
        );
    }
}
