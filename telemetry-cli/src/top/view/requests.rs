//! The panel of the requests of the selected session.

use telemetry_schema::record::Totals;
use telemetry_text::compact;

use super::Surroundings;
use super::canvas::Canvas;
use super::columns::{Cell, Column, PanelTable};
use crate::selection::to_zoned;
use crate::terminal::{cost, milliseconds};
use crate::top::layout::PanelArea;
use crate::top::page::Page;
use crate::top::state::{Panel, ViewState};

const COLUMNS: [Column; 11] = [
    Column::text("Time", 8, 3),
    Column::number("No", 4, 7),
    Column::number("Turn", 4, 6),
    Column::text("Model", 10, 4),
    Column::number("Try", 3, 0),
    Column::text("Retry cause", 11, 0),
    Column::text("Result", 10, 0),
    Column::number("Tokens", 7, 5),
    Column::number("Cost", 8, 1),
    Column::number("TTFT", 7, 0),
    Column::number("Latency", 7, 0),
];
/// The column that takes the rest of the width.
const WIDE: usize = 3;

/// Returns the cost of one request; `-` if its record states none and there was nothing to price, as in a failed request.
fn cost_of(sums: &Totals) -> String {
    match (sums.cost_nanos, sums.unpriced(), sums.total_tokens) {
        (0, 0, 0) => "-".to_owned(),
        _ => cost(sums),
    }
}

pub(super) fn draw(
    area: &PanelArea,
    page: &Page<'_>,
    state: &ViewState,
    around: &Surroundings,
    canvas: &mut Canvas<'_>,
) {
    let table = PanelTable::of(area, &COLUMNS, WIDE, page, state);
    let alarm = canvas.alarm();
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
    let time = |millis: Option<u64>| millis.map_or_else(|| "-".to_owned(), milliseconds);
    table.draw(page.requests.len(), canvas, |at| {
        let request = page.requests[at];
        let start = to_zoned(request.ts, &around.zone);
        let result = match request.error.as_deref() {
            Some(error) => Cell::styled(error, alarm),
            None => "ok".into(),
        };
        vec![
            start.strftime("%H:%M:%S").to_string().into(),
            number(request.request).into(),
            number(request.turn).into(),
            request.model.as_deref().unwrap_or("-").into(),
            number(request.attempt.map(u64::from)).into(),
            request.retry_cause.as_deref().unwrap_or("-").into(),
            result,
            tokens(request.sums.total_tokens).into(),
            cost_of(&request.sums).into(),
            time(request.ttft_ms).into(),
            time(request.latency_ms).into(),
        ]
    });
    if page.requests.is_empty() {
        let has_older = page.session().is_some_and(|it| it.sums.requests > 0);
        let text = match () {
            () if !state.filter(Panel::Requests).is_empty() => "No request matches the filter.",
            () if has_older => "The requests of this session are older than those kept here.",
            () => "No request yet.",
        };
        canvas.text(area.rows, 0, text, canvas.dim());
    }
    if let Some(request) = page.request() {
        let start = to_zoned(request.ts, &around.zone);
        let sums = &request.sums;
        let counts = match sums.total_tokens {
            0 => "no tokens reported".to_owned(),
            _ => format!(
                "tokens: {} input, {} cached, {} output",
                compact(sums.prompt_tokens),
                compact(sums.cached_tokens),
                compact(sums.completion_tokens)
            ),
        };
        let text = format!(
            "{} · {counts} · {}",
            start.strftime("%Y-%m-%d %H:%M:%S"),
            request.id.as_deref().unwrap_or("no id")
        );
        canvas.text(area.details, 0, &text, canvas.dim());
    }
}

/// Formats a number of tokens. No request has none, so that zero means that the provider reported none.
fn tokens(count: u64) -> String {
    match count {
        0 => "-".to_owned(),
        count => compact(count),
    }
}
