//! Starts telemetry in a home, records requests, and prints how long the calls took and when the directory was within its
//! budget: `budget_turns HOME TURNS [SESSIONS [THREADS]]`. With `one` as SESSIONS, each request is in a session of its own.
//! `scripts/budget-figures` runs it over directories of several kinds.
//!
//! The time of a call includes the time in which the kernel does not run its thread. Therefore the time that a thread was ready
//! to run and did not run is subtracted from each call (Linux). Each thread also appends lines of a similar length to one file
//! under one lock, and the times of these writes are printed beside those of the calls.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_runtime::{Config, Session};

/// Returns what the files of a directory count towards the budget.
fn counted(directory: &Path) -> u64 {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".jsonl") || name.ends_with(".log") || name.ends_with(".new")
        })
        .filter_map(|entry| entry.metadata().ok())
        .filter(|metadata| metadata.nlink() > 0)
        .map(|metadata| metadata.len().next_multiple_of(4096))
        .sum()
}

/// The time that the calling thread was ready to run and did not run.
struct RunDelay(Option<File>);

impl RunDelay {
    fn of_this_thread() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    fn now(&self) -> Duration {
        let mut text = [0; 64];
        let read = self
            .0
            .as_ref()
            .map_or(0, |file| file.read_at(&mut text, 0).unwrap_or_default());
        let text = String::from_utf8_lossy(&text[..read]);
        let nanos = text.split(' ').nth(1).and_then(|nanos| nanos.parse().ok());
        Duration::from_nanos(nanos.unwrap_or_default())
    }
}

/// The times of many calls.
#[derive(Default)]
struct Times {
    all: Vec<Duration>,
    /// The times without the time in which the kernel did not run the thread.
    running: Vec<Duration>,
}

impl Times {
    fn measure(&mut self, delay: &RunDelay, call: impl FnOnce()) {
        let waited = delay.now();
        let begin = Instant::now();
        call();
        let took = begin.elapsed();
        let waited = delay.now().saturating_sub(waited);
        self.all.push(took);
        self.running.push(took.saturating_sub(waited));
    }

    fn add(&mut self, other: Self) {
        self.all.extend(other.all);
        self.running.extend(other.running);
    }

    fn print(mut self, what: &str) {
        let over = |times: &[Duration]| {
            let limit = Duration::from_millis(5);
            times.iter().filter(|time| **time > limit).count()
        };
        self.all.sort_unstable();
        self.running.sort_unstable();
        let median = self
            .all
            .get(self.all.len() / 2)
            .copied()
            .unwrap_or_default();
        let worst = self.all.last().copied().unwrap_or_default();
        let running = self.running.last().copied().unwrap_or_default();
        println!(
            "    {what}: median {median:.2?}, worst {worst:.2?}, {} over 5 ms; while the thread was run: worst {running:.2?}, {} \
             over 5 ms",
            over(&self.all),
            over(&self.running)
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("CODEX_HOME");
    let turns: u64 = arguments
        .next()
        .and_then(|turns| turns.parse().ok())
        .expect("the number of requests");
    let is_one = arguments.next().is_some_and(|sessions| sessions == "one");
    let threads: u64 = arguments
        .next()
        .and_then(|threads| threads.parse().ok())
        .unwrap_or(1);
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let (directory, budget) = (config.log_dir(), config.max_total_bytes());
    let before = Instant::now();
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let init = before.elapsed();
    let started = Instant::now();
    let session = Session::start();
    let largest = AtomicU64::new(0);
    let bare = OpenOptions::new()
        .create(true)
        .append(true)
        .open(Path::new(&home).join("bare"));
    let bare = Mutex::new(bare.expect("a file"));
    let record = |thread: u64| {
        let delay = RunDelay::of_this_thread();
        let (mut calls, mut writes) = (Times::default(), Times::default());
        for turn in 0..turns / threads {
            let answer = serde_json::json!({
                "id": format!("chatcmpl-{}-{thread}-{turn}", std::process::id()),
                "model": "vercel/deepseek-v3.2",
                "usage": {"prompt_tokens": 1180, "completion_tokens": 212, "total_tokens": 1392},
            });
            let of_turn = if is_one {
                Session::detached()
            } else {
                session.clone()
            };
            calls.measure(&delay, || {
                let _entered = of_turn.enter();
                telemetry_runtime::record_usage(&answer);
            });
            writes.measure(&delay, || {
                let mut bare = bare.lock().expect("no thread panics");
                bare.write_all(&[b'x'; 350]).expect("a write");
            });
            if thread == 0 && turn % 512 == 0 {
                largest.fetch_max(counted(&directory), Ordering::Relaxed);
            }
        }
        (calls, writes)
    };
    let (mut calls, mut writes) = (Times::default(), Times::default());
    thread::scope(|scope| {
        let record = &record;
        let running: Vec<_> = (0..threads)
            .map(|it| scope.spawn(move || record(it)))
            .collect();
        for thread in running {
            let (of_calls, of_writes) = thread.join().expect("a thread");
            calls.add(of_calls);
            writes.add(of_writes);
        }
    });
    let recorded = started.elapsed();
    let mut within = None;
    while within.is_none() && started.elapsed() < Duration::from_mins(2) {
        if counted(&directory) <= budget + budget / 8 {
            within = Some(started.elapsed());
        } else {
            thread::sleep(Duration::from_millis(5));
        }
    }
    let health = telemetry.health();
    println!(
        "    init {init:.2?}, {turns} requests of {threads} threads in {recorded:.2?}, largest {}, within the budget after \
         {within:.2?}, {} bytes left, lost {}, pruned {}, {:?}",
        largest.into_inner(),
        counted(&directory),
        health.lost,
        health.pruned,
        health.last_error
    );
    calls.print("calls");
    writes.print("bare writes");
}
