//! The speed of the reader `telemetry`, compared with a search for line ends in its input and with
//! `ccusage` on logs of ccusage's own.
//!
//! `cargo bench -p benches --bench reader -- [MB] [--ccusage] [WORD…]` reads 1000 MB of each log by
//! default. The logs are generated once, in `reader` in the target directory. `--ccusage` installs ccusage from npm
//! into that directory. With words, only the commands that contain one of them are measured.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const SESSIONS: u64 = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let size = arguments
        .iter()
        .find_map(|argument| argument.parse::<u64>().ok())
        .unwrap_or(1000)
        * 1_000_000;
    let target = target_directory()?;
    let telemetry = build(&target)?;
    let directory = target.join("reader");
    let home = directory.join("home");
    create_directory(&home.join("logs"))?;
    let session = home.join("logs/codex-litellm-session.jsonl");
    let debug = home.join("logs/20261122T185400Z-4242.jsonl");
    generate(&session, size, request)?;
    generate(&debug, size, span)?;
    println!(
        "{:<28} {:>8} {:>10} {:>10} {:>10}",
        "", "MB/s", "x memchr", "CPU x", "memory MB"
    );

    let words: Vec<&String> = arguments
        .iter()
        .filter(|word| !word.starts_with('-') && word.parse::<u64>().is_err())
        .collect();
    let wanted =
        |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let (requests, spans, both) = ([&*session], [&*debug], [&*session, &*debug]);
    let cases: [(&[&Path], &str); 15] = [
        (&requests, "usage -j"),
        (&requests, "usage session -j"),
        (&requests, "usage model -j --breakdown"),
        (&requests, "sessions -j"),
        (&spans, "spans --top -j"),
        (&spans, "spans -j"),
        (&spans, "spans --all --slow 1s -j"),
        (&both, "tail -j"),
        (&both, "tail -j --since 2026-11-01"),
        (&both, "diff 2026-11-02 2026-11-03 -j"),
        (&both, "doctor -j"),
        (&requests, "export csv --of usage"),
        (&spans, "export csv --of spans"),
        (&spans, "export folded"),
        (&both, "export otlp"),
    ];
    for (logs, command) in cases.iter().filter(|(_, command)| wanted(command)) {
        measure(command, logs, &telemetry, &home)?;
    }

    let small = directory.join("small");
    create_directory(&small.join("logs"))?;
    let log = small.join("logs/codex-litellm-session.jsonl");
    generate(&log, 100 * 1024 * 1024, request)?;
    if wanted("status") {
        measure("status", &[&log], &telemetry, &small)?;
    }

    if arguments.iter().any(|argument| argument == "--ccusage") {
        ccusage(&directory, size, &telemetry, &session)?;
    }
    Ok(())
}

/// Returns an error that names the path.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn create_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path).map_err(|error| at(path, &error))
}

/// Returns the directory in which cargo has built this program, which `CARGO_TARGET_DIR` may have chosen.
fn target_directory() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    // TARGET/release/deps/reader-0123456789abcdef
    let target = program.ancestors().nth(3);
    target.map(Path::to_owned).ok_or_else(|| {
        at(
            &program,
            &io::Error::other("is not in a directory of cargo's"),
        )
    })
}

fn build(target: &Path) -> io::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "-p", "telemetry-cli", "--target-dir"])
        .arg(target)
        .status()?;
    if !status.success() {
        return Err(io::Error::other("the reader does not build"));
    }
    let program = target.join("release/telemetry");
    program.canonicalize().map_err(|error| at(&program, &error))
}

/// Writes lines until the file has `size` bytes, unless it exists with that size.
fn generate(path: &Path, size: u64, line: impl Fn(u64) -> String) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|there| (size..size + 1000).contains(&there.len())) {
        return Ok(());
    }
    let mut file = BufWriter::new(File::create(path).map_err(|error| at(path, &error))?);
    let (mut written, mut count) = (0, 0);
    while written < size {
        count += 1;
        let line = line(count);
        file.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    file.flush()?;
    println!("{count} lines in {}", path.display());
    Ok(())
}

fn time(at: u64) -> String {
    let (day, second) = (1 + at / 400_000 % 28, at / 5 % 86_400);
    format!(
        "2026-11-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        at * 7 % 1_000_000
    )
}

fn session(at: u64) -> String {
    format!("019ab2b1-7c3a-7def-8123-{:012}", at / 1000 % SESSIONS)
}

