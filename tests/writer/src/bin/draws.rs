//! `draws HOME FLUSHED`: draws frames with a recording backend, confirms on standard output that the first ones are flushed,
//! and then each further frame, until it is killed.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use ratatui_core::backend::TestBackend;
use ratatui_core::style::Style;
use ratatui_core::terminal::Terminal;
use telemetry_runtime::{Config, RecordingBackend};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("CODEX_HOME");
    let flushed: u64 = arguments
        .next()
        .and_then(|frames| frames.parse().ok())
        .expect("the number of frames that are flushed");
    let config = Config::load(Path::new(&home)).expect("a configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry");
    let mut terminal =
        Terminal::new(RecordingBackend::new(TestBackend::new(200, 50))).expect("a terminal");
    for frame in 1_u64.. {
        let drawn = terminal.draw(|screen| {
            // Every row changes with every frame.
            for row in 0..50 {
                let text = format!("frame {frame} row {row} {}", "漢字 ".repeat(30));
                screen.buffer_mut().set_string(0, row, text, Style::new());
            }
        });
        drawn.expect("a test backend does not fail");
        if frame == flushed {
            assert!(telemetry.flush(Duration::from_mins(1)));
        }
        if frame >= flushed {
            let line = format!("{frame}\n");
            if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
                return;
            }
        }
    }
}
