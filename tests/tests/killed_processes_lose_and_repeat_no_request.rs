//! Twelve processes record requests to one session log and are killed at random times, hundreds of times.
//! Each resumed process finds every request that was confirmed to its client once, also if files were
//! rotated and folded meanwhile.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use telemetry_runtime::SessionId;
use tests::logs::check;

const PROCESSES: u8 = 12;
const KILLS: u64 = 25;

/// The requests of a session that were confirmed to the client.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Confirmed {
    requests: u64,
    tokens: u64,
}

impl Confirmed {
    fn with(self, tokens: u64) -> Self {
        Self {
            requests: self.requests + 1,
            tokens: self.tokens + tokens,
        }
    }
}

/// A request that may have been recorded, but was not confirmed before the kill.
struct Unconfirmed {
    id: String,
    tokens: u64,
}

/// A generator of small numbers that is determined by its seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        const STEP: u64 = 1_442_695_040_888_963_407;
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(STEP);
        (self.0 >> 33) % limit
    }
}

/// A process that records requests. It is killed when the value is dropped.
struct Recorder {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Recorder {
    fn start(home: &Path, session: SessionId, name: &str, again: Option<&Unconfirmed>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_takes_turns"));
        command.arg(home).arg(session.to_string()).arg(name);
        if let Some(again) = again {
            command.arg(&again.id).arg(again.tokens.to_string());
        }
        let mut child = command
            .env_remove("CODEX_TELEMETRY")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Returns the next whole line, or `None` if the process ended before it.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.strip_suffix('\n').map(str::to_owned)
    }

    fn resumed(&mut self) -> Confirmed {
        let line = self.line().expect("the totals of the session");
        let (requests, tokens) = line.split_once(' ').unwrap();
        Confirmed {
            requests: requests.parse().unwrap(),
            tokens: tokens.parse().unwrap(),
        }
    }

    fn recorded(&mut self) -> Option<u64> {
        let line = self.line()?;
        Some(line.strip_prefix("took ").unwrap().parse().unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // An error means that the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs one client, whose process is killed repeatedly.
fn client(home: &Path, process: u8, retries: bool) {
    let session = SessionId::from_bytes([process + 1; 16]);
    let mut numbers = Numbers(process.into());
    let mut confirmed = Confirmed::default();
    let mut unconfirmed: Option<Unconfirmed> = None;
    for kill in 0..=KILLS {
        let name = format!("{process}-{kill}");
        let again = unconfirmed.as_ref().filter(|_| retries);
        let mut recorder = Recorder::start(home, session, &name, again);
        let found = recorder.resumed();
        let with_unconfirmed = unconfirmed
            .as_ref()
            .map(|unconfirmed| confirmed.with(unconfirmed.tokens));
        assert!(
            found == confirmed || Some(found) == with_unconfirmed,
            "{name}: confirmed {confirmed:?}, found {found:?}, unconfirmed {:?}",
            unconfirmed.as_ref().map(|unconfirmed| unconfirmed.tokens)
        );
        if let (true, Some(unconfirmed)) = (retries, unconfirmed.take()) {
            // The repeated request counts once, whether it was recorded before or not.
            confirmed = match recorder.recorded() {
                Some(_) => confirmed.with(unconfirmed.tokens),
                None => panic!("{name} ended by itself"),
            };
        } else {
            confirmed = found;
        }
        let turns = numbers.below(40);
        let mut last = 0;
        while last < turns {
            last = recorder
                .recorded()
                .expect("the process runs until it is killed");
            confirmed = confirmed.with(last);
        }
        recorder.child.kill().unwrap();
        // The lines that the process wrote before the kill.
        while let Some(turn) = recorder.recorded() {
            last = turn;
            confirmed = confirmed.with(turn);
        }
        unconfirmed = Some(Unconfirmed {
            id: format!("{name}-{}", last + 1),
            tokens: last + 1,
        });
    }
}

/// Runs all clients in a home with this budget, and returns the names of its log files, which keep the budget.
fn clients(budget: u64, retries: bool) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let config = format!("[telemetry]\nenabled = true\nmax_total_bytes = {budget}\n");
    fs::write(home.path().join("config.toml"), config).unwrap();
    thread::scope(|scope| {
        for process in 0..PROCESSES {
            let home = home.path();
            scope.spawn(move || client(home, process, retries));
        }
    });
    let (mut names, mut total) = (Vec::new(), 0);
    for entry in fs::read_dir(home.path().join("logs")).unwrap() {
        let entry = entry.unwrap();
        total += entry.metadata().unwrap().len().next_multiple_of(4096);
        let path = entry.path();
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        for line in fs::read_to_string(&path).unwrap_or_default().lines() {
            // A process may be killed in the middle of a write.
            if let Ok(record) = serde_json::from_str(line) {
                check(&path.to_string_lossy(), &record);
            }
        }
    }
    // Each process may have a segment beyond the budget.
    let bound = budget + u64::from(PROCESSES) * budget / 8;
    assert!(total <= bound, "{total} bytes, {names:?}");
    names
}

fn count(names: &[String], part: &str) -> usize {
    names.iter().filter(|name| name.contains(part)).count()
}

#[test]
fn a_repeated_request_counts_once_while_the_log_is_rotated() {
    let names = clients(16 << 20, true);
    assert!(count(&names, "codex-litellm-session.") > 1, "{names:?}");
    assert_eq!(count(&names, "rollup"), 0, "no segment is folded");
}

#[test]
fn the_totals_stay_while_segments_are_folded() {
    let names = clients(1 << 20, false);
    assert_eq!(count(&names, "codex-litellm-usage-rollup"), 1, "{names:?}");
}
