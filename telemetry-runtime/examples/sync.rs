//! Spans, fields and events of functions that are not async:
//!
//!     cargo run -p telemetry-runtime --features enabled --example sync
//!
//! The program prints its debug log. `…` stands for text that differs from run to run:
//!
//! ```text
//! {"ts":"…","type":"header",…}
//! {"ts":"…","type":"event","name":"model_selection.preset",…"fields":{"slug":"gpt-5-mini","number":0}}
//! {"ts":"…","type":"event","name":"model_selection.preset",…"fields":{"slug":"deepseek-v3","number":1}}
//! {"ts":"…","type":"span","name":"model_selection.load",…"outcome":"ok",…}
//! {"ts":"…","type":"span","name":"model_selection.open",…"outcome":"err","error":"no preset is named o3",…"fields":{"wanted":"o3","presets":2}}
//! ```

use std::error::Error;
use std::fs;

use telemetry_runtime::{Config, record, telemetry_event, telemetry_span};

#[telemetry_span("model_selection.load")]
fn load_presets() -> Vec<&'static str> {
    let presets = vec!["gpt-5-mini", "deepseek-v3"];
    for (number, slug) in presets.iter().enumerate() {
        telemetry_event!("model_selection.preset", slug = %slug, number);
    }
    presets
}

/// No argument is recorded unless it is named. `err` stores the text of the error.
#[telemetry_span("model_selection.open", fields(wanted), err)]
fn open_model_popup(wanted: &str) -> Result<usize, String> {
    let presets = load_presets();
    record!(presets = presets.len());
    let found = presets.iter().position(|slug| *slug == wanted);
    found.ok_or_else(|| format!("no preset is named {wanted}"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    // A real program calls `Config::load_or_default(&telemetry_runtime::codex_home(), …)`.
    let config = Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config)?;
    let debug_log = telemetry.files().remove(0);

    _ = open_model_popup("o3");

    // Records are in the file within 10 ms. Dropping the value writes them at once.
    drop(telemetry);
    print!("{}", fs::read_to_string(debug_log)?);
    Ok(())
}
