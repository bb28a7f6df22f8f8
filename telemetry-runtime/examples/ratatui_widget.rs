//! `/status` as a widget of ratatui:
//!
//!     cargo run -p telemetry-runtime --features enabled,ratatui --example ratatui_widget
//!
//! A real program draws the widget with `frame.render_widget` whenever `session.watch()` reports a change. This one draws it
//! into a buffer and prints the cells:
//!
//! ```text
//! Session    …
//! Directory  …
//! Model      gpt-5-mini (high)
//! Tokens     1,200 total
//!   input    1,000
//!   output   200
//! Cache hits not reported
//! Requests   1 request
//! Cost       unknown (1 request unpriced)
//! API time   …
//! ```

use std::error::Error;
use std::time::Duration;

use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::layout::Rect;
use ratatui_core::widgets::Widget as _;
use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, SessionStatus, session_usage};

#[session_usage(model = "gpt-5-mini", effort = "high")]
fn complete() -> Value {
    json!({"usage": {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200}})
}

fn draw(session: &Session) -> Vec<String> {
    let area = Rect::new(0, 0, 72, 10);
    let mut screen = Buffer::empty(area);
    let snapshot = session.snapshot();
    let is_coloured = std::env::var_os("NO_COLOR").is_none();
    SessionStatus::new(&snapshot)
        .coloured(is_coloured)
        .render(area, &mut screen);
    let rows = screen.content.chunks(usize::from(area.width));
    rows.map(|row| row.iter().map(Cell::symbol).collect())
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let config = Config::at(home.path()).with_enabled(Some(true));
    let _telemetry = telemetry_runtime::init(config)?;
    let session = Session::start();
    let mut watch = session.watch();

    complete();

    // A thread of the interface waits here; under an executor, `watch.changed().await` does.
    if watch.wait(Duration::from_secs(5)) {
        for row in draw(&session) {
            println!("{}", row.trim_end());
        }
    }
    Ok(())
}
