//! The section with costs and tokens by day and by model.

use maud::{Markup, html};
use telemetry_schema::record::NanoUsd;

use super::bars::{self, BarChart};
use super::cells::{Head, count, number, table, text};
use super::side::ReportSide;
use crate::terminal;
use crate::usage::{Report, UsageTotals};

pub(super) fn content(side: &ReportSide) -> Markup {
    if side.daily.rows.is_empty() {
        return html! { p { "No request was recorded." } };
    }
    let costs = BarChart::of(&side.daily, |usage| {
        usage.sums.cost_nanos.max(0).unsigned_abs()
    });
    let tokens = BarChart::of(&side.daily, |usage| usage.sums.total_tokens);
    html! {
        (bars::figure(&costs, "Cost by day and model, in dollars", bars::short_dollars))
        (bars::figure(&tokens, "Tokens by day and model", bars::short_count))
        (rows(&side.daily, "By day", "Day"))
        (rows(&side.models, "By model, the lowest cost first", "Model"))
        @if side.sessions.rows.len() > 1 {
            details {
                summary { "By session" }
                (rows(&side.sessions, "By session", "Session"))
            }
        }
    }
}

/// The most rows of a table of sums, the latest or the most expensive ones.
const MAX_ROWS: usize = 400;

fn rows(report: &Report, caption: &str, key: &'static str) -> Markup {
    let heads = [
        Head::Text(key),
        Head::Number("Requests"),
        Head::Number("Failed"),
        Head::Number("Input"),
        Head::Number("Cached"),
        Head::Number("Output"),
        Head::Number("Tokens"),
        Head::Number("Cost"),
        Head::Number("p50"),
        Head::Number("p95"),
    ];
    let omitted = report.rows.len().saturating_sub(MAX_ROWS);
    html! {
        (table(caption, &heads, html! {
            @for row in report.rows.iter().skip(omitted) { (sums(&row.key, &row.total(), report.grouping.as_str())) }
            (sums("Total", &report.total, "total"))
        }))
        @if omitted > 0 {
            p { (omitted) " earlier rows omitted; the total contains them." }
        }
    }
}

fn sums(key: &str, usage: &UsageTotals, kind: &str) -> Markup {
    let sums = &usage.sums;
    html! {
        tr data-row=(kind) data-name=(text(key)) {
            th scope="row" { (text(key)) }
            td.n { (count("requests", sums.requests)) }
            td.n.bad[sums.failures > 0] { (count("failures", sums.failures)) }
            td.n { (count("prompt_tokens", sums.prompt_tokens)) }
            td.n { (count("cached_tokens", sums.cached_tokens)) }
            td.n { (count("completion_tokens", sums.completion_tokens)) }
            td.n { (count("total_tokens", sums.total_tokens)) }
            td.n { (number("cost_usd", NanoUsd(sums.cost_nanos), terminal::cost(sums))) }
            td.n { (super::cells::millis("latency_p50", usage.latency.percentile(50))) }
            td.n { (super::cells::millis("latency_p95", usage.latency.percentile(95))) }
        }
    }
}
