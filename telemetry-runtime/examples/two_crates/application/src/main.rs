//! An application and a library, both annotated. The application decides whether telemetry is compiled in:
//!
//!     cargo run -p example-application
//!     cargo run -p example-application --no-default-features
//!
//! The first command prints the spans of both crates, as lines of the debug log:
//!
//! ```text
//! HELLO
//! {"ts":"…","type":"header",…}
//! {"ts":"…","type":"span","name":"client.ask",…"parent":…,…"outcome":"ok",…"fields":{"model":"gpt-5-mini","bytes":5}}
//! {"ts":"…","type":"span","name":"agent.turn",…"outcome":"ok",…}
//! ```
//!
//! The second command prints the answer alone:
//!
//! ```text
//! HELLO
//! ```

use std::error::Error;
use std::fs;

use telemetry_runtime::{Config, Session, telemetry_span};

#[telemetry_span("agent.turn", root)]
fn turn(prompt: &str) -> Result<String, String> {
    Ok(example_library::ask("gpt-5-mini", prompt)?.text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config)?;
    let _session = Session::start();
    let files = telemetry.files();

    println!("{}", turn("hello")?);

    drop(telemetry);
    // A build without telemetry has an empty list.
    if let Some(debug_log) = files.first() {
        print!("{}", fs::read_to_string(debug_log)?);
    }
    Ok(())
}
