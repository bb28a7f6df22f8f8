//! The section with the totals and percentiles of each span name.

use maud::{Markup, html};

use super::cells::{Head, count, nanos, table, text};
use super::side::ReportSide;

pub(super) fn content(side: &ReportSide) -> Markup {
    let rows = side.names.rows();
    if rows.is_empty() {
        return html! { p { "No span was recorded." } };
    }
    let heads = [
        Head::Text("Span"),
        Head::Number("Count"),
        Head::Number("Errors"),
        Head::Number("Total"),
        Head::Number("Self"),
        Head::Number("p50"),
        Head::Number("p95"),
        Head::Number("p99"),
        Head::Number("Max"),
    ];
    table(
        "Spans by name, the longest self time first",
        &heads,
        html! {
            @for (name, row) in rows {
                tr data-span=(text(name)) {
                    th scope="row" { (text(name)) }
                    td.n { (count("count", row.count)) }
                    td.n.bad[row.errors > 0] { (count("errors", row.errors)) }
                    td.n { (nanos("total_ns", row.total_ns)) }
                    td.n { (nanos("self_ns", row.self_ns)) }
                    td.n { (nanos("p50_ns", row.percentile(50))) }
                    td.n { (nanos("p95_ns", row.percentile(95))) }
                    td.n { (nanos("p99_ns", row.percentile(99))) }
                    td.n { (nanos("max_ns", row.max_ns)) }
                }
            }
        },
    )
}
