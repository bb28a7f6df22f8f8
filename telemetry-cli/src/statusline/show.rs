//! Shows the values as one line and as JSON.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use telemetry_schema::record::{NanoUsd, known_cost};

use super::{Statusline, StatuslineInput};
use crate::terminal::{Terminal, columns, cost, cut, visible, write_json as write_document};

/// Between two parts, as in ccusage's status line.
const SEPARATOR: &str = " | ";
/// The part of the context below which it is nearly used up, in percent.
const LOW: u64 = 10;
const WARNING: Style = AnsiColor::Red.on_default();
const PLAIN: Style = Style::new();

/// A part of the line. The part with the highest rank is omitted first.
struct Part {
    /// The number, which is never cut; empty for the model.
    number: String,
    /// The words, which are cut if the line has no place for all of them.
    words: String,
    rank: u8,
    style: Style,
}

/// Returns the line: the model, the cost of the session and of today, the cost per hour and the context that is left. With a
/// width, parts are omitted until the line fits; the words of the last one are cut, but not its number. Without any value, or if
/// no number fits, the line is empty. It has colours if there is a terminal to style them.
pub fn line(
    values: &Statusline,
    input: &StatuslineInput,
    width: Option<usize>,
    colors: Option<&Terminal>,
) -> String {
    let mut parts = parts(values, input);
    parts.retain(|part| width.is_none_or(|width| columns(&part.number) <= width));
    let length = |parts: &[Part]| {
        let texts: usize = parts.iter().map(|part| columns(&part.text())).sum();
        texts + SEPARATOR.len() * parts.len().saturating_sub(1)
    };
    while let Some(width) = width
        && length(&parts) > width
        && parts.len() > 1
    {
        let last = (0..parts.len()).max_by_key(|at| parts[*at].rank);
        parts.remove(last.unwrap_or(0));
    }
    let shown = parts.iter().map(|part| {
        let text = part.fitting(width.unwrap_or(usize::MAX));
        match colors {
            Some(terminal) if part.style != PLAIN => terminal.styled(part.style, text),
            _ => text,
        }
    });
    shown.collect::<Vec<_>>().join(SEPARATOR)
}

impl Part {
    fn text(&self) -> String {
        format!("{}{}", self.number, self.words)
    }

    /// Returns the text in at most `width` columns, of which the number takes a part or all.
    fn fitting(&self, width: usize) -> String {
        if columns(&self.number) == width {
            return self.number.clone();
        }
        cut(&self.text(), width).into_owned()
    }
}

fn parts(values: &Statusline, input: &StatuslineInput) -> Vec<Part> {
    let part = |number: String, words: &str, rank| Part {
        number,
        words: words.to_owned(),
        rank,
        style: PLAIN,
    };
    let mut parts = Vec::new();
    if let Some(model) = &values.model {
        parts.push(part(String::new(), &visible(model), 1));
    }
    if values.of_session.requests > 0 {
        parts.push(part(cost(&values.of_session), " session", 0));
    } else if let Some(usd) = input.cost.total_cost_usd.filter(|usd| usd.is_finite()) {
        parts.push(part(format!("${usd:.4}"), " session", 0));
    }
    if values.of_today.requests > 0 {
        parts.push(part(cost(&values.of_today), " today", 2));
    }
    if let Some(hour) = values.of_hour.with_unit() {
        parts.push(part(hour, "", 4));
    }
    if let Some(left) = values.context_left {
        parts.push(Part {
            number: format!("{left}%"),
            words: " context left".to_owned(),
            rank: 3,
            style: if left < LOW { WARNING } else { PLAIN },
        });
    }
    parts
}

#[derive(Serialize)]
struct StatuslineJson<'a> {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_cost_usd: Option<NanoUsd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    today_cost_usd: Option<NanoUsd>,
    last_hour_cost_usd: NanoUsd,
    session_tokens: u64,
    today_tokens: u64,
    unpriced_requests: u64,
    today_unpriced_requests: u64,
    last_hour_unpriced_requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_left_percent: Option<u64>,
}

/// Writes the values as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(values: &Statusline, out: &mut impl Write) -> io::Result<()> {
    let document = StatuslineJson {
        v: 1,
        session_id: values.session.as_deref(),
        model: values.model.as_deref(),
        session_cost_usd: known_cost(&values.of_session),
        today_cost_usd: known_cost(&values.of_today),
        last_hour_cost_usd: NanoUsd(values.of_hour.nanos),
        session_tokens: values.of_session.total_tokens,
        today_tokens: values.of_today.total_tokens,
        unpriced_requests: values.of_session.unpriced(),
        today_unpriced_requests: values.of_today.unpriced(),
        last_hour_unpriced_requests: values.of_hour.unpriced(),
        context_tokens: values.context_tokens,
        context_window: values.context_window,
        context_left_percent: values.context_left,
    };
    write_document(out, &document)
}
