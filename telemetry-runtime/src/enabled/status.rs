//! The lines of `/status`: a summary and the table of models.

mod row;
mod table;

use std::fmt::Write;
use std::path::Path;

use telemetry_text::{counted, dollars, duration, grouped, milliseconds, visible};

use self::row::{RankedLine, Row};
use super::stats;
use crate::snapshot::data::{ContextUsage, NotRunning, SessionSnapshot};
use crate::snapshot::line::{Role, StatusLine};
use crate::{RateLimit, Totals};

/// The number of models in the text.
const MODELS: usize = 5;
/// The width of the labels in the summary.
const LABEL: usize = 11;
/// The least width with labels beside the values.
const NARROW: usize = 24;

/// Returns the lines of the text, with at most `width` columns.
pub(crate) fn page(snapshot: &SessionSnapshot, width: usize) -> Vec<StatusLine> {
    with_table(summary(snapshot, width), snapshot, width, MODELS)
}

/// Returns the most important lines that fit into an area.
#[cfg(feature = "ratatui")]
pub(crate) fn fitting(snapshot: &SessionSnapshot, width: usize, height: usize) -> Vec<StatusLine> {
    /// An empty line, the heading, and one model.
    const SMALLEST_TABLE: usize = 3;
    let mut summary = summary(snapshot, width);
    let room = height.saturating_sub(summary.len());
    let models = &snapshot.models;
    if room >= SMALLEST_TABLE && !models.is_empty() {
        // Two lines are above the models, and one may be below for the models without a line.
        let rows = room - 2;
        let most = if models.len() > rows { rows - 1 } else { rows };
        return with_table(summary, snapshot, width, most);
    }
    while summary.len() > height {
        let Some(worst) = summary.iter().map(|line| line.rank).max() else {
            break;
        };
        let at = summary.iter().rposition(|line| line.rank == worst);
        summary.remove(at.unwrap_or(0));
    }
    summary.into_iter().map(|ranked| ranked.line).collect()
}

fn with_table(
    summary: Vec<RankedLine>,
    snapshot: &SessionSnapshot,
    width: usize,
    most: usize,
) -> Vec<StatusLine> {
    let mut lines: Vec<StatusLine> = summary.into_iter().map(|ranked| ranked.line).collect();
    if !snapshot.models.is_empty() {
        lines.push(StatusLine::default());
        lines.extend(table::lines(&snapshot.models, most, width));
    }
    lines
}

fn summary(snapshot: &SessionSnapshot, width: usize) -> Vec<RankedLine> {
    let mut rows = Vec::new();
    if let Some(id) = snapshot.session_id {
        rows.push(Row::new("Session", 9, id.to_string()));
    }
    if let Some(parent) = snapshot.parent_id {
        rows.push(Row::new("Parent", 12, parent.to_string()));
    }
    if let Some(directory) = &snapshot.directory {
        rows.push(Row::new("Directory", 11, short_path(directory)));
    }
    let totals = &snapshot.totals;
    if totals.requests == 0 {
        rows.push(if snapshot.is_off {
            Row::warning("Requests", 2, "not counted")
        } else {
            Row::new("Requests", 2, "none yet")
        });
    } else {
        rows.extend(totals_of(snapshot, totals));
    }
    rows.extend(children(&snapshot.children));
    rows.extend(damage(snapshot));
    rows.extend(unsaved(snapshot));
    if snapshot.is_off {
        let reason = match snapshot.not_running {
            Some(NotRunning::NotInitialized) => "not initialised: no call of `init` succeeded",
            Some(NotRunning::Ended) => "ended: the value of `init` was dropped",
            None => "disabled",
        };
        rows.push(Row::warning("Telemetry", 2, reason));
    }
    if width < NARROW {
        return rows.into_iter().map(|row| row.bare_line(width)).collect();
    }
    rows.into_iter()
        .flat_map(|row| row.lines(LABEL, width))
        .collect()
}

