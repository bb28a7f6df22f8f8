//! The section with the changes between two sessions or periods, the largest first.

use maud::{Markup, html};
use telemetry_schema::record::NanoUsd;

use super::cells::{Head, number, table, text};
use crate::diff::Comparison;
use crate::diff::comparison::Pair;
use crate::diff::show::{change, cost_change, costs};
use crate::terminal::{grouped, milliseconds, nanoseconds};

/// A compared quantity: its key, its values, and the function that formats them.
type ChangedQuantity = (&'static str, Pair<u64>, fn(u64) -> String);

/// The columns of a compared quantity.
const QUANTITY: [Head; 4] = [
    Head::Text("Quantity"),
    Head::Number("A"),
    Head::Number("B"),
    Head::Number("Change"),
];

pub(super) fn section(comparison: &Comparison<'_>, a: &str, b: &str) -> Markup {
    let total = &comparison.total;
    let quantities: [ChangedQuantity; 10] = [
        ("requests", total.requests, grouped),
        ("failures", total.failures, grouped),
        ("retries", total.retries, grouped),
        ("prompt_tokens", total.prompt_tokens, grouped),
        ("cached_tokens", total.cached_tokens, grouped),
        ("completion_tokens", total.completion_tokens, grouped),
        ("reasoning_tokens", total.reasoning_tokens, grouped),
        ("total_tokens", total.total_tokens, grouped),
        ("latency_p50_ms", total.latency_p50_ms, milliseconds),
        ("latency_p95_ms", total.latency_p95_ms, milliseconds),
    ];
    let [cost_a, cost_b] = costs(total);
    let models = [
        Head::Text("Model"),
        Head::Number("Cost A"),
        Head::Number("Cost B"),
        Head::Number("Change"),
        Head::Number("Tokens A"),
        Head::Number("Tokens B"),
        Head::Number("Latency p50 A"),
        Head::Number("Latency p50 B"),
    ];
    let spans = [
        Head::Text("Span"),
        Head::Number("Self A"),
        Head::Number("Self B"),
        Head::Number("Change"),
        Head::Number("Count A"),
        Head::Number("Count B"),
        Head::Number("p95 A"),
        Head::Number("p95 B"),
    ];
    html! {
        section id="changes" aria-labelledby="changes-title" {
            h2 id="changes-title" { "Changes" }
            p { "A is the baseline: " (a) ". B: " (b) "." }
            (table("All requests", &QUANTITY, html! {
                tr data-change="cost_usd" {
                    th scope="row" { "cost" }
                    td.n { (dollars("a", total.cost_usd.a, &cost_a)) }
                    td.n { (dollars("b", total.cost_usd.b, &cost_b)) }
                    td.n { (cost_change(total)) }
                }
                @for (key, pair, shown) in quantities {
                    tr data-change=(key) {
                        th scope="row" { (key.replace("_ms", "").replace('_', " ")) }
                        (pair_cells(pair, shown)) td.n { (change(pair)) }
                    }
                }
            }))
            @if !comparison.models.is_empty() { (table("Models, the largest change of the cost first", &models, html! {
                @for it in &comparison.models {
                    @let [a, b] = costs(it);
                    tr {
                        th scope="row" { (text(it.model.unwrap_or_default())) }
                        td.n { (dollars("a", it.cost_usd.a, &a)) }
                        td.n { (dollars("b", it.cost_usd.b, &b)) }
                        td.n { (cost_change(it)) }
                        (pair_cells(it.total_tokens, grouped))
                        (pair_cells(it.latency_p50_ms, milliseconds))
                    }
                }
            })) }
            @if !comparison.spans.is_empty() { (table("Span names, the largest change of the self time first", &spans, html! {
                @for it in &comparison.spans {
                    tr {
                        th scope="row" { (text(it.name)) }
                        (pair_cells(it.self_ns, nanoseconds)) td.n { (change(it.self_ns)) }
                        (pair_cells(it.count, grouped))
                        (pair_cells(it.p95_ns, nanoseconds))
                    }
                }
            })) }
        }
    }
}

fn dollars(key: &str, cost: Option<NanoUsd>, shown: &str) -> Markup {
    html! { @if let Some(cost) = cost { (number(key, cost, shown)) } @else { (shown) } }
}

fn pair_cells(pair: Pair<u64>, shown: fn(u64) -> String) -> Markup {
    html! {
        @for (key, value) in [("a", pair.a), ("b", pair.b)] {
            td.n { @if let Some(value) = value { (number(key, value, shown(value))) } @else { "-" } }
        }
    }
}
