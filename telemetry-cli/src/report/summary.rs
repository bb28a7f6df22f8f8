//! The section with the totals of all requests.

use maud::{Markup, html};
use telemetry_schema::record::NanoUsd;

use super::cells::{amount, count, counted, millis, number, text};
use super::side::ReportSide;
use crate::terminal;

pub(super) fn content(side: &ReportSide) -> Markup {
    let total = &side.daily.total;
    let sums = &total.sums;
    let api_ms = u64::try_from(sums.api_time.as_millis()).unwrap_or(u64::MAX);
    let rate = sums.cache_hit_rate();
    html! {
        @if let Some((first, last)) = side.range() {
            p.quiet { "Requests from " (side.calendar.minute(first)) " to " (side.calendar.minute(last)) "." }
        } @else {
            p { "No request was recorded." }
        }
        dl.figures {
            div { dt { "Cost" } dd { (number("cost_usd", NanoUsd(sums.cost_nanos), terminal::cost(sums))) } }
            div { dt { "Requests" } dd { (count("requests", sums.requests)) } }
            div.bad[sums.failures > 0] { dt { "Failed" } dd { (count("failures", sums.failures)) } }
            div { dt { "Retries" } dd { (count("retries", sums.retries)) } }
            div { dt { "Tokens" } dd { (count("total_tokens", sums.total_tokens)) } }
            div { dt { "Input tokens" } dd { (count("prompt_tokens", sums.prompt_tokens)) } }
            div { dt { "Read from the cache" } dd { (count("cached_tokens", sums.cached_tokens)) } }
            div { dt { "Written to the cache" } dd { (count("cache_write_tokens", sums.cache_write_tokens)) } }
            div { dt { "Output tokens" } dd { (count("completion_tokens", sums.completion_tokens)) } }
            div { dt { "Reasoning tokens" } dd { (count("reasoning_tokens", sums.reasoning_tokens)) } }
            div { dt { "Cache hits" } dd { (rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", rate * 100.0))) } }
            div { dt { "Latency p50" } dd { (millis("latency_p50", total.latency.percentile(50))) } }
            div { dt { "Latency p95" } dd { (millis("latency_p95", total.latency.percentile(95))) } }
            div { dt { "First token p50" } dd { (millis("ttft_p50", total.first_token.percentile(50))) } }
            div { dt { "Time in requests" } dd { (millis("api_ms", Some(api_ms))) } }
            div { dt { "Calculated cost" } dd { (amount("calculated_cost_usd", NanoUsd(sums.calculated_cost_nanos))) } }
            div { dt { "Saved by the proxy's cache" } dd { (amount("saved_usd", NanoUsd(sums.saved_nanos))) } }
            div { dt { "Unpriced requests" } dd { (count("unpriced_requests", sums.unpriced())) } }
        }
        @if !total.cost_sources.is_empty() {
            p { "Sources of the cost: "
                @for (at, (source, cost)) in total.cost_sources.iter().enumerate() {
                    @if at > 0 { ", " }
                    (text(source)) " " (amount("source", *cost))
                }
                "."
            }
        }
        @if side.sessions.rows.len() > 1 {
            p.quiet { (counted(side.sessions.rows.len() as u64, "session")) "." }
        }
    }
}
