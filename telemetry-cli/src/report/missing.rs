//! The section about records that are missing, and requests without a price.

use maud::{Markup, html};

use super::cells::{Head, count, counted, table, text};
use super::side::ReportSide;
use crate::records::{LIMITED, REPEATED, SAMPLED};
use crate::spans::{MAX_NODE_BYTES, self_time};

pub(super) fn content(side: &ReportSide) -> Markup {
    let total = &side.daily.total;
    let unpriced = total.sums.unpriced();
    let notes = notes(side);
    if side.losses.is_empty() && unpriced == 0 && notes.is_empty() {
        return html! { p { "No record is reported as lost, and every request with tokens has a price." } };
    }
    html! {
        @if unpriced > 0 {
            p { (count("unpriced_requests", unpriced)) " of " (count("requests", total.sums.requests))
                " requests have no known cost: no price, or no counts of tokens. The cost does not contain them." }
            (table("Unpriced requests by reason", &[Head::Text("Reason"), Head::Number("Requests")], html! {
                @for (reason, requests) in &total.unpriced_reasons {
                    tr { th scope="row" { (text(reason)) } td.n { (count("unpriced", *requests)) } }
                }
            }))
        }
        @if !side.losses.is_empty() {
            (table(
                "Records that the debug logs report as missing",
                &[Head::Text("Cause"), Head::Text("Kind"), Head::Number("Records"), Head::Number("Bytes")],
                html! {
                    @for loss in &side.losses {
                        tr { th scope="row" { (text(&loss.cause)) } td { (kind(&loss.cause)) }
                            td.n { (count("lost", loss.count)) } td.n { (count("lost_bytes", loss.bytes)) } }
                    }
                },
            ))
        }
        @if !notes.is_empty() { ul { @for note in &notes { li { (note) } } } }
    }
}

fn kind(cause: &str) -> &'static str {
    if cause.starts_with(LIMITED) {
        "omitted by the configured rate"
    } else if cause.starts_with(SAMPLED) {
        "omitted by sampling"
    } else if cause == REPEATED {
        "an answer that an earlier record has"
    } else {
        "lost"
    }
}

/// Returns sentences about records that the readers omitted.
fn notes(side: &ReportSide) -> Vec<String> {
    let mut notes = Vec::new();
    if side.skips.lines.total() > 0 {
        let skipped = text(&side.skips.to_string());
        notes.push(format!("Damaged lines of the logs: {skipped}."));
    }
    if side.skips.implausible > 0 {
        notes.push(format!(
            "{} with values that no request or span can have excluded from the sums.",
            counted(side.skips.implausible, "record")
        ));
    }
    if side.daily.straddling > 0 {
        notes.push(format!(
            "{} of pruned requests known only by UTC day; each counts at the time of its first request.",
            counted(side.daily.straddling, "sum")
        ));
    }
    if side.spans.dropped > 0 {
        notes.push(format!(
            "{} not in turns and flame graph, which hold the latest {} MiB of each process.",
            counted(side.spans.dropped, "older span or event"),
            MAX_NODE_BYTES >> 20
        ));
    }
    if side.names.dropped_parents > 0 {
        notes.push(format!(
            "More than {} spans were open at a time: the self time of at most {} is too long.",
            self_time::MAX_OPEN,
            counted(side.names.dropped_parents, "span")
        ));
    }
    notes
}