fn totals_of(snapshot: &SessionSnapshot, totals: &Totals) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(last) = &snapshot.last_model {
        let usage = snapshot.models.iter().find(|usage| usage.model == *last);
        let effort = usage.and_then(|usage| usage.last_effort.as_deref());
        let row = Row::new("Model", 3, visible(last).into_owned());
        rows.push(match effort {
            Some(effort) => row.and(Role::Detail, format!("({})", visible(effort))),
            None => row,
        });
    }
    let context_model = snapshot.context_model.as_ref();
    let other_model = context_model.filter(|model| Some(*model) != snapshot.last_model.as_ref());
    let context = snapshot.context;
    rows.extend(context.and_then(|usage| context_row(usage, other_model)));
    rows.push(Row::new(
        "Tokens",
        0,
        format!("{} total", grouped(totals.total_tokens)),
    ));
    rows.push(input(totals));
    let output = Row::new("  output", 5, grouped(totals.completion_tokens));
    let is_reasoning_known = snapshot.is_reasoning_reported || totals.reasoning_tokens > 0;
    rows.push(if is_reasoning_known {
        let reasoning = format!("({} reasoning)", grouped(totals.reasoning_tokens));
        output.and(Role::Detail, reasoning)
    } else {
        output
    });
    rows.push(match totals.cache_hit_rate() {
        Some(rate) => {
            let of = grouped(totals.cache_reported_prompt_tokens);
            Row::new("Cache hits", 6, format!("{:.1}%", rate * 100.0))
                .and(Role::Detail, format!("of {of} input tokens"))
        }
        None => Row::new("Cache hits", 6, "not reported"),
    });
    if totals.inconsistent_requests > 0 {
        let requests = counted(totals.inconsistent_requests, "request", "requests");
        let row = Row::new("Counts", 8, "inconsistent");
        rows.push(row.and(Role::Warning, format!("in {requests}, excluded from rates")));
    }
    rows.push(requests(totals));
    rows.push(cost(totals));
    if totals.saved_nanos > 0 {
        let saved = Row::new("Saved", 8, dollars(totals.saved_nanos));
        rows.push(saved.and(Role::Detail, "by the proxy's cache"));
    }
    rows.extend(rate_limits(&snapshot.rate_limits));
    // Records have whole milliseconds.
    let api_millis = u64::try_from(totals.api_time.as_millis()).unwrap_or(u64::MAX);
    let row = Row::new("API time", 7, milliseconds(api_millis));
    let wall = snapshot.wall_time();
    rows.push(if wall.is_zero() {
        row
    } else {
        row.and(Role::Detail, format!("(wall time {})", duration(wall)))
    });
    rows
}

/// Returns the row of the input, with the tokens of the cache as far as answers report them.
fn input(totals: &Totals) -> Row {
    let is_cache_known = totals.cache_hit_rate().is_some() || totals.cached_tokens > 0;
    let mut parts = Vec::new();
    if is_cache_known {
        parts.push(format!("{} cached", grouped(totals.cached_tokens)));
    }
    if totals.cache_write_tokens > 0 {
        let written = grouped(totals.cache_write_tokens);
        parts.push(format!("{written} written to cache"));
    }
    let row = Row::new("  input", 4, grouped(totals.prompt_tokens));
    if parts.is_empty() {
        return row;
    }
    row.and(Role::Detail, format!("({})", parts.join(", ")))
}

/// Returns a path with `~` in place of the user's home.
fn short_path(path: &str) -> String {
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    let below = home.and_then(|home| Some(Path::new(path).strip_prefix(home).ok()?.to_owned()));
    match below {
        Some(below) if below.as_os_str().is_empty() => "~".to_owned(),
        Some(below) => visible(&format!("~/{}", below.display())).into_owned(),
        None => visible(path).into_owned(),
    }
}

/// Returns the row of the context. It names `other_model` where that is not the model of the row above.
fn context_row(context: ContextUsage, other_model: Option<&String>) -> Option<Row> {
    let left = context.left_percent()?;
    let used = grouped(context.tokens);
    let window = grouped(context.window?);
    let detail = match other_model {
        Some(model) => format!("({used} of {window} tokens of {} used)", visible(model)),
        None => format!("({used} of {window} tokens used)"),
    };
    let role = if left < 10 {
        Role::Warning
    } else {
        Role::Value
    };
    Some(Row {
        label: "Context",
        rank: 3,
        value: vec![(role, format!("{left}% left")), (Role::Detail, detail)],
    })
}

