//! The lines of `/status`: a summary and the table of models.

mod row;
mod table;

use std::fmt::Write;
use std::path::Path;

use telemetry_text::{counted, dollars, duration, grouped, visible};

use self::row::{RankedLine, Row};
use crate::snapshot::data::{ContextUsage, SessionSnapshot};
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
    if snapshot.is_off {
        rows.push(Row::warning("Telemetry", 2, "disabled"));
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
    rows.extend(snapshot.context.and_then(context));
    rows.push(Row::new(
        "Tokens",
        0,
        format!("{} total", grouped(totals.total_tokens)),
    ));
    let mut cached = format!("({} cached", grouped(totals.cached_tokens));
    if totals.cache_write_tokens > 0 {
        let written = grouped(totals.cache_write_tokens);
        // Writing to a string cannot fail.
        let _ = write!(cached, ", {written} written to cache");
    }
    cached.push(')');
    rows.push(Row::new("  input", 4, grouped(totals.prompt_tokens)).and(Role::Detail, cached));
    let reasoning = format!("({} reasoning)", grouped(totals.reasoning_tokens));
    let output = grouped(totals.completion_tokens);
    rows.push(Row::new("  output", 5, output).and(Role::Detail, reasoning));
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
        rows.push(row.and(Role::Warning, format!("in {requests}, left out of rates")));
    }
    rows.push(requests(totals));
    rows.push(cost(totals));
    if totals.saved_nanos > 0 {
        let saved = Row::new("Saved", 8, dollars(totals.saved_nanos));
        rows.push(saved.and(Role::Detail, "by the proxy's cache"));
    }
    rows.extend(rate_limits(&snapshot.rate_limits));
    let row = Row::new("API time", 7, duration(totals.api_time));
    let wall = snapshot.wall_time();
    rows.push(if wall.is_zero() {
        row
    } else {
        row.and(Role::Detail, format!("(wall time {})", duration(wall)))
    });
    rows
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

fn context(context: ContextUsage) -> Option<Row> {
    let left = context.left_percent()?;
    let detail = format!(
        "({} of {} tokens used)",
        grouped(context.tokens),
        grouped(context.window?)
    );
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
            pieces.push((Role::Detail, format!("(resets in {})", duration(time))));
        }
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
        (0, 0) if totals.total_tokens == 0 => row("nothing to price"),
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
    let tokens = format!("{} tokens", grouped(totals.total_tokens));
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
