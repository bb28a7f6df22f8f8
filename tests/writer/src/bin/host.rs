//! A host that executes the commands of its standard input: one command and one answer per line.

use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, Telemetry, telemetry_span};
use writer_tests::os;

#[telemetry_span("host.work", fields(n))]
fn work(n: u64) {
    std::hint::black_box(n);
}

struct State {
    telemetry: Telemetry,
    next: u64,
    /// Files that take all free descriptors of the process.
    hoard: Vec<File>,
}

impl State {
    /// Records one request.
    fn turn(&mut self) {
        let turn = self.next;
        self.next += 1;
        telemetry_runtime::record_usage(&serde_json::json!({
            "id": format!("chatcmpl-{turn}"),
            "model": "vercel/deepseek-v3.2",
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        }));
    }

    fn obey(&mut self, command: &str) -> String {
        let (verb, argument) = command.split_once(' ').unwrap_or((command, ""));
        match verb {
            "spans" => {
                for _ in 0..argument.parse::<u64>().unwrap_or(1) {
                    work(self.next);
                    self.next += 1;
                }
                self.next.to_string()
            }
            "text" => {
                let result = writeln!(self.telemetry.tui_log(), "{argument}");
                format!("{result:?}")
            }
            "turn" => {
                self.turn();
                "recorded".to_owned()
            }
            "turns" => {
                for _ in 0..argument.parse::<u64>().unwrap_or_default() {
                    self.turn();
                }
                "recorded".to_owned()
            }
            // Each request is in a session of its own.
            "sessions" => {
                for _ in 0..argument.parse::<u64>().unwrap_or_default() {
                    let session = telemetry_runtime::Session::detached();
                    let _entered = session.enter();
                    self.turn();
                }
                "recorded".to_owned()
            }
            "spans-and-flush" => {
                // The writer was just woken, and finds no work.
                work(self.next);
                self.next += 1;
                self.telemetry.flush(Duration::from_secs(10)).to_string()
            }
            "flush" => self.telemetry.flush(Duration::from_secs(10)).to_string(),
            "health" => {
                let health = self.telemetry.health();
                serde_json::json!({
                    "written": health.written,
                    "bytes": health.bytes,
                    "lost": health.lost,
                    "lost_bytes": health.lost_bytes,
                    "lost_late": health.lost_late,
                    "lost_by_cause": health.lost_by_cause,
                    "queue_peak": health.queue_peak,
                    "last_error": health.last_error,
                    "rotated": health.rotated,
                    "pruned": health.pruned,
                    "caught_panics": health.caught_panics,
                })
                .to_string()
            }
            "files" => format!("{:?}", self.telemetry.files()),
            "on" | "off" => {
                self.telemetry.set_enabled(verb == "on");
                self.telemetry.is_enabled().to_string()
            }
            "limit" => {
                os::limit_file_size(argument.parse().unwrap_or(u64::MAX));
                "limited".to_owned()
            }
            "deny-limits" => {
                os::deny_limits();
                "denied".to_owned()
            }
            "hoard" => {
                self.hoard = os::exhaust_files();
                self.hoard.len().to_string()
            }
            "release" => {
                self.hoard.clear();
                "released".to_owned()
            }
            "umask" => {
                os::set_umask(u32::from_str_radix(argument, 8).unwrap_or_default());
                "set".to_owned()
            }
            "nobody" => os::drop_privileges().to_string(),
            other => format!("unknown command {other}"),
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("CODEX_HOME");
    let started = Config::load(Path::new(&home))
        .map_err(|error| error.to_string())
        .and_then(|config| telemetry_runtime::init(config).map_err(|error| error.to_string()));
    let _session = telemetry_runtime::Session::start();
    let mut state = match started {
        Ok(telemetry) => State {
            telemetry,
            next: 0,
            hoard: Vec::new(),
        },
        Err(error) => {
            println!("refused: {error}");
            return;
        }
    };
    println!("started");
    for command in std::io::stdin().lock().lines() {
        let Ok(command) = command else { break };
        match command.as_str() {
            "exit" => std::process::exit(0),
            "abort" => std::process::abort(),
            command => println!("{}", state.obey(command)),
        }
    }
}
