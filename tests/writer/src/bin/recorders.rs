//! Records requests on several threads until it is killed, and confirms each on standard output after it was recorded:
//! `recorders HOME THREADS`. For `scripts/stress-writer`.

use std::io::Write;
use std::path::Path;
use std::thread;

use telemetry_runtime::{Config, Session, telemetry_span};

#[telemetry_span("stress.work", fields(n))]
fn work(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("CODEX_HOME");
    let threads: u64 = arguments
        .next()
        .and_then(|threads| threads.parse().ok())
        .expect("the number of threads");
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let process = std::process::id();
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let session = Session::detached();
                let _entered = session.enter();
                for request in 0_u64.. {
                    work(request);
                    telemetry_runtime::record_usage(&serde_json::json!({
                        "id": format!("chatcmpl-{process}-{thread}-{request}"),
                        "model": "vercel/deepseek-v3.2",
                        "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
                    }));
                    // One write, so that a line is whole. The reader ends when it closes the pipe.
                    let line = format!("{thread} {request}\n");
                    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    drop(telemetry);
}
