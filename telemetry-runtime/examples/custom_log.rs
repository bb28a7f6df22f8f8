//! A log of the host's own, beside those of telemetry and under one budget with them:
//!
//!     cargo run -p telemetry-runtime --features enabled --example custom_log
//!
//! The program prints that log:
//!
//! ```text
//! {"ts":"…","type":"header",…}
//! {"ts":"…","type":"event","name":"billing.charged",…"fields":{"customer":"ada","cents":120}}
//! {"ts":"…","type":"event","name":"billing.refused",…"level":"warn",…"fields":{"customer":"bob","reason":"limit"}}
//! ```

use std::error::Error;
use std::fs;

use telemetry_runtime::{Config, telemetry_event};

/// The part of `config.toml` that a user writes. Every log can have filters of its own.
const CONFIG: &str = r#"
[telemetry]
enabled = true
max_total_bytes = 10485760

[telemetry.logs.billing]
file = "billing.jsonl"
include = ["billing.*"]
"#;

fn charge(customer: &str, cents: u32) {
    if cents > 1_000 {
        telemetry_event!(
            "billing.refused",
            log = "billing",
            level = "warn",
            customer,
            reason = "limit"
        );
    } else {
        telemetry_event!("billing.charged", log = "billing", customer, cents);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    fs::write(home.path().join("config.toml"), CONFIG)?;
    let config = Config::load(home.path())?;
    let billing_log = config.log_dir().join("billing.jsonl");
    let telemetry = telemetry_runtime::init(config)?;

    charge("ada", 120);
    charge("bob", 5_000);

    drop(telemetry);
    print!("{}", fs::read_to_string(billing_log)?);
    Ok(())
}