fn rate_limits(limits: &[RateLimit]) -> Option<Row> {
    let mut pieces = Vec::new();
    // The last piece of each limit, behind which a comma separates the limit from the next one.
    let mut ends = Vec::new();
    for limit in limits {
        let Some(left) = limit.left_percent() else {
            continue;
        };
        let kind = visible(&limit.kind).replace('-', " ");
        let role = if left < 10.0 {
            Role::Warning
        } else {
            Role::Value
        };
        pieces.push((role, format!("{kind} {:.0}% left", left.floor())));
        if let Some(time) = limit.resets_in {
            let time = if time.is_zero() {
                "(resets now)".to_owned()
            } else {
                format!("(resets in {})", duration(time))
            };
            pieces.push((Role::Detail, time));
        }
        ends.push(pieces.len() - 1);
    }
    ends.pop();
    for end in ends {
        let (_, text): &mut (Role, String) = &mut pieces[end];
        text.push(',');
    }
    (!pieces.is_empty()).then_some(Row {
        label: "Limits",
        rank: 6,
        value: pieces,
    })
}

fn requests(totals: &Totals) -> Row {
    let mut pieces = vec![(Role::Value, counted(totals.requests, "request", "requests"))];
    if totals.failures > 0 {
        pieces.push((
            Role::Warning,
            format!("{} failed", grouped(totals.failures)),
        ));
    }
    if totals.retries > 0 {
        pieces.push((Role::Detail, counted(totals.retries, "retry", "retries")));
    }
    let last = pieces.len() - 1;
    for (_, text) in &mut pieces[..last] {
        text.push(',');
    }
    Row {
        label: "Requests",
        rank: 2,
        value: pieces,
    }
}

fn cost(totals: &Totals) -> Row {
    let unpriced = counted(totals.unpriced(), "request", "requests");
    let row = |text: &str| Row::new("Cost", 1, text);
    let all = totals.cost_nanos;
    let priced = row(&dollars(all));
    let priced = match totals.calculated_cost_nanos {
        0 if all == 0 => priced,
        0 => priced.and(Role::Detail, "(reported)"),
        part if part == all => priced.and(Role::Detail, "(calculated)"),
        part => priced.and(Role::Detail, format!("({} calculated)", dollars(part))),
    };
    match (all, totals.unpriced()) {
        (0, 0) if totals.total_tokens == 0 => priced.and(Role::Detail, "(no tokens to price)"),
        (_, 0) => priced,
        (0, _) => row("unknown").and(Role::Warning, format!("({unpriced} unpriced)")),
        _ => priced.and(Role::Warning, format!("and {unpriced} unpriced")),
    }
}

/// Returns the row of the sessions that were started from this one, which no other row includes.
fn children(totals: &Totals) -> Option<Row> {
    if totals.requests == 0 {
        return None;
    }
    let mut more = format!("in {}", counted(totals.requests, "request", "requests"));
    if totals.cost_nanos != 0 {
        let _ = write!(more, ", {}", dollars(totals.cost_nanos));
    }
    if totals.unpriced() > 0 {
        let unpriced = grouped(totals.unpriced());
        let _ = write!(more, ", {unpriced} unpriced");
    }
    let tokens = counted(totals.total_tokens, "token", "tokens");
    Some(Row::new("Subagents", 8, tokens).and(Role::Detail, more + ", not in the sums"))
}

fn damage(snapshot: &SessionSnapshot) -> Option<Row> {
    let mut found = Vec::new();
    if snapshot.is_partial {
        found.push("partial totals, since earlier records were removed".to_owned());
    }
    if snapshot.damaged_lines > 0 {
        let lines = counted(snapshot.damaged_lines, "damaged line", "damaged lines");
        found.push(format!("{lines} skipped"));
    }
    if snapshot.unreadable_files > 0 {
        let files = counted(snapshot.unreadable_files, "file", "files");
        found.push(format!("{files} could not be read"));
    }
    (!found.is_empty()).then(|| Row::warning("Log", 10, found.join(", ")))
}

/// Returns the row of the records that could not be saved.
fn unsaved(snapshot: &SessionSnapshot) -> Option<Row> {
    if snapshot.unsaved_records == 0 {
        return None;
    }
    let records = counted(snapshot.unsaved_records, "record", "records");
    let row = Row::warning("Not saved", 2, records);
    Some(match &snapshot.unsaved_reason {
        Some(reason) => {
            let advice = advice(reason).map_or_else(String::new, |advice| format!(": {advice}"));
            row.and(Role::Warning, format!("({}{advice})", visible(reason)))
        }
        None => row,
    })
}

/// Returns what a person does about a cause of records that are not saved, if the text of the cause does not show it.
fn advice(cause: &str) -> Option<&'static str> {
    (cause == stats::DIRECTORY_GONE).then_some(
        "the directory of the log was removed, or moved; create it again, or correct `dir` below [telemetry]",
    )
}
