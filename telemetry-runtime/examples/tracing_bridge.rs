//! A program full of `tracing` that joins telemetry without a rewrite:
//!
//!     cargo run -p telemetry-runtime --features enabled,tracing --example tracing_bridge
//!
//! The program prints its two logs: the records of the debug log, in which spans of `#[instrument]` and of
//! `#[telemetry_span]` are one tree, and the lines of the TUI log. `…` stands for text that differs from run to run:
//!
//! ```text
//! …/logs/….jsonl:
//! {"ts":"…","type":"header",…}
//! {…"type":"event","name":"tracing_bridge.client",…"parent":2,…{"message":"authenticating","length":12}}
//! {…"type":"event","name":"tracing_bridge.client",…"parent":2,…{"message":"connected","host":"llm.example.org"}}
//! {…"type":"event","name":"tracing_bridge.parser",…"parent":3,…{"message":"parsed","text":"{}"}}
//! {…"type":"span","name":"model.parse","id":3,"parent":2,…"outcome":"ok",…}
//! {…"type":"span","name":"tracing_bridge.client.connect","id":2,"parent":1,…"outcome":"ok",…}
//! {…"type":"event","name":"tracing_bridge.client",…"parent":4,…,"authorization":"[redacted]"}}
//! {…"type":"event","name":"tracing_bridge.client","level":"error","parent":4,…}
//! {…"type":"span","name":"tracing_bridge.client.send","id":4,"parent":1,…"outcome":"err",…}
//! {…"type":"span","name":"model.request","id":1,…"outcome":"ok",…}
//!
//! …/logs/codex-tui.log:
//! … INFO telemetry: log of tracing_bridge, pid …
//! … INFO tracing_bridge::client: connected host="llm.example.org"
//! … WARN tracing_bridge::client: the server closed the connection bytes=512 authorization="[redacted]"
//! …ERROR tracing_bridge::client: …
//!
//! ```

use std::error::Error;
use std::fs;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_span};
use tracing::{debug, info, instrument, warn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The code of the program before telemetry: nothing in it changes.
mod client {
    use super::{debug, info, instrument, warn};

    #[instrument(skip(api_key))]
    pub(super) fn connect(host: &str, api_key: &str) {
        debug!(length = api_key.len(), "authenticating");
        info!(host, "connected");
        super::parse("{}");
    }

    #[instrument(err)]
    pub(super) fn send(bytes: usize) -> Result<(), std::fmt::Error> {
        warn!(
            bytes,
            authorization = "Basic YWRhOmxvdmVsYWNl",
            "the server closed the connection"
        );
        Err(std::fmt::Error)
    }
}

#[telemetry_span("model.request", fields(model))]
fn request(model: &str) {
    client::connect("llm.example.org", "not recorded");
    _ = client::send(512);
}

#[telemetry_span("model.parse", fields(bytes = text.len()))]
fn parse(text: &str) {
    debug!(target: "tracing_bridge::parser", text, "parsed");
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = std::env::temp_dir().join(format!("tracing-bridge-{}", std::process::id()));
    fs::create_dir_all(&home)?;
    let table = "[telemetry]\nenabled = true\n\
                 [telemetry.logs.debug]\ntargets = ['tracing_bridge=debug', 'hyper=warn']\n\
                 [telemetry.logs.tui]\nfilter = 'info'\n";
    fs::write(home.join("config.toml"), table)?;
    let telemetry = telemetry_runtime::init(Config::load(&home)?)?;
    // Other layers, such as `tracing_subscriber::fmt::layer()`, go beside it.
    tracing_subscriber::registry()
        .with(telemetry_runtime::layer())
        .init();

    request("gpt-4o-mini");

    telemetry.flush(Duration::from_secs(1));
    for file in telemetry.files() {
        println!("{}:\n{}", file.display(), fs::read_to_string(&file)?);
    }
    drop(telemetry);
    fs::remove_dir_all(home)?;
    Ok(())
}