/// Returns a session record of about 200 bytes, with few optional keys.
fn request(at: u64) -> String {
    format!(
        "{{\"ts\":\"{}\",\"v\":1,\"session_id\":\"{}\",\"turn\":{},\"request_id\":\"c-{at}\",\"model\":\"m{}\",\"prompt_tokens\":{},\"completion_tokens\":{},\"outcome\":\"ok\",\"latency_ms\":{}}}\n",
        time(at),
        session(at),
        at % 1000 + 1,
        at % 7,
        at * 31 % 20_000,
        at * 17 % 900,
        at * 13 % 9_000,
    )
}

/// Returns a span of a turn of ten spans. The children precede the parent, in the order of their
/// ends.
fn span(at: u64) -> String {
    let (turn, place) = (at / 10, at % 10);
    let root = turn * 10 + 10;
    let id = if place == 9 {
        root
    } else {
        turn * 10 + place + 1
    };
    let parent = if place == 9 {
        String::new()
    } else {
        format!(",\"parent\":{root}")
    };
    format!(
        "{{\"ts\":\"{}\",\"type\":\"span\",\"name\":\"model.step{place}\",\"id\":{id}{parent},\"thread\":\"main\",\"dur_ns\":{},\"outcome\":\"ok\",\"session_id\":\"{}\",\"src\":\"a.rs:{place}\",\"fields\":{{\"count\":{at}}}}}\n",
        time(at),
        if place == 9 {
            90_000_000
        } else {
            at * 7919 % 9_000_000
        },
        session(at),
    )
}

/// Finds all line ends, with a buffer of the reader's size, and returns the time.
fn scan(paths: &[&Path]) -> io::Result<Duration> {
    let start = Instant::now();
    let mut buffer = vec![0; 256 * 1024];
    let mut lines = 0;
    for path in paths {
        let mut file = File::open(path)?;
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            // Each line end is visited, as a reader of lines has to do.
            for at in memchr::memchr_iter(b'\n', &buffer[..read]) {
                lines += std::hint::black_box(at) | 1;
            }
        }
    }
    std::hint::black_box(lines);
    Ok(start.elapsed())
}

/// Returns the processor time of this process and that of the children that it waited for, in
/// hundredths of a second. Other processes on the machine affect it less than they affect the wall
/// time.
fn processor() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<u64> = fields
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    // utime, stime, cutime, cstime
    match fields.get(11..15) {
        Some([user, system, children, of_system]) => (user + system, children + of_system),
        _ => (0, 0),
    }
}

/// Runs a program and returns its wall time and its peak memory in KiB.
fn run(program: &Path, arguments: &[&str], home: &Path) -> io::Result<(Duration, u64)> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .env("CODEX_HOME", home)
        .env("CLAUDE_CONFIG_DIR", home)
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| at(program, &error))?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            // 1 means that the reader has findings: `doctor` reports the modes that these files have by the umask.
            if !matches!(status.code(), Some(0 | 1)) {
                let failed = format!("{arguments:?} ended with {status}");
                return Err(at(program, &io::Error::other(failed)));
            }
            return Ok((start.elapsed(), most));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn measure(command: &str, logs: &[&Path], program: &Path, home: &Path) -> io::Result<()> {
    let arguments: Vec<&str> = command.split(' ').collect();
    let mut bytes = 0;
    for log in logs {
        bytes += fs::metadata(log)?.len();
    }
    let (mut memchr, mut ours, mut most) = (Duration::MAX, Duration::MAX, 0);
    let (mut memchr_cpu, mut our_cpu) = (u64::MAX, u64::MAX);
    for _ in 0..ROUNDS {
        let (before, _) = processor();
        memchr = memchr.min(scan(logs)?);
        let (after, children) = processor();
        memchr_cpu = memchr_cpu.min(after - before);
        let (time, memory) = run(program, &arguments, home)?;
        our_cpu = our_cpu.min(processor().1 - children);
        ours = ours.min(time);
        most = most.max(memory);
    }
    let scanned = Some((memchr, memchr_cpu, our_cpu));
    row(command, bytes, ours, scanned, most);
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the figures are printed as rounded megabytes"
)]
fn row(name: &str, bytes: u64, time: Duration, scanned: Option<(Duration, u64, u64)>, most: u64) {
    let seconds = time.as_secs_f64();
    let (wall, cpu) = scanned.map_or(("-".to_owned(), "-".to_owned()), |(memchr, cpu, ours)| {
        (
            format!("{:.2}", seconds / memchr.as_secs_f64()),
            format!("{:.2}", ours as f64 / cpu.max(1) as f64),
        )
    });
    println!(
        "{name:<28} {:>8.0} {wall:>10} {cpu:>10} {:>10.0}",
        bytes as f64 / 1e6 / seconds,
        most as f64 / 1024.0
    );
}

