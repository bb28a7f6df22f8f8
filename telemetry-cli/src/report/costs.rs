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
    // Both charts have the models of the table, in its order and with the same colours.
    let models: Vec<&str> = side.models.rows.iter().map(|row| &*row.key).collect();
    let costs = BarChart::of(&side.daily, &models, |usage| {
        usage.sums.cost_nanos.max(0).unsigned_abs()
    });
    let tokens = BarChart::of(&side.daily, &models, |usage| usage.sums.total_tokens);
    html! {
        @if costs.is_zero() {
            // The axis would have a scale of nothing.
            p { "No request has a known cost above zero." }
        } @else {
            (bars::figure(&costs, "Cost by day and model, in dollars", bars::short_dollars))
        }
        (bars::figure(&tokens, "Tokens by day and model", bars::short_count))
        (rows(&side.daily, "By day", "Day"))
        (rows(&side.models, "By model, the highest cost first", "Model"))
        @if side.projects.has_names() {
            (rows(&side.projects, "By project, the highest cost first", "Project"))
        }
        @if side.users.has_names() {
            (rows(&side.users, "By user, the highest cost first", "User"))
        }
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
    let (first, order) = if report.grouping.is_by_time() {
        (omitted, "earlier")
    } else {
        (0, "further")
    };
    html! {
        (table(caption, &heads, html! {
            @for row in report.rows.iter().skip(first).take(MAX_ROWS) { (sums(&row.key, &row.total(), report.grouping.as_str())) }
            (sums("Total", &report.total, "total"))
        }))
        @if omitted > 0 {
            p { (omitted) " " (order) " rows omitted; the total contains them." }
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
