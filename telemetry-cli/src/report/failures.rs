//! The section with the failed requests and spans.

use maud::{Markup, html};

use super::cells::{Head, counted, nanos, optional, table, text};
use super::request_table;
use super::side::ReportSide;

pub(super) fn content(side: &ReportSide, prefix: &str) -> Markup {
    let requests = &side.requests;
    let spans = &side.spans;
    if requests.failed.is_empty() && spans.failed.is_empty() {
        return html! { p { "No request and no span failed." } };
    }
    let classes = &side.daily.total.error_classes;
    let heads = [
        Head::Text("Time"),
        Head::Text("Span"),
        Head::Text("Outcome and fields"),
        Head::Number("Duration"),
        Head::Text("Source"),
    ];
    html! {
        @if !classes.is_empty() {
            p { "Failed requests by class: "
                @for (at, (class, count)) in classes.iter().enumerate() {
                    @if at > 0 { ", " }
                    (text(class)) " " (super::cells::count("error_class", *count))
                }
                "."
            }
        }
        @if !requests.failed.is_empty() {
            (request_table::rows("Failed requests", requests.failed.iter(), side))
        }
        @if requests.omitted_failures > 0 {
            p { (counted(requests.omitted_failures, "earlier failed request")) " omitted." }
        }
        @if !spans.failed.is_empty() {
            (table("Failed spans", &heads, html! {
                @for span in &spans.failed {
                    tr.bad {
                        td.t { (side.calendar.second(span.ts).to_string()) }
                        th scope="row" { (text(&span.name)) }
                        td { (text(&span.details)) }
                        td.n { @if let Some(length) = span.dur_ns { (nanos("dur_ns", length)) } @else { "-" } }
                        td { (optional(span.src.as_deref())) }
                    }
                }
            }))
            p { a href=(format!("#{prefix}turns")) { "The turns below" } " mark failed spans." }
        }
        @if spans.omitted_failures > 0 {
            p { (counted(spans.omitted_failures, "earlier failed span")) " omitted." }
        }
    }
}
