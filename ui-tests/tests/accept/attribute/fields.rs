//! Every form of a field, and names that only resemble those of secrets.
#![deny(warnings)]
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{record, telemetry_event, telemetry_span};

#[derive(Debug)]
struct Preset {
    name: String,
}

#[telemetry_span(
    "a.every.form",
    fields(
        count,
        %text,
        ?preset,
        sum = count + 1,
        preset.name = preset.name,
        preset.shown = %preset.name.trim(),
        preset.debug = ?preset.name,
        negative = -1_i128,
        float = 0.5,
        literal = "text",
        reference = &count,
        block = { let n = *count; n },
        conditional = if *count > 1 { "many" } else { "one" },
        cast = *count as f64,
        range = ?(0..*count),
        generic = Vec::<(u8, u8)>::with_capacity(1).len(),
        path = ?path,
        elapsed,
        absent,
        api_key = redacted(text),
        nested.password = redacted(preset.name.clone()),
        r#type = 1,
    ),
    content(prompt, answer = %text, %shown),
)]
fn every_form(
    count: &usize,
    text: &str,
    preset: &Preset,
    path: &Path,
    elapsed: Duration,
    absent: Option<u64>,
    prompt: &str,
    shown: &str,
) -> usize {
    let late = 1;
    record!(late, %text, content(prompt), secret = redacted(late),);
    telemetry_event!("a.event", count, %text, ?preset, content(prompt));
    telemetry_event!(log = "billing", "a.event", level = "trace", late = late + 1);
    *count + path.as_os_str().len() + elapsed.subsec_millis() as usize + absent.map_or(0, |_| 1) + shown.len()
}

#[telemetry_span(
    "a.harmless",
    fields(prompt_tokens, token_count, tokens, max_tokens, keyboard, author)
)]
fn harmless(prompt_tokens: u8, token_count: u8, tokens: u8, max_tokens: u8, keyboard: u8, author: u8) -> u8 {
    prompt_tokens + token_count + tokens + max_tokens + keyboard + author
}

fn main() {
    let preset = Preset {
        name: "p".to_owned(),
    };
    assert_eq!(every_form(&1, "t", &preset, Path::new("a"), Duration::ZERO, None, "", ""), 2);
    assert_eq!(harmless(1, 2, 3, 4, 5, 6), 21);
}
