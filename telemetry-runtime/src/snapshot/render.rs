//! The text that `/status` shows.

use std::fmt::Write;
use std::time::Duration;

use super::{ModelUsage, SessionSnapshot, Totals};

/// How many models have a line of their own.
const MODELS: usize = 5;
/// The first column of the upper part.
const LABEL: usize = 11;
/// Below this width the table has no columns for requests, input and output.
const WIDE: usize = 64;

pub(super) fn render(snapshot: &SessionSnapshot, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width,
    };
    if let Some(id) = snapshot.session_id {
        page.row("Session", &id.to_string());
    }
    let totals = &snapshot.totals;
    if totals.requests == 0 {
        page.row("Requests", "none yet");
    } else {
        page.totals(snapshot, totals);
    }
    if snapshot.damaged_lines > 0 {
        let lines = number(snapshot.damaged_lines, "damaged line", "damaged lines");
        page.row("Log", &format!("{lines} left out"));
    }
    if !snapshot.models.is_empty() {
        page.models(&snapshot.models);
    }
    page.text.truncate(page.text.trim_end().len());
    page.text
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn totals(&mut self, snapshot: &SessionSnapshot, totals: &Totals) {
        if let Some(last) = &snapshot.last_model {
            let usage = snapshot.models.iter().find(|usage| usage.model == *last);
            let effort = usage.and_then(|usage| usage.last_effort.as_deref());
            let effort = effort.map_or(String::new(), |effort| format!(" ({})", clean(effort)));
            self.row("Model", &format!("{}{effort}", clean(last)));
        }
        self.row("Tokens", &format!("{} total", grouped(totals.total_tokens)));
        let mut cached = format!("{} cached", grouped(totals.cached_tokens));
        if totals.cache_write_tokens > 0 {
            let _ = write!(
                cached,
                ", {} written to cache",
                grouped(totals.cache_write_tokens)
            );
        }
        self.row(
            "  input",
            &format!("{} ({cached})", grouped(totals.prompt_tokens)),
        );
        let reasoning = grouped(totals.reasoning_tokens);
        let output = grouped(totals.completion_tokens);
        self.row("  output", &format!("{output} ({reasoning} reasoning)"));
        let cache = match totals.cache_hit_rate() {
            Some(rate) => format!(
                "{:.1}% of {} input tokens",
                rate * 100.0,
                grouped(totals.cache_reported_prompt_tokens)
            ),
            None => "not reported".to_owned(),
        };
        self.row("Cache hits", &cache);
        let mut requests = number(totals.requests, "request", "requests");
        if totals.failures > 0 {
            let _ = write!(requests, ", {} failed", grouped(totals.failures));
        }
        if totals.retries > 0 {
            let _ = write!(requests, ", {}", number(totals.retries, "retry", "retries"));
        }
        self.row("Requests", &requests);
        self.row("Cost", &cost_sentence(totals));
        self.row("API time", &duration(totals.api_time));
    }

    fn models(&mut self, models: &[ModelUsage]) {
        self.text.push('\n');
        let wide = self.width >= WIDE;
        let heads: &[&str] = if wide {
            &["Requests", "Input", "Output", "Total", "Cost"]
        } else {
            &["Total", "Cost"]
        };
        let cells = |totals: &Totals| -> Vec<String> {
            let counts = [
                totals.requests,
                totals.prompt_tokens,
                totals.completion_tokens,
                totals.total_tokens,
            ];
            let shown = if wide { &counts[..] } else { &counts[3..] };
            let cost = [cost_cell(totals)];
            shown
                .iter()
                .map(|count| compact(*count))
                .chain(cost)
                .collect()
        };
        // One more line would take as much room as the model that it stands for.
        let shown = if models.len() == MODELS + 1 {
            models.len()
        } else {
            MODELS
        };
        let (own, more) = models.split_at(shown.min(models.len()));
        let mut rows: Vec<(String, Vec<String>)> = own
            .iter()
            .map(|usage| (clean(&usage.model), cells(&usage.totals)))
            .collect();
        if !more.is_empty() {
            let mut sum = Totals::default();
            for usage in more {
                sum.add_shown(&usage.totals);
            }
            rows.push((format!("{} more models", more.len()), cells(&sum)));
        }
        let widths: Vec<usize> = heads
            .iter()
            .enumerate()
            .map(|(at, head)| {
                let widest = rows.iter().map(|(_, cells)| columns(&cells[at])).max();
                widest.unwrap_or(0).max(head.len())
            })
            .collect();
        let taken: usize = widths.iter().map(|width| width + 2).sum();
        let widest = rows
            .iter()
            .map(|(name, _)| columns(name))
            .max()
            .unwrap_or(0);
        let name_width = widest.max(5).min(self.width.saturating_sub(taken));
        let heads = heads.iter().map(|head| (*head).to_owned()).collect();
        for (name, cells) in std::iter::once(("Model".to_owned(), heads)).chain(rows) {
            let name = cut(&name, name_width);
            let mut line = format!("{name}{}", " ".repeat(name_width - columns(&name)));
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(line, "  {}{cell}", " ".repeat(width - columns(cell)));
            }
            self.line(&line);
        }
    }

    /// A label and a text, which goes on below itself where it is too long.
    fn row(&mut self, label: &str, text: &str) {
        let room = self.width - LABEL;
        let mut label = label;
        let mut line = String::new();
        for word in text.split(' ') {
            let joined = columns(&line) + usize::from(!line.is_empty()) + columns(word);
            if !line.is_empty() && joined > room {
                self.line(&format!("{label:LABEL$}{line}"));
                label = "";
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&format!("{label:LABEL$}{line}"));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(cut(line, self.width).trim_end());
        self.text.push('\n');
    }
}

