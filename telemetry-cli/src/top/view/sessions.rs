//! The panel of the sessions.

use ratatui_core::layout::Rect;
use telemetry_schema::record::Timestamp;
use telemetry_text::{compact, counted, grouped};

use super::Surroundings;
use super::canvas::Canvas;
use super::columns::{Cell, Column, PanelTable, column_at};
use crate::selection::shortened;
use crate::terminal::cost;
use crate::top::layout::PanelArea;
use crate::top::model::session::Session;
use crate::top::page::Page;
use crate::top::state::{Panel, SessionSort, ViewState};

const COLUMNS: [Column; 10] = [
    Column::text("", 1, 0),
    Column::text("Session", 13, 0),
    Column::text("Model", 12, 0),
    Column::number("Reqs", 6, 5),
    Column::number("Tokens", 7, 0),
    Column::number("Cost", 8, 0),
    Column::number("$/hour", 8, 2),
    Column::number("Cache", 5, 0),
    Column::number("Last", 5, 1),
    Column::text("Last error", 16, 6),
];
/// The column that takes the rest of the width.
const WIDE: usize = 2;

/// The column of the ids.
const ID: usize = 1;

/// Returns the columns. That of the ids is so wide that they differ, as far as the columns that are always shown leave room.
fn columns(width: u16, id_len: usize) -> [Column; 10] {
    let mut columns = COLUMNS;
    let kept = columns.iter().filter(|column| column.rank == 0);
    let needed: u16 = kept.map(|column| column.width + 1).sum();
    let most = columns[ID].width + (width + 1).saturating_sub(needed);
    let wanted = u16::try_from(id_len).unwrap_or(u16::MAX);
    columns[ID].width = wanted.clamp(columns[ID].width, most);
    columns
}

/// Returns the order of the column at a terminal column.
pub(in crate::top) fn sort_at(area: Rect, x: u16, id_len: usize) -> Option<SessionSort> {
    match column_at(&columns(area.width, id_len), WIDE, area, x)? {
        2 => Some(SessionSort::Model),
        3 => Some(SessionSort::Requests),
        4 => Some(SessionSort::Tokens),
        5 => Some(SessionSort::Cost),
        6 => Some(SessionSort::Rate),
        8 => Some(SessionSort::Last),
        _ => None,
    }
}

fn sorted_column(sort: SessionSort) -> usize {
    match sort {
        SessionSort::Model => 2,
        SessionSort::Requests => 3,
        SessionSort::Tokens => 4,
        SessionSort::Cost => 5,
        SessionSort::Rate => 6,
        SessionSort::Last => 8,
    }
}

pub(super) fn draw(
    area: &PanelArea,
    page: &Page<'_>,
    state: &ViewState,
    around: &Surroundings,
    canvas: &mut Canvas<'_>,
) {
    let columns = columns(area.columns.width, page.id_len);
    let table = PanelTable::of(area, &columns, WIDE, page, state).sorted_by(
        Some(sorted_column(state.session_sort)),
        state.sessions_reversed,
    );
    let (good, alarm) = (canvas.good(), canvas.alarm());
    table.draw(page.sessions.len(), canvas, |at| {
        let session = page.sessions[at];
        let running = if page.is_running(session) { "●" } else { "" };
        vec![
            Cell::styled(running, good),
            shortened(&session.id, page.id_len).into(),
            session.model.as_deref().unwrap_or("-").into(),
            compact(session.sums.requests).into(),
            compact(session.sums.total_tokens).into(),
            cost(&session.sums).into(),
            session.hourly.to_string().into(),
            percent(session.sums.cache_hit_rate()).into(),
            age(session.last, around.now).into(),
            Cell::styled(last_error(session, around.now).unwrap_or_default(), alarm),
        ]
    });
    if page.sessions.is_empty() {
        let text = if state.filter(Panel::Sessions).is_empty() {
            "No session yet. `telemetry doctor` shows whether telemetry is enabled."
        } else {
            "No session matches the filter."
        };
        canvas.text(area.rows, 0, text, canvas.dim());
    }
    if let Some(session) = page.session() {
        details(session, page, around, area.details, canvas);
    }
}

fn last_error(session: &Session, now: Timestamp) -> Option<String> {
    let error = session.error.as_ref()?;
    Some(format!("{} {}", error.class, age(error.time, now)))
}

fn details(
    session: &Session,
    page: &Page<'_>,
    around: &Surroundings,
    line: Rect,
    canvas: &mut Canvas<'_>,
) {
    let mut parts = Vec::new();
    if let Some(error) = last_error(session, around.now) {
        parts.push(format!("error {error} ago"));
    }
    parts.extend(session.hourly.with_unit());
    parts.extend(session.turns.map(|turns| format!("turn {turns}")));
    if session.sums.failures > 0 {
        parts.push(format!("{} failed", grouped(session.sums.failures)));
    }
    if session.sums.retries > 0 {
        parts.push(counted(session.sums.retries, "retry", "retries"));
    }
    let launch = session
        .launch
        .and_then(|launch| page.model.launches.get(launch));
    if let Some(launch) = launch {
        let name = [launch.app.as_deref(), launch.version.as_deref()];
        let name: Vec<&str> = name.into_iter().flatten().collect();
        let pid = launch.pid.map(|pid| format!("pid {pid}"));
        parts.extend((!name.is_empty()).then(|| name.join(" ")));
        parts.extend(pid.filter(|_| launch.is_alive));
    }
    parts.push(session.id.clone());
    canvas.text(line, 0, &parts.join(" · "), canvas.dim());
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.0}%", rate * 100.0))
}

/// Formats the time since an instant in one unit: `12s`, `3m`, `5h`, `2d`.
fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.micros().saturating_sub(time.micros()).max(0) / 1_000_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
