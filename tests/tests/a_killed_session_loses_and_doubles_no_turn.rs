//! Twelve processes take turns over one session log and are killed at any moment, some hundred times:
//! each finds every turn that its client was told of, once, whatever was rotated and folded meanwhile.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use telemetry_runtime::SessionId;
use tests::logs::check;

const PROCESSES: u8 = 12;
const KILLS: u64 = 25;

/// What a client was told of its session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Told {
    requests: u64,
    tokens: u64,
}

impl Told {
    fn with(self, tokens: u64) -> Self {
        Self {
            requests: self.requests + 1,
            tokens: self.tokens + tokens,
        }
    }
}

/// A turn that was begun, and of whose end nobody heard.
struct Unheard {
    id: String,
    tokens: u64,
}

/// Small numbers that repeat for a seed.
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

/// A child that is killed at the latest with the test.
struct Taker {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Taker {
    fn start(home: &Path, session: SessionId, name: &str, again: Option<&Unheard>) -> Self {
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
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// The next whole line; `None` where the process ended before it.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.strip_suffix('\n').map(str::to_owned)
    }

    fn resumed(&mut self) -> Told {
        let line = self.line().expect("what it knows of its session");
        let (requests, tokens) = line.split_once(' ').unwrap();
        Told {
            requests: requests.parse().unwrap(),
            tokens: tokens.parse().unwrap(),
        }
    }

    fn took(&mut self) -> Option<u64> {
        let line = self.line()?;
        Some(line.strip_prefix("took ").unwrap().parse().unwrap())
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        // An error says that it is dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One client, whose process is killed again and again.
fn client(home: &Path, process: u8, retries: bool) {
    let session = SessionId::from_bytes([process + 1; 16]);
    let mut numbers = Numbers(process.into());
    let mut told = Told::default();
    let mut unheard: Option<Unheard> = None;
    for kill in 0..=KILLS {
        let name = format!("{process}-{kill}");
        let again = unheard.as_ref().filter(|_| retries);
        let mut taker = Taker::start(home, session, &name, again);
        let found = taker.resumed();
        let also = unheard.as_ref().map(|unheard| told.with(unheard.tokens));
        assert!(
            found == told || Some(found) == also,
            "{name}: told {told:?}, found {found:?}, unheard of {:?}",
            unheard.as_ref().map(|unheard| unheard.tokens)
        );
        if let (true, Some(unheard)) = (retries, unheard.take()) {
            // Once, whether it was recorded or not; told only when the call has returned.
            told = match taker.took() {
                Some(_) => told.with(unheard.tokens),
                None => panic!("{name} ended by itself"),
            };
        } else {
            told = found;
        }
        let turns = numbers.below(40);
        let mut last = 0;
        while last < turns {
            last = taker.took().expect("nobody killed it yet");
            told = told.with(last);
        }
        taker.child.kill().unwrap();
        // What it said before it died, whoever reads it.
        while let Some(turn) = taker.took() {
            last = turn;
            told = told.with(turn);
        }
        unheard = Some(Unheard {
            id: format!("{name}-{}", last + 1),
            tokens: last + 1,
        });
    }
}

/// Runs all clients in a home with that budget, and gives its log files.
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
    let mut names = Vec::new();
    for entry in fs::read_dir(home.path().join("logs")).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        for line in fs::read_to_string(&path).unwrap_or_default().lines() {
            // A process may die in the middle of a write.
            if let Ok(record) = serde_json::from_str(line) {
                check(&path.to_string_lossy(), &record);
            }
        }
    }
    names
}

fn count(names: &[String], part: &str) -> usize {
    names.iter().filter(|name| name.contains(part)).count()
}

#[test]
fn where_the_log_is_rotated_a_turn_is_sent_again_and_counts_once() {
    let names = clients(16 << 20, true);
    assert!(count(&names, "codex-litellm-session.") > 1, "{names:?}");
    assert_eq!(count(&names, "rollup"), 0, "nothing was to be folded");
}

#[test]
fn where_segments_are_folded_into_the_rollup_the_sums_stay() {
    let names = clients(1 << 20, false);
    assert_eq!(count(&names, "codex-litellm-usage-rollup"), 1, "{names:?}");
}