impl Totals {
    /// Adds what the table shows.
    fn add_shown(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.completion_tokens = self
            .completion_tokens
            .saturating_add(other.completion_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.cost_nanos = self.cost_nanos.saturating_add(other.cost_nanos);
        self.unpriced_requests = self
            .unpriced_requests
            .saturating_add(other.unpriced_requests);
    }

    fn has_tokens(&self) -> bool {
        self.total_tokens > 0
    }
}

fn cost_sentence(totals: &Totals) -> String {
    let unpriced = number(totals.unpriced_requests, "request", "requests");
    match (totals.cost_nanos, totals.unpriced_requests) {
        (0, 0) if !totals.has_tokens() => "nothing to price".to_owned(),
        (nanos, 0) => dollars(nanos),
        (0, _) => format!("unknown ({unpriced} unpriced)"),
        (nanos, _) => format!("{} and {unpriced} unpriced", dollars(nanos)),
    }
}

/// At most eleven columns. A `+` says that there is more that nobody priced.
fn cost_cell(totals: &Totals) -> String {
    let whole = totals.cost_nanos.unsigned_abs() / 1_000_000_000;
    let cost = match totals.cost_nanos {
        nanos if whole < 10_000 => dollars(nanos),
        _ => format!("${}", compact(whole)),
    };
    match (totals.cost_nanos, totals.unpriced_requests) {
        (0, 0) if !totals.has_tokens() => "-".to_owned(),
        (_, 0) => cost,
        (0, _) => "unpriced".to_owned(),
        _ => format!("{cost}+"),
    }
}

/// Cents from a dollar on, smaller parts below.
fn dollars(nanos: i64) -> String {
    let places = match nanos.unsigned_abs() {
        0 | 1_000_000_000.. => 2,
        10_000_000.. => 4,
        1_000.. => 6,
        _ => 9,
    };
    let unit = 10_u64.pow(9 - places);
    let units = nanos.unsigned_abs().saturating_add(unit / 2) / unit;
    let whole = 10_u64.pow(places);
    let sign = if nanos < 0 { "-" } else { "" };
    let places = places as usize;
    format!(
        "{sign}${}.{:0places$}",
        grouped(units / whole),
        units % whole
    )
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", grouped(seconds / 3600), seconds / 60 % 60),
    }
}

fn number(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `1234567` as `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// At most seven columns: `999,999`, `1.23M`, `18.4E`.
fn compact(count: u64) -> String {
    if count < 1_000_000 {
        return grouped(count);
    }
    let mut unit = 1_000_000;
    let mut name = 'M';
    for next in ['G', 'T', 'P', 'E'] {
        if count / unit < 1000 {
            break;
        }
        unit *= 1000;
        name = next;
    }
    let hundredths = count / (unit / 100);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match whole {
        0..10 => format!("{whole}.{part:02}{name}"),
        10..100 => format!("{whole}.{}{name}", part / 10),
        _ => format!("{whole}{name}"),
    }
}

/// A name without what could move a terminal's cursor or turn its writing round.
fn clean(name: &str) -> String {
    let harmful = |found: char| {
        found.is_control()
            || matches!(found, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    name.chars()
        .map(|found| if harmful(found) { '\u{fffd}' } else { found })
        .collect()
}

/// The columns that a text takes at most: from Hangul on characters may be two wide.
fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

fn char_columns(found: char) -> usize {
    match found {
        '\u{2010}'..='\u{2027}' | '\u{fffd}' => 1,
        '\u{1100}'.. => 2,
        _ => 1,
    }
}

/// The text in at most `width` columns, with a mark where it was cut.
fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut taken = 1;
    let mut short: String = text
        .chars()
        .take_while(|found| {
            taken += char_columns(*found);
            taken <= width
        })
        .collect();
    short.push('…');
    short
}
