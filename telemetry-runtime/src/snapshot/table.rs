//! The models and their sums, in columns.

use super::format::{clean, columns, compact, cut, dollars};
use super::lines::{Line, Role};
use super::{ModelUsage, Totals};

/// Below this width there are no columns for requests, input and output.
const WIDE: usize = 64;
/// From this width on there are columns for failures, cached input and reasoning.
const WIDER: usize = 100;
/// The rank of its lines: behind all of what stands above it.
const RANK: u8 = 100;

type Column = (&'static str, fn(&Totals) -> String);

const COLUMNS: [Column; 8] = [
    ("Requests", |totals| compact(totals.requests)),
    ("Failed", |totals| compact(totals.failures)),
    ("Input", |totals| compact(totals.prompt_tokens)),
    ("Cached", |totals| compact(totals.cached_tokens)),
    ("Output", |totals| compact(totals.completion_tokens)),
    ("Reasoning", |totals| compact(totals.reasoning_tokens)),
    ("Total", |totals| compact(totals.total_tokens)),
    ("Cost", cost_cell),
];

fn shown(width: usize) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |(head, _)| match *head {
        "Total" | "Cost" => true,
        "Requests" | "Input" | "Output" => width >= WIDE,
        _ => width >= WIDER,
    })
}

/// A heading and a line for each of at most `most` models; the others are summed up in one more.
pub(super) fn lines(models: &[ModelUsage], most: usize, width: usize) -> Vec<Line> {
    // One more line would take as much room as the model that it stands for.
    let most = if models.len() == most + 1 {
        models.len()
    } else {
        most
    };
    let (own, more) = models.split_at(most.min(models.len()));
    let cells = |totals: &Totals| shown(width).map(|(_, cell)| cell(totals)).collect();
    let mut rows: Vec<(String, Vec<String>)> = own
        .iter()
        .map(|usage| (clean(&usage.model), cells(&usage.totals)))
        .collect();
    if !more.is_empty() {
        let mut sum = Totals::default();
        for usage in more {
            sum.add(&usage.totals);
        }
        rows.push((format!("{} more models", more.len()), cells(&sum)));
    }
    let widths: Vec<usize> = shown(width)
        .enumerate()
        .map(|(at, (head, _))| {
            let widest = rows.iter().map(|(_, cells)| columns(&cells[at])).max();
            widest.unwrap_or(0).max(head.len())
        })
        .collect();
    let taken: usize = widths.iter().map(|width| width + 2).sum();
    let widest = rows.iter().map(|(name, _)| columns(name)).max();
    let name_width = widest
        .unwrap_or(0)
        .max("Model".len())
        .min(width.saturating_sub(taken));
    let heads = shown(width).map(|(head, _)| (*head).to_owned()).collect();
    std::iter::once(("Model".to_owned(), heads))
        .chain(rows)
        .enumerate()
        .map(|(at, (name, cells))| {
            let (name_role, role) = match at {
                0 => (Role::Head, Role::Head),
                _ => (Role::Label, Role::Value),
            };
            let name = cut(&name, name_width);
            let mut pieces = vec![(name_role, pad_right(&name, name_width))];
            for (cell, width) in cells.iter().zip(&widths) {
                let role = if cell == "unpriced" || cell.ends_with('+') {
                    Role::Warning
                } else {
                    role
                };
                pieces.push((role, format!("  {}", pad_left(cell, *width))));
            }
            Line { pieces, rank: RANK }.cut(width)
        })
        .collect()
}

fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// At most eleven columns. A `+` says that there is more that nobody priced.
fn cost_cell(totals: &Totals) -> String {
    let whole = totals.cost_nanos.unsigned_abs() / 1_000_000_000;
    let cost = match totals.cost_nanos {
        nanos if whole < 10_000 => dollars(nanos),
        _ => format!("${}", compact(whole)),
    };
    match (totals.cost_nanos, totals.unpriced_requests) {
        (0, 0) if totals.total_tokens == 0 => "-".to_owned(),
        (_, 0) => cost,
        (0, _) => "unpriced".to_owned(),
        _ => format!("{cost}+"),
    }
}