/// The last version with a Linux program on npm. The package itself is a script that starts the
/// program.
const CCUSAGE: &str = "ccusage@20.0.24";
const CCUSAGE_PROGRAM: &str = "node_modules/@ccusage/ccusage-linux-x64/bin/ccusage";

/// Measures ccusage on `size` bytes of Claude Code's records, alternating with `usage`.
#[expect(clippy::cast_precision_loss, reason = "the result is a rounded ratio")]
fn ccusage(
    directory: &Path,
    size: u64,
    telemetry: &Path,
    requests: &Path,
) -> Result<(), Box<dyn Error>> {
    let prefix = directory.join("npm");
    let installed = Command::new("npm")
        .args(["install", "--silent", "--prefix"])
        .arg(&prefix)
        .arg(CCUSAGE)
        .status()
        .map_err(|error| at(Path::new("npm"), &error))?;
    if !installed.success() {
        return Err("npm cannot install ccusage".into());
    }
    // The first run of the script makes the program executable.
    let script = prefix.join("node_modules/.bin/ccusage");
    Command::new(&script)
        .arg("--version")
        .output()
        .map_err(|error| at(&script, &error))?;
    let program = prefix.join(CCUSAGE_PROGRAM);
    let program = program
        .canonicalize()
        .map_err(|error| at(&program, &error))?;
    let claude = directory.join("claude");
    create_directory(&claude.join("projects/p"))?;
    let log = claude.join("projects/p/019ab2b1-7c3a-7def-8123-456789abcdef.jsonl");
    let tokens = |at: u64| (at * 31 % 20_000, at * 17 % 900);
    generate(&log, size, |at| {
        let (input, output) = tokens(at);
        // ccusage ignores times with microseconds.
        let ms = &time(at)[..23];
        format!(
            "{{\"type\":\"assistant\",\"timestamp\":\"{ms}Z\",\"sessionId\":\"{}\",\"version\":\"1.0.0\",\"requestId\":\"req_{at}\",\"message\":{{\"id\":\"msg_{at}\",\"model\":\"claude-sonnet-4-20250514\",\"usage\":{{\"input_tokens\":{input},\"output_tokens\":{output},\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0}}}},\"costUSD\":0.001}}\n",
            session(at),
        )
    })?;
    let arguments = ["daily", "--json", "--offline"];
    let answer = Command::new(&program)
        .args(arguments)
        .env("CLAUDE_CONFIG_DIR", &claude)
        .output()?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
    let lines = memchr::memchr_iter(b'\n', &fs::read(&log)?).count() as u64;
    let expected: u64 = (1..=lines).map(|at| tokens(at).0 + tokens(at).1).sum();
    if answer["totals"]["totalTokens"] != expected {
        return Err(format!("ccusage has not read all records: {}", answer["totals"]).into());
    }
    let home = directory.join("home");
    let (mut theirs, mut ours) = ((Duration::MAX, 0), (Duration::MAX, 0));
    for _ in 0..ROUNDS {
        for (best, (time, memory)) in [
            (&mut theirs, run(&program, &arguments, &claude)?),
            (&mut ours, run(telemetry, &["usage", "-j"], &home)?),
        ] {
            best.0 = best.0.min(time);
            best.1 = best.1.max(memory);
        }
    }
    let (their_size, our_size) = (fs::metadata(&log)?.len(), fs::metadata(requests)?.len());
    row(
        "ccusage, its own logs",
        their_size,
        theirs.0,
        None,
        theirs.1,
    );
    row("usage, alternating with it", our_size, ours.0, None, ours.1);
    let rate = |size: u64, time: Duration| size as f64 / time.as_secs_f64();
    println!(
        "usage reads {:.1} times as many bytes in a second as ccusage",
        rate(our_size, ours.0) / rate(their_size, theirs.0)
    );
    Ok(())
}
