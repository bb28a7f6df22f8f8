//! `descriptors HOME WORD…`: a host that closes or replaces the descriptors of its process as daemons do, and opens files of
//! its own at the numbers that telemetry had. It prints the state of its own files, one per line.
//!
//! | word | effect |
//! |---|---|
//! | `daemonize` | forks twice before, as a daemon does, and continues in the grandchild |
//! | `start-in-child` | with `daemonize`: records and flushes in the grandchild before it closes anything |
//! | `fork-after` | forks after the files were opened; the child ends without a record |
//! | `own-log` | opens the debug log of this launch to read, in place of files of its own |
//! | `dup` | puts a file of its own at the number of each open descriptor, instead of closing |
//! | `drop` | drops telemetry at the end |

use std::fs::{self, File, Permissions};
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telemetry_runtime::{Config, Telemetry, telemetry_span};
use writer_tests::os::{self, Side};

#[telemetry_span("descriptors.work", fields(n))]
fn work(n: u64) {
    std::hint::black_box(n);
}

fn record(telemetry: &Telemetry, numbers: std::ops::Range<u64>) {
    for n in numbers {
        work(n);
        telemetry_runtime::record_usage(&serde_json::json!({
            "id": format!("chatcmpl-{}-{n}", std::process::id()),
            "model": "m",
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        }));
        let written = writeln!(telemetry.tui_log(), "line {n}");
        written.expect("writing never fails");
        assert!(telemetry.flush(Duration::from_mins(1)));
    }
}

const TEXT: &str = "the host's data";

fn open_own(path: &Path) -> File {
    let mut options = File::options();
    let mut file = options
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(path)
        .expect("room");
    file.write_all(TEXT.as_bytes()).expect("room");
    file.set_permissions(Permissions::from_mode(0o644))
        .expect("ours");
    file
}

/// Describes a file of the host.
fn state(path: &Path, file: &mut File) -> String {
    let is_open = os::is_open(file.as_raw_fd());
    let mut text = String::new();
    if is_open {
        file.rewind().expect("a file");
        file.read_to_string(&mut text).expect("text");
    }
    let mode = fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let is_intact = text == TEXT;
    format!("open={is_open} mode={mode:o} intact={is_intact}")
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let home = PathBuf::from(&words[0]);
    let has = |word: &str| words[1..].iter().any(|found| found == word);
    let config = Config::load(&home).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let _session = telemetry_runtime::Session::start();
    record(&telemetry, 0..1);
    let logs = telemetry.files();
    if has("daemonize") {
        for _ in 0..2 {
            if let Side::Parent(child) = os::fork() {
                // Until the child has ended, so that the test sees the end of all of them.
                std::process::exit(os::wait(child));
            }
        }
        if has("start-in-child") {
            record(&telemetry, 0..1);
        }
    }
    let mut files: Vec<(PathBuf, File)> = Vec::new();
    if has("dup") {
        let path = home.join("own");
        let own = open_own(&path);
        for number in os::open_descriptors() {
            if number > 2 && number != own.as_raw_fd() {
                files.push((path.clone(), os::put_at(&own, number)));
            }
        }
    } else {
        os::close_above_standard();
        for at in 0..6 {
            let path = home.join(format!("own-{at}"));
            files.push((path.clone(), open_own(&path)));
        }
    }
    let mut of_log = Vec::new();
    if has("own-log") {
        for (_, file) in files.drain(..) {
            drop(file);
        }
        of_log = logs
            .iter()
            .map(|log| File::open(log).expect("ours"))
            .collect();
    }
    if has("fork-after")
        && let Side::Parent(child) = os::fork()
    {
        assert_eq!(os::wait(child), 0);
    } else if has("fork-after") {
        report(&mut files, &of_log);
        os::exit_without_handlers();
    }
    record(&telemetry, 1..4);
    let health = telemetry.health();
    println!("lost={} error={:?}", health.lost, health.last_error);
    if has("drop") {
        drop(telemetry);
    } else {
        std::mem::forget(telemetry);
    }
    report(&mut files, &of_log);
    println!("end");
    std::mem::forget((files, of_log));
}

fn report(files: &mut [(PathBuf, File)], of_log: &[File]) {
    let mut output = std::io::stdout();
    for (path, file) in files {
        let line = state(path, file);
        writeln!(output, "{line}").expect("the test reads");
    }
    for file in of_log {
        writeln!(output, "open={}", os::is_open(file.as_raw_fd())).expect("the test reads");
    }
}
