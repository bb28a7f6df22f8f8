//! A session that continues in a later process:
//!
//!     cargo run -p telemetry-runtime --features enabled --example resume
//!
//! The program runs itself again, with the id of the session. Both print the totals that they see:
//!
//! ```text
//! first process: 2 requests, 40 tokens
//! second process: 3 requests, 60 tokens
//! ```

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, SessionId, session_usage};

#[session_usage(model = "gpt-5-mini")]
fn complete(number: u32) -> Value {
    let usage = json!({"prompt_tokens": 15, "completion_tokens": 5, "total_tokens": 20});
    json!({"object": "chat.completion", "id": format!("chatcmpl-{number}"), "usage": usage})
}

fn print_totals(process: &str, session: &Session) {
    let totals = session.snapshot().totals;
    println!(
        "{process} process: {} requests, {} tokens",
        totals.answered, totals.total_tokens
    );
}

fn first_process(home: &Path) -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_runtime::init(Config::at(home).with_enabled(Some(true)))?;
    let session = Session::start();
    complete(1);
    complete(2);
    print_totals("first", &session);
    drop(telemetry);
    let again = Command::new(env::current_exe()?)
        .arg(home)
        .arg(session.id().to_string())
        .status()?;
    assert!(again.success());
    Ok(())
}

/// `resume` reads the earlier requests from the session log, its closed segments and the sums of removed ones.
fn second_process(home: &Path, id: SessionId) -> Result<(), Box<dyn Error>> {
    let _telemetry = telemetry_runtime::init(Config::at(home).with_enabled(Some(true)))?;
    let session = Session::resume(id)?;
    complete(3);
    print_totals("second", &session);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [home, id] => second_process(&PathBuf::from(home), id.parse()?),
        _ => first_process(tempfile::tempdir()?.path()),
    }
}
