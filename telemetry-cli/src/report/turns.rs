//! The section with the waterfall of each turn.

use maud::{Markup, html};

use super::cells::{Head, counted, nanos, number, table, text};
use super::side::ReportSide;
use super::waterfall::{Waterfall, WaterfallRow};
use crate::spans::node::NodeKind;
use crate::terminal::nanoseconds;

/// The deepest level that is indented further than the one above it.
const DEEPEST: usize = 8;
/// The width of a bar's picture.
const WIDTH: u64 = 1_000;

pub(super) fn content(side: &ReportSide, prefix: &str) -> Markup {
    let spans = &side.spans;
    let latest = spans.waterfalls.len().saturating_sub(1);
    html! {
        @if spans.waterfalls.is_empty() { p { "No turn and no span with children was recorded." } }
        @else { p.quiet { "A turn opens with its name. A bar is the time from the start of a span to its end." } }
        @if spans.omitted_waterfalls > 0 {
            p { (counted(spans.omitted_waterfalls, "earlier turn")) " omitted. A report of one session or of a shorter period shows them." }
        }
        @if spans.single > 0 {
            p.quiet { (counted(spans.single, "span")) " without children, outside of turns, counted under Span names only." }
        }
        @for (at, waterfall) in spans.waterfalls.iter().enumerate() {
            details id=(format!("{prefix}turn-{at}")) open[at == latest] {
                summary { (title(waterfall, side)) }
                (content_of(waterfall))
            }
        }
    }
}

fn title(waterfall: &Waterfall, side: &ReportSide) -> Markup {
    html! {
        @if let Some(turn) = waterfall.turn { "Turn " (turn) ": " }
        strong { (text(&waterfall.name)) } " "
        (number("dur_ns", waterfall.length_ns, nanoseconds(waterfall.length_ns))) ", "
        (side.calendar.second(waterfall.ts).to_string())
        @if side.sessions.rows.len() > 1 {
            @if let Some(session) = &waterfall.session { ", session " (text(session)) }
        }
        @if waterfall.failed > 0 { " " span.bad { (counted(waterfall.failed, "failure")) } }
    }
}

fn content_of(waterfall: &Waterfall) -> Markup {
    let heads = [
        Head::Text("Span"),
        Head::Number("Total"),
        Head::Number("Self"),
        Head::Text("Time"),
        Head::Text("Fields"),
    ];
    let caption = match waterfall.turn {
        Some(turn) => format!("Waterfall of turn {turn}"),
        None => format!("Waterfall of {}", text(&waterfall.name)),
    };
    html! {
        div.fall {
            (table(&caption, &heads, html! { @for it in &waterfall.rows { (row(it, waterfall.length_ns)) } }))
        }
        @if waterfall.omitted > 0 {
            p { (counted(waterfall.omitted as u64, "shorter span or event")) " of this turn omitted; `telemetry spans` shows all of them." }
        }
    }
}

fn row(row: &WaterfallRow, length: u64) -> Markup {
    let place = |nanos: u64| u128::from(nanos) * u128::from(WIDTH) / u128::from(length.max(1));
    let start = place(row.start_ns);
    let width = row.dur_ns.map_or(3, |nanos| place(nanos).max(2));
    let indent = match row.depth.min(DEEPEST) {
        0 => String::new(),
        depth => format!("i{depth}"),
    };
    html! {
        tr.bad[row.failed] .e[row.kind == NodeKind::Event] {
            td class=(indent) {
                @if row.depth > DEEPEST { "… " (row.depth) " " }
                @if row.kind == NodeKind::Event { "· " }
                (text(&row.name))
            }
            td.n { @if let Some(length) = row.dur_ns { (nanos("dur_ns", length)) } }
            td.n { @if let Some(length) = row.self_ns { (nanos("self_ns", length)) } }
            td { svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" { rect x=(start) width=(width) height="10" {} } }
            td { (text(&row.details)) }
        }
    }
}
