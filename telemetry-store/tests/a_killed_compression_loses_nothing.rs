//! A process that is killed while it compresses a segment. The test is a program of its own, which starts itself as that process.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use telemetry_schema::LogKind;
use telemetry_store::compressed::{COMPRESSION_FILE, compressed_path, open_compressed};
use telemetry_store::compression::{Compressed, compress};
use telemetry_store::{Directory, Naming, RetainedLog, listing, prune};

const SEGMENT: &str = "20261122T185400Z-4242.jsonl";
/// The parts after which the process is killed: the mark, the first part of the text, and the last one.
const KILLED_AFTER: [usize; 3] = [1, 2, 4];

fn main() {
    if let Some(directory) = std::env::args().nth(1).filter(|it| Path::new(it).is_dir()) {
        compress_slowly(Path::new(&directory));
        return;
    }
    for parts in KILLED_AFTER {
        killed_after(parts);
    }
}

/// Compresses the segment. Before each part it writes a line, and waits for an answer.
fn compress_slowly(directory: &Path) {
    let directory = Directory::open(directory).unwrap();
    compress(&directory, OsStr::new(SEGMENT), LogKind::Debug, &mut |_| {
        println!("part");
        io::stdout().flush().unwrap();
        io::stdin().read_exact(&mut [0]).is_ok()
    })
    .unwrap();
}

fn text() -> Vec<u8> {
    let mut text = Vec::new();
    while text.len() < 3 << 20 {
        let id = text.len();
        let line = format!(
            "{{\"ts\":\"2026-11-22T18:54:00.000001Z\",\"type\":\"span\",\"name\":\"a.b\",\"id\":{id}}}\n"
        );
        text.extend(line.bytes());
    }
    text
}

fn killed_after(parts: usize) {
    let home = tempfile::tempdir().unwrap();
    let segment = home.path().join(SEGMENT);
    fs::write(&segment, text()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answers = child.stdin.take().unwrap();
    for part in 0..=parts {
        assert_eq!(lines.next().unwrap().unwrap(), "part");
        if part < parts {
            answers.write_all(b"y").unwrap();
        }
    }
    // Another process does not compress meanwhile, and does not remove the file aside, which counts towards the budget.
    let directory = Directory::open(home.path()).unwrap();
    let run = || {
        compress(&directory, OsStr::new(SEGMENT), LogKind::Debug, &mut |_| {
            true
        })
        .unwrap()
    };
    assert_eq!(run(), Compressed::InUse);
    let aside = home.path().join(COMPRESSION_FILE);
    let logs = [RetainedLog {
        naming: Naming::stamped(home.path().to_path_buf()),
        kind: LogKind::Debug,
    }];
    prune(&logs, 64 << 20).unwrap();
    let bytes = fs::metadata(&aside).unwrap().len();
    assert!(bytes > 0 && listing(&logs).unwrap().others >= bytes);

    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read(&segment).unwrap(), text());
    assert!(aside.exists() && !compressed_path(&segment).exists());
    // The next pruning removes what the process has left, and the next compression succeeds.
    prune(&logs, 64 << 20).unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    assert!(matches!(run(), Compressed::Yes { .. }));
    let mut read = Vec::new();
    let mut file = open_compressed(&segment).unwrap().unwrap();
    file.read_to_end(&mut read).unwrap();
    assert_eq!(read, text());
}
