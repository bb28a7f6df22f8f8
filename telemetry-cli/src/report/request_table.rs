//! The section with a row for each request.

use maud::{Markup, html};

use super::cells::{Head, amount, count, counted, millis, optional, table, text, tokens};
use super::requests::RequestRow;
use super::side::ReportSide;
use crate::selection::{SHORT_ID, prefix_len, shortened};

/// The number of rows of a part. Further parts are closed, so that a browser lays out only the parts that a person opens.
const ROWS: usize = 250;

pub(super) fn content(side: &ReportSide) -> Markup {
    let requests = &side.requests;
    if requests.rows.is_empty() {
        return html! { p { "The logs have no record of a single request." } };
    }
    let parts = requests.rows.len().div_ceil(ROWS);
    html! {
        p.quiet {
            (counted(requests.rows.len() as u64, "request")) " with its record, the latest in the last part. "
            "A record that amends another one is part of its request."
        }
        @if requests.omitted > 0 {
            p { (counted(requests.omitted, "earlier request")) " omitted; the sums contain them. "
                "`telemetry export csv --of usage` has every request." }
        }
        @for part in 0..parts {
            @let first = part * ROWS;
            @let rows = requests.rows.iter().skip(first).take(ROWS);
            @let last = (first + ROWS).min(requests.rows.len());
            details open[part == 0] {
                summary { "Requests " (first + 1) " to " (last) }
                (self::rows(&format!("Requests {} to {last}", first + 1), rows, side))
            }
        }
    }
}

/// Returns a table of requests.
pub(super) fn rows<'a>(
    caption: &str,
    rows: impl Iterator<Item = &'a RequestRow>,
    side: &ReportSide,
) -> Markup {
    let sessions = side.requests.rows.iter().map(|row| &*row.session);
    let columns = Columns {
        session: (side.sessions.rows.len() > 1).then(|| prefix_len(sessions, SHORT_ID)),
        turn: side.requests.rows.iter().any(|row| row.turn.is_some()),
    };
    let mut heads = vec![Head::Text("Time")];
    heads.extend(columns.session.map(|_| Head::Text("Session")));
    heads.extend(columns.turn.then_some(Head::Number("Turn")));
    heads.extend([
        Head::Number("Request"),
        Head::Text("Model"),
        Head::Number("Attempt"),
        Head::Text("Retry cause"),
        Head::Text("Outcome"),
        Head::Number("Latency"),
        Head::Number("First token"),
        Head::Number("Input"),
        Head::Number("Cached"),
        Head::Number("Output"),
        Head::Number("Cost"),
        Head::Text("Cost source"),
    ]);
    table(
        caption,
        &heads,
        html! { @for row in rows { (request(row, columns, side)) } },
    )
}

/// The columns that a table has only if their values differ between rows.
#[derive(Clone, Copy)]
struct Columns {
    /// The number of characters of an id, by which a command finds the session.
    session: Option<usize>,
    turn: bool,
}

fn request(row: &RequestRow, columns: Columns, side: &ReportSide) -> Markup {
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
    html! {
        tr.bad[row.failure.is_some()] {
            td.t { (side.calendar.second(row.ts).to_string()) }
            @if let Some(len) = columns.session {
                td title=(text(&row.session)) { (text(shortened(&row.session, len))) }
            }
            @if columns.turn { td.n { (number(row.turn)) } }
            td.n { (number(row.number)) }
            td {
                (text(&row.model))
                @if let Some(answered) = &row.response_model { " → " (text(answered)) }
                @if let Some(effort) = &row.effort { " (" (text(effort)) ")" }
            }
            td.n { (count("attempt", u64::from(row.attempt))) }
            td { (optional(row.cause.as_deref())) }
            td { (row.failure.as_deref().map_or_else(|| "ok".to_owned(), text)) }
            td.n { (millis("latency_ms", row.latency_ms)) }
            td.n { (millis("ttft_ms", row.ttft_ms)) }
            td.n { (tokens("prompt_tokens", row.prompt_tokens)) }
            td.n { (tokens("cached_tokens", row.cached_tokens)) }
            td.n { (tokens("completion_tokens", row.completion_tokens)) }
            td.n { @if let Some(cost) = row.cost { (amount("cost_usd", cost)) } @else { "-" } }
            td {
                (optional(row.source.as_deref()))
                @if let Some(reason) = &row.unpriced_reason { ": " (text(reason)) }
            }
        }
    }
}
