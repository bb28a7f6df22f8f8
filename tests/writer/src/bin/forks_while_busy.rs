//! `forks_while_busy HOME FORKS`: threads keep every lock of the runtime busy. Meanwhile the process forks again and
//! again, and each child does everything that a host does. Prints the exit codes of children that failed: 2 to 4 for a
//! wrong result, -1 for a child that hung.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telemetry_runtime::__private_0_1_0::{Callsite, Level, SpanGuard};
use telemetry_runtime::{
    Config, Session, SessionId, SpanContext, Telemetry, Usage, note_usage, record_usage,
    session_usage, telemetry_event, telemetry_span,
};
use writer_tests::os::{self, Side};

/// The number of children that run at the same time.
const AT_ONCE: usize = 4;
/// How long a child may take on a machine that is busy with all this.
const CHILD_TIMEOUT: Duration = Duration::from_mins(1);
/// The number of call sites of a large host. Each change of the configuration applies its filters to all of them.
const REGISTERED: u64 = 5_000;

/// Threads that [`keep_busy`] starts.
const BUSY_THREADS: usize = 8;

static STOP: AtomicBool = AtomicBool::new(false);
/// The first fork is made when all threads run: while the standard library starts a thread, it holds one of its
/// locks, which would stay locked for ever in a forked child.
static STARTED: Barrier = Barrier::new(BUSY_THREADS + 1);

fn busy(mut work: impl FnMut(u64) + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        STARTED.wait();
        let mut n = 0;
        while !STOP.load(Ordering::Relaxed) {
            work(n);
            n += 1;
        }
    })
}

#[telemetry_span("busy.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

/// Returns an answer without a cost, so that the prices in force are read.
fn answer(id: &str) -> Value {
    json!({"id": id, "model": "m", "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
}

/// A request of a session that is named by its id.
#[session_usage(session = session)]
fn ask_by_id(session: SessionId, id: &str) -> Value {
    answer(id)
}

fn first_call() {
    let callsite = Callsite::span("first.call", Level::Info, "busy.rs:1");
    drop(SpanGuard::enter(Box::leak(Box::new(callsite))));
}

fn notes(n: u64) {
    let mut usage = Usage::default();
    usage.attempt = u32::try_from(n % 7 + 1).ok();
    note_usage(usage);
}

fn session_id(n: u64) -> SessionId {
    format!("0190b2b1-7c3a-7def-8123-{n:012x}")
        .parse()
        .expect("an id")
}

/// Starts threads that use everything in the runtime that has a lock.
fn keep_busy(
    telemetry: &Arc<Telemetry>,
    config: &Config,
    context: SpanContext,
    shared: &Session,
) -> Vec<std::thread::JoinHandle<()>> {
    let (switched, asked) = (Arc::clone(telemetry), Arc::clone(telemetry));
    let (on, off) = (config.clone(), config.clone().with_enabled(Some(false)));
    let (watched, recorded) = (shared.clone(), shared.clone());
    vec![
        busy(step),
        busy(|n| {
            if n.is_multiple_of(16) && n / 16 < REGISTERED {
                first_call();
            }
            drop(Session::start());
        }),
        busy(move |n| {
            let config = if n.is_multiple_of(64) { &off } else { &on };
            switched.reconfigure(config.clone());
            switched.set_enabled(true);
        }),
        busy(move |_| {
            asked.flush(Duration::ZERO);
            std::hint::black_box((asked.health(), asked.files(), asked.is_enabled()));
        }),
        busy(|n| {
            // The ids repeat, so that sessions are found in memory or in the log.
            ask_by_id(session_id(n % 16), &format!("by-id-{n}"));
            if n.is_multiple_of(64) {
                let _ = Session::find("0190b2b1");
            }
        }),
        busy(move |n| {
            let _entered = recorded.enter();
            record_usage(&answer(&format!("shared-{n}")));
            std::hint::black_box(recorded.snapshot());
        }),
        busy(move |_| {
            let mut watch = watched.watch();
            std::hint::black_box(watch.wait(Duration::from_micros(50)));
        }),
        busy(move |n| {
            let _attached = context.attach();
            notes(n);
        }),
    ]
}

/// Does everything that a host does. Returns the exit code.
fn as_a_host(telemetry: &Telemetry, config: &Config, shared: &Session, n: u64) -> i32 {
    // Another thread of the parent may have been switching telemetry off.
    telemetry.set_enabled(true);
    telemetry.reconfigure(config.clone());
    telemetry_event!("busy.child", n);
    first_call();
    notes(n);
    ask_by_id(session_id(n % 16), &format!("child-{n}-by-id"));
    let before = shared.snapshot().totals.requests;
    {
        let _entered = shared.enter();
        record_usage(&answer(&format!("child-{n}")));
    }
    let is_counted = shared.snapshot().totals.requests > before;
    shared.watch().wait(Duration::ZERO);
    drop(Session::start());
    if n.is_multiple_of(16) {
        let _ = Session::find("0190b2b1");
    }
    std::hint::black_box(telemetry.health());
    if !telemetry.flush(Duration::from_secs(30)) {
        return 2;
    }
    if !is_counted {
        return 3;
    }
    let own = format!("-{}.jsonl", std::process::id());
    let files = telemetry.files();
    let own = files
        .iter()
        .find(|file| file.to_string_lossy().ends_with(&own));
    let text = own.and_then(|file| std::fs::read_to_string(file).ok());
    let wanted = format!("\"fields\":{{\"n\":{n}}}");
    i32::from(!text.is_some_and(|text| text.contains(&wanted))) * 4
}

struct Child {
    process: i32,
    deadline: Instant,
}

/// Waits for the end of a child, and returns its exit code; -1 if it hung.
fn ended(children: &mut Vec<Child>) -> i32 {
    loop {
        for at in 0..children.len() {
            let child = &children[at];
            let hung = Instant::now() > child.deadline;
            let code = os::exit_code(child.process);
            if hung && code.is_none() {
                os::kill(child.process);
            }
            if let Some(code) = code.or(hung.then_some(-1)) {
                children.swap_remove(at);
                return code;
            }
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Forks within a request, to whose scope the other threads write as well.
#[session_usage(model = "m")]
fn forks(telemetry: &Arc<Telemetry>, config: &Config, count: u64, codes: &mut Vec<i32>) -> Value {
    let shared = Session::start();
    let threads = keep_busy(telemetry, config, SpanContext::current(), &shared);
    STARTED.wait();
    let mut children = Vec::new();
    for n in 0..count {
        if children.len() == AT_ONCE {
            codes.push(ended(&mut children));
        }
        // Further children would fail in the same way.
        if codes.iter().any(|code| *code != 0) {
            break;
        }
        match os::fork() {
            Side::Parent(process) => children.push(Child {
                process,
                deadline: Instant::now() + CHILD_TIMEOUT,
            }),
            Side::Child => {
                let code = as_a_host(telemetry, config, &shared, n);
                if code == 0 && n.is_multiple_of(2) {
                    telemetry.set_enabled(false);
                }
                std::process::exit(code);
            }
        }
    }
    while !children.is_empty() {
        codes.push(ended(&mut children));
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("no panic");
    }
    answer("forks")
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("home");
    let count = arguments.next().and_then(|count| count.parse().ok());
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = Arc::new(telemetry_runtime::init(config.clone()).expect("telemetry starts"));
    let mut codes = Vec::new();
    forks(&telemetry, &config, count.expect("a number"), &mut codes);
    let wrong: Vec<i32> = codes.iter().copied().filter(|code| *code != 0).collect();
    println!("{} {wrong:?}", codes.len());
}
