//! A recording of the rendered screens, by a wrapper around the backend of ratatui:
//!
//!     cargo run -p telemetry-runtime --features enabled,ratatui --example screen_recording
//!
//! A real program wraps `CrosstermBackend::new(stdout())`. This one draws on a backend of ratatui's tests, and prints the texts
//! of the rows that each frame changed; `telemetry replay` plays the log.
//!
//! ```text
//! frame 1, all rows
//!   0 Model: gpt-5-mini
//!   2 > what is the answer
//! frame 2
//!   1 The key is [redacted]****************
//! ```

use std::error::Error;
use std::fs;
use std::time::Duration;

use ratatui_core::backend::TestBackend;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;
use ratatui_core::terminal::Terminal;
use serde_json::Value;
use telemetry_runtime::{Config, RecordingBackend, Session, telemetry_span};

type Screen = Terminal<RecordingBackend<TestBackend>>;

#[telemetry_span("display.draw")]
fn draw(screen: &mut Screen, rows: &[&str]) {
    // This backend never fails.
    let Ok(_) = screen.draw(|frame| {
        for (y, row) in (0..).zip(rows) {
            frame.buffer_mut().set_string(0, y, row, Style::new());
        }
    });
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    // The screen shows prompts and answers, so it is recorded with the content only.
    fs::write(
        home.path().join("config.toml"),
        "[telemetry]\nenabled = true\nlog_content = true\n",
    )?;
    let telemetry = telemetry_runtime::init(Config::load(home.path())?)?;
    let _session = Session::start();

    let mut screen = Terminal::new(RecordingBackend::new(TestBackend::new(40, 4)))?;
    // Where a person types a password, the recording has blanks.
    screen.backend_mut().hide(Rect::new(0, 3, 40, 1));
    draw(
        &mut screen,
        &["Model: gpt-5-mini", "", "> what is the answer", "hunter2"],
    );
    draw(
        &mut screen,
        &[
            "Model: gpt-5-mini",
            "The key is sk-proj-Zk3v9QmT7xWb2LcR8n",
            "> what is the answer",
            "hunter2",
        ],
    );

    telemetry.flush(Duration::from_secs(5));
    let log = fs::read_to_string(home.path().join("logs/codex-tui-stream.jsonl"))?;
    for line in log.lines() {
        let record: Value = serde_json::from_str(line)?;
        let Some(rows) = record["rows"].as_array() else {
            // The header of the file.
            continue;
        };
        let all = if record["full"] == true {
            ", all rows"
        } else {
            ""
        };
        println!("frame {}{all}", record["frame"]);
        for row in rows.iter().filter(|row| row["text"] != "") {
            println!(
                "  {} {}",
                row["y"],
                row["text"].as_str().unwrap_or_default()
            );
        }
    }
    Ok(())
}
