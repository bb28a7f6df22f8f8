//! The table of models and their totals.

use telemetry_text::{Cell, Column, Table, compact, dollars};

use super::row::cut_line;
use crate::Totals;
use crate::snapshot::data::ModelUsage;
use crate::snapshot::line::{Role, StatusLine};

/// The least width with columns for requests, input and output.
const WIDE: usize = 64;
/// The least width with columns for failures, cached input and reasoning as well.
const WIDER: usize = 100;

/// A column of totals: its title, the least width of a text that has the column, and its cells.
type TotalsColumn = (&'static str, usize, fn(&Totals) -> String);

const COLUMNS: [TotalsColumn; 8] = [
    ("Requests", WIDE, |totals| compact(totals.requests)),
    ("Failed", WIDER, |totals| compact(totals.failures)),
    ("Input", WIDE, |totals| compact(totals.prompt_tokens)),
    ("Cached", WIDER, |totals| compact(totals.cached_tokens)),
    ("Output", WIDE, |totals| compact(totals.completion_tokens)),
    ("Reasoning", WIDER, |totals| {
        compact(totals.reasoning_tokens)
    }),
    ("Total", 0, |totals| compact(totals.total_tokens)),
    ("Cost", 0, cost),
];

/// Returns a heading and a line for each of at most `most` models. A further line has the sum of the other
/// models.
pub(super) fn lines(models: &[ModelUsage], most: usize, width: usize) -> Vec<StatusLine> {
    // A line for the sum of one model would take as much room as a line for that model.
    let most = if models.len() == most + 1 {
        models.len()
    } else {
        most
    };
    let (own, more) = models.split_at(most.min(models.len()));
    let shown = || COLUMNS.iter().filter(|(_, least, _)| width >= *least);
    let titles = shown().map(|(title, ..)| Column::number(title));
    let mut table = Table::new(std::iter::once(Column::text("Model").least(0)).chain(titles));
    let cells = |name: &str, totals: &Totals| -> Vec<Cell> {
        let totals = shown().map(|(.., cell)| cell(totals).into());
        std::iter::once(name.into()).chain(totals).collect()
    };
    for usage in own {
        table.row((), cells(&usage.model, &usage.totals));
    }
    if !more.is_empty() {
        let mut sum = Totals::default();
        for usage in more {
            sum.add(&usage.totals);
        }
        table.row((), cells(&format!("{} more models", more.len()), &sum));
    }
    let layout = table.layout(Some(width));
    let heads = layout.titles().into_iter().map(|titles| {
        let titles = titles.into_iter();
        titles.map(|title| (Role::Head, title)).collect()
    });
    let rows = layout.rows().flat_map(|((), lines)| lines).map(|cells| {
        let cells = cells.into_iter().enumerate();
        cells.map(|(at, cell)| (role(at, &cell), cell)).collect()
    });
    heads
        .chain(rows)
        .map(|pieces| cut_line(StatusLine { pieces }, width))
        .collect()
}

fn role(column: usize, cell: &str) -> Role {
    match cell.trim() {
        _ if column == 0 => Role::Label,
        cell if cell == "unpriced" || cell.ends_with('+') => Role::Warning,
        _ => Role::Value,
    }
}

/// Returns the cost in at most eleven columns.
fn cost(totals: &Totals) -> String {
    let format = |nanos: i64| match nanos.unsigned_abs() / 1_000_000_000 {
        whole if whole < 10_000 => dollars(nanos),
        whole => format!("${}", compact(whole)),
    };
    telemetry_text::cost(
        totals.cost_nanos,
        totals.unpriced(),
        totals.total_tokens > 0,
        format,
    )
}
