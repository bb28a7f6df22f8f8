//! The table of models and their totals.

use telemetry_text::{Cell, Column, Table, compact, dollars};

use super::row::cut_line;
use crate::Totals;
use crate::snapshot::data::ModelUsage;
use crate::snapshot::line::{Role, StatusLine};

/// A column of totals: its title, its rank, and its cells. Columns of a high rank are omitted first where the width does not
/// suffice, and those of rank 0 never.
type TotalsColumn = (&'static str, u8, fn(&Totals) -> String);

const COLUMNS: [TotalsColumn; 8] = [
    ("Requests", 1, |totals| compact(totals.requests)),
    (FAILED, 8, |totals| compact(totals.failures)),
    ("Input", 4, |totals| compact(totals.prompt_tokens)),
    ("Cached", 6, |totals| compact(totals.cached_tokens)),
    ("Output", 5, |totals| compact(totals.completion_tokens)),
    ("Reasoning", 7, |totals| compact(totals.reasoning_tokens)),
    ("Total", 3, |totals| compact(totals.total_tokens)),
    ("Cost", 0, cost),
];

/// The title of the column that is omitted last but one, before the requests, if a request failed, and first otherwise.
const FAILED: &str = "Failed";

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
    let has_failures = models.iter().any(|usage| usage.totals.failures > 0);
    let columns = COLUMNS.map(|(title, rank, _)| match title {
        FAILED if has_failures => Column::number(title).rank(2),
        _ => Column::number(title).rank(rank),
    });
    let mut table = Table::new(std::iter::once(Column::text("Model").least(0)).chain(columns));
    let cells = |name: &str, totals: &Totals| -> Vec<Cell> {
        let totals = COLUMNS.iter().map(|(.., cell)| cell(totals).into());
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
    telemetry_text::cost(totals.cost_nanos, totals.unpriced(), format)
}
