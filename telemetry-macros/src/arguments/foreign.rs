//! Options of other libraries or of the other attribute, and the suggestion for each.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;

use super::separator;
use super::shown::shown;

/// Words that are no options of `#[telemetry_span]`.
const OF_SPAN: [(&str, &str); 5] = [
    (
        "skip",
        "arguments are recorded only where `fields(…)` names them: remove it",
    ),
    (
        "skip_all",
        "arguments are recorded only where `fields(…)` names them: remove it",
    ),
    (
        "name",
        "write the name alone as the first argument, \"family.action\"",
    ),
    (
        "target",
        "filters match the first segments of the name, \"family.action\": remove it",
    ),
    (
        "parent",
        "pass the parent with `SpanContext::in_scope`, or start a tree with `root`",
    ),
];

/// Words that are no options of `#[session_usage]`.
const OF_USAGE: [(&str, &str); 26] = [
    (
        "future",
        "the usage is read from the value of the returned future without an option: remove it",
    ),
    (
        "skip",
        "arguments are recorded only where an option names them: remove it",
    ),
    (
        "skip_all",
        "arguments are recorded only where an option names them: remove it",
    ),
    (
        "name",
        "a request has no name: remove it, or write `#[telemetry_span(\"family.action\")]` beside it",
    ),
    (
        "target",
        "every request is recorded in the session log: remove it",
    ),
    (
        "parent",
        "the request belongs to the span around it, which `SpanContext::in_scope` sets: remove it",
    ),
    ("cost", COST),
    ("cost_usd", COST),
    ("price", COST),
    ("usd", COST),
    ("dollars", COST),
    ("tokens", COUNT),
    ("input", COUNT),
    ("output", COUNT),
    ("outcome", RECORDED),
    ("status", RECORDED),
    ("latency", RECORDED),
    ("latency_ms", RECORDED),
    ("duration", RECORDED),
    ("ttft", RECORDED),
    ("ttft_ms", RECORDED),
    ("ts", RECORDED),
    (
        "retry",
        "write `attempt = expr` for the number of the attempt, and `retry_cause = expr` for the reason of the retry",
    ),
    ("session_id", "write `session = expr`"),
    (
        "project",
        "the project is that of the session: name it with `Session::builder()`",
    ),
    (
        "user",
        "the user is that of the session: name it with `Session::builder()`",
    ),
];
const COST: &str = "the cost is that of the answer, which a field with `#[usage(cost)]` or the headers state \
                    (`note_usage(Usage::default().with_headers(…))`), or is computed from prices: remove it";
const COUNT: &str = "the tokens are those of the answer: mark their fields with `#[usage(prompt_tokens)]` and the like in a type with \
                     `#[derive(UsageSource)]`, or name a value that has them, `usage = expr`";
const RECORDED: &str = "it is recorded without an option: remove it";

/// Options of `#[telemetry_span]` alone.
const OF_SPAN_ALONE: [&str; 10] = [
    "agent",
    "content",
    "err",
    "fields",
    "level",
    "operation",
    "ret",
    "root",
    "tool",
    "turn",
];

/// Returns the suggestion for a word that is no option of `#[telemetry_span]`.
pub(super) fn of_span(word: &str) -> Option<&'static str> {
    suggestion(&OF_SPAN, word)
}

/// Returns the error for a word that is no option of `#[session_usage]`. The parser stands behind the word.
pub(super) fn of_usage(word: &Ident, input: ParseStream<'_>) -> Option<syn::Error> {
    let found = word.unraw().to_string();
    let suggestion = if OF_SPAN_ALONE.contains(&&*found) {
        let whole = std::iter::once(TokenTree::Ident(word.clone()));
        let whole: TokenStream = whole.chain(separator::rest(input)).collect();
        let written = match shown(whole) {
            long if long == "expr" && matches!(&*found, "fields" | "content") => {
                format!("{found}(…)")
            }
            long if long == "expr" => found.clone(),
            short => short,
        };
        format!(
            "it is an option of `#[telemetry_span]`: write `#[telemetry_span(\"family.action\", {written})]` beside it"
        )
    } else if found.ends_with("_tokens") {
        COUNT.to_owned()
    } else {
        suggestion(&OF_USAGE, &found)?.to_owned()
    };
    Some(syn::Error::new(
        word.span(),
        format_args!("`#[session_usage]` has no option `{found}`: {suggestion}"),
    ))
}

fn suggestion(of: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    of.iter()
        .find(|(foreign, _)| *foreign == word)
        .map(|(_, suggestion)| *suggestion)
}
