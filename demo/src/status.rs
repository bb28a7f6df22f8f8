//! `/status`: the widget of the runtime and the state of telemetry, both live.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Constraint, Layout, Rect};
use ratatui_core::style::{Color, Style};
use ratatui_core::widgets::Widget;
use telemetry_runtime::{
    SessionSnapshot, SessionStatus, SessionWatch, Telemetry, record, telemetry_span,
};

use crate::popup;

/// The rows of the state of telemetry.
const ROWS: u16 = 3;

/// Draws the popup.
pub(crate) fn render(
    snapshot: &SessionSnapshot,
    telemetry: Option<&Telemetry>,
    area: Rect,
    screen: &mut Buffer,
) {
    let size = (area.width.saturating_sub(6), area.height.saturating_sub(4));
    let inside = popup::frame("/status", size, area, screen);
    let rows = [Constraint::Min(0), Constraint::Length(ROWS)];
    let [session, state] = Layout::vertical(rows).areas(inside);
    SessionStatus::new(snapshot)
        .coloured(is_coloured())
        .render(session, screen);
    for ((text, is_failure), y) in lines(telemetry).into_iter().zip(state.y..state.bottom()) {
        let failure = Style::new().fg(Color::Yellow);
        let style = if is_failure { failure } else { Style::new() };
        screen.set_stringn(state.x, y, text, state.width.into(), style);
    }
}

/// Returns whether colours may be used; see <https://no-color.org>.
pub(crate) fn is_coloured() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Returns the lines of the state of telemetry, and whether each of them states a failure.
fn lines(telemetry: Option<&Telemetry>) -> Vec<(String, bool)> {
    let Some(telemetry) = telemetry else {
        return vec![("Telemetry  did not start".to_owned(), true)];
    };
    let state = state(Some(telemetry));
    let health = telemetry.health();
    let mut lines = vec![(
        format!(
            "Telemetry  {state}, {} records in {} bytes, {} lost",
            health.written, health.bytes, health.lost
        ),
        health.lost > 0,
    )];
    if let Some(directory) = telemetry.files().first().and_then(|file| file.parent()) {
        lines.push((format!("Logs       {}", directory.display()), false));
    }
    if let Some(error) = health.last_error {
        lines.push((format!("Failure    {error}"), true));
    }
    lines
}

/// Returns the state of telemetry in one word.
pub(crate) fn state(telemetry: Option<&Telemetry>) -> &'static str {
    if telemetry.is_some_and(Telemetry::is_enabled) {
        "on"
    } else {
        "off"
    }
}

/// Opens the popup: returns the totals that it shows first.
#[telemetry_span("status.show")]
pub(crate) fn show(watch: &mut SessionWatch) -> SessionSnapshot {
    let snapshot = watch.snapshot();
    record!(requests = snapshot.totals.requests, turns = snapshot.turns);
    snapshot
}

/// Returns the totals after a change.
#[telemetry_span("status.refresh")]
pub(crate) fn refresh(watch: &mut SessionWatch) -> SessionSnapshot {
    let snapshot = watch.snapshot();
    record!(requests = snapshot.totals.requests);
    snapshot
}
