//! The places in which answers state the factors of their price besides the ordinary counts.

use serde_json::Value;

use super::counts::{Object, count_of};
use crate::usage::PriceFactors;

/// The counts of tools at the provider that cost nothing.
const FREE_TOOLS: [&str; 2] = ["web_fetch_requests", "tool_search_requests"];

/// Counts that are charged by another unit than tokens, with the subject of the sentence "… are not priced".
const OTHER_UNITS: [(&str, &str); 5] = [
    ("image_count", "images by their number"),
    ("character_count", "characters"),
    ("query_count", "queries"),
    ("video_length_seconds", "seconds of video"),
    ("audio_length_seconds", "seconds of audio"),
];

/// The items of the output of `/responses` that have a fee no price map states.
const OUTPUT_ITEMS: [(&str, &str); 3] = [
    ("file_search_call", "file searches"),
    ("code_interpreter_call", "code interpreter sessions"),
    ("image_generation_call", "generated images"),
];

/// Reads the factors of an answer or of an event with these counts.
pub(super) fn of_answer(body: &Object, counts: Option<&Object>) -> PriceFactors {
    let of_counts = counts.map(of_counts).unwrap_or_default();
    of_counts.or(of_body(body))
}

fn of_counts(counts: &Object) -> PriceFactors {
    let details = |key: &str| counts.get(key).and_then(Value::as_object);
    let input = details("prompt_tokens_details").or_else(|| details("input_tokens_details"));
    let output = details("completion_tokens_details").or_else(|| details("output_tokens_details"));
    let of = |details: Option<&Object>, key: &str| count(details?.get(key));
    let inner = |object: Option<&Object>, key: &str, inner: &str| {
        count(object?.get(key)?.as_object()?.get(inner))
    };
    let written_1h = "ephemeral_1h_input_tokens";
    let searches = [
        inner(Some(counts), "server_tool_use", "web_search_requests"),
        of(input, "web_search_requests"),
        inner(
            Some(counts),
            "server_side_tool_usage_details",
            "web_search_calls",
        ),
        of(Some(counts), "num_search_queries"),
    ];
    PriceFactors {
        cache_write_1h_tokens: inner(Some(counts), "cache_creation", written_1h)
            .or_else(|| inner(input, "cache_creation_token_details", written_1h)),
        audio_input_tokens: of(input, "audio_tokens"),
        image_input_tokens: of(input, "image_tokens"),
        video_input_tokens: of(input, "video_tokens"),
        cached_audio_tokens: inner(input, "cached_tokens_details", "audio_tokens"),
        cached_image_tokens: inner(input, "cached_tokens_details", "image_tokens"),
        audio_output_tokens: of(output, "audio_tokens"),
        image_output_tokens: of(output, "image_tokens"),
        video_output_tokens: of(output, "video_tokens"),
        citation_tokens: of(Some(counts), "citation_tokens"),
        // A gateway may repeat the number in several places.
        web_searches: searches.into_iter().flatten().max(),
        map_searches: of(input, "google_maps_grounding_requests"),
        search_context_size: None,
        speed: text(counts, "speed"),
        inference_geo: text(counts, "inference_geo"),
        unpriced_tool: unpriced_tool(counts, input),
    }
}

/// Reads the factors outside of the counts.
fn of_body(body: &Object) -> PriceFactors {
    let list = |key: &str| {
        body.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let items = |kind: &str| list("output").filter(|item| item["type"] == kind).count();
    let reported = body
        .get("tool_usage")
        .and_then(|tools| count(tools.get("web_search")?.get("num_requests")));
    let searches = match items("web_search_call") {
        0 => list("choices").any(cites_the_web).then_some(1),
        calls => reported.or(u64::try_from(calls).ok()),
    };
    let mut tools = list("tools").filter_map(Value::as_object);
    let item = OUTPUT_ITEMS.iter().find(|(kind, _)| items(kind) > 0);
    PriceFactors {
        web_searches: searches,
        search_context_size: tools.find_map(|tool| text(tool, "search_context_size")),
        unpriced_tool: item.map(|(_, uses)| (*uses).to_owned()),
        ..PriceFactors::default()
    }
}

/// Returns whether the message cites a page of the web. In chat answers that is the only trace of a search whose number is not
/// counted.
fn cites_the_web(choice: &Value) -> bool {
    ["message", "delta"].iter().any(|key| {
        let annotations = choice[*key]["annotations"].as_array();
        annotations
            .into_iter()
            .flatten()
            .any(|annotation| annotation["type"] == "url_citation")
    })
}

/// Returns the first use of a tool, or the first other unit, that no price map prices.
fn unpriced_tool(counts: &Object, input: Option<&Object>) -> Option<String> {
    let is_positive = |count: &Value| count.as_f64().is_some_and(|count| count > 0.0);
    let tools = ["server_tool_use", "server_side_tool_usage_details"];
    let mut uses = tools
        .iter()
        .filter_map(|key| counts.get(*key)?.as_object())
        .flatten()
        .filter(|(key, count)| {
            let is_priced = ["web_search_requests", "web_search_calls"].contains(&&***key);
            !is_priced && !FREE_TOOLS.contains(&&***key) && is_positive(count)
        });
    if let Some((key, _)) = uses.next() {
        return Some(key.replace('_', " "));
    }
    if counts.get("num_sources_used").is_some_and(is_positive) {
        return Some("search sources".to_owned());
    }
    let is_used = |key: &str| input.is_some_and(|input| input.get(key).is_some_and(is_positive));
    let unit = OTHER_UNITS.iter().find(|(key, _)| is_used(key));
    unit.map(|(_, uses)| (*uses).to_owned())
}

/// Returns a count; zero and a number that cannot be a count are unknown.
fn count(value: Option<&Value>) -> Option<u64> {
    count_of(value?).filter(|count| *count > 0)
}

/// Returns a text; an empty one is unknown.
fn text(object: &Object, key: &str) -> Option<String> {
    let text = object.get(key).and_then(Value::as_str);
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
