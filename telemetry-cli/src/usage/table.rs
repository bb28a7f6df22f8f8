//! The report as a table: ccusage's columns in ccusage's order, then further ones.

use std::io::{self, Write as _};

use telemetry_schema::record::NanoUsd;
use telemetry_schema::sort::sort_by_key;

use super::row::Times;
use super::{Report, UsageTotals};
use crate::selection::{Calendar, Grouping};
use crate::terminal::{
    Cell, Column, Emphasis, Table, Terminal, cost, counted, dollars, grouped, milliseconds, visible,
};

/// Options of the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableOptions {
    /// Adds a line for each model of a row.
    pub breakdown: bool,
    /// Shows only the columns that ccusage shows on a narrow terminal.
    pub compact: bool,
    /// Omits the cost.
    pub no_cost: bool,
}

/// The columns of `--compact`, as in ccusage.
const COMPACT: [&str; 3] = ["Input", "Output", "Cost (USD)"];

/// A column, and the function that formats its cell.
type Counted = (Column, fn(&UsageTotals) -> String);

/// The columns of ccusage. A narrow terminal omits columns of high rank.
const COUNTED: [Counted; 6] = [
    (Column::number("Input").rank(1), |it| {
        grouped(it.plain_input_tokens())
    }),
    (Column::number("Output").rank(1), |it| {
        grouped(it.sums.completion_tokens)
    }),
    (Column::number("Cache Create").rank(5), |it| {
        grouped(it.sums.cache_write_tokens)
    }),
    (Column::number("Cache Read").rank(4), |it| {
        grouped(it.sums.cached_tokens)
    }),
    (Column::number("Total Tokens").rank(3), |it| {
        grouped(it.sums.total_tokens)
    }),
    (Column::number("Cost (USD)"), |it| cost(&it.sums)),
];

/// Columns that ccusage does not have.
const FURTHER: [Counted; 7] = [
    (Column::number("Requests").rank(6), |it| {
        grouped(it.sums.requests)
    }),
    (Column::number("Failed").rank(7), |it| {
        grouped(it.sums.failures)
    }),
    (Column::number("Retries").rank(9), |it| {
        grouped(it.sums.retries)
    }),
    (Column::number("Cache Hits").rank(8), |it| {
        match it.sums.cache_hit_rate() {
            Some(rate) => format!("{:.1}%", rate * 100.0),
            None => "-".to_owned(),
        }
    }),
    (Column::number("p50").rank(10), |it| time(&it.latency, 50)),
    (Column::number("p95").rank(11), |it| time(&it.latency, 95)),
    (Column::number("First Token").rank(12), |it| {
        time(&it.first_token, 50)
    }),
];

fn time(times: &Times, percent: u64) -> String {
    times
        .percentile(percent)
        .map_or_else(|| "-".to_owned(), milliseconds)
}

impl Report {
    /// Writes the report as a table.
    ///
    /// # Errors
    ///
    /// Fails if stdout cannot be written.
    pub fn write_table(
        &self,
        shape: TableOptions,
        calendar: &Calendar,
        out: &mut Terminal,
    ) -> io::Result<()> {
        let shown: Vec<Counted> = COUNTED
            .into_iter()
            .chain(FURTHER)
            .filter(|(column, _)| match column.title() {
                "Cost (USD)" => !shape.no_cost,
                title => !shape.compact || COMPACT.contains(&title),
            })
            .collect();
        let by_session = self.grouping == Grouping::Session;
        let first = match self.grouping {
            Grouping::Daily => Column::key("Date"),
            Grouping::Weekly => Column::key("Week"),
            Grouping::Monthly => Column::key("Month"),
            Grouping::Session => Column::key("Session"),
            Grouping::Model => Column::key("Model"),
            Grouping::Project => Column::key("Project"),
            Grouping::User => Column::key("User"),
        };
        let with_models = self.grouping != Grouping::Model;
        let mut columns = vec![first];
        if with_models {
            columns.push(Column::text("Models").rank(2));
        }
        columns.extend(shown.iter().map(|(column, _)| *column));
        if by_session {
            columns.push(Column::fixed("Last Activity").rank(3));
        }
        let columns_len = columns.len();
        let mut table = Table::new(columns);
        let line = |name: Cell, models: Cell, usage: &UsageTotals, last: Cell| {
            let mut cells = vec![name];
            if with_models {
                cells.push(models);
            }
            cells.extend(shown.iter().map(|(_, cell)| Cell::from(cell(usage))));
            if by_session {
                cells.push(last);
            }
            cells
        };
        for row in &self.rows {
            let models = Cell::lines(row.models.iter().map(|(model, _)| model));
            let last = calendar.minute(row.last).into();
            let name = Cell::from(&row.key);
            table.row(Emphasis::Plain, line(name, models, &row.total(), last));
            for (model, usage) in row.models.iter().filter(|_| shape.breakdown && with_models) {
                let model = Cell::from(format!("  └─ {model}"));
                table.row(Emphasis::Part, line(model, "".into(), usage, "".into()));
            }
        }
        table.row(
            Emphasis::Total,
            line("Total".into(), "".into(), &self.total, "".into()),
        );
        let saved = self.total.sums.saved_nanos;
        if saved > 0 && !shape.no_cost {
            let note = format!("  {} saved", dollars(NanoUsd(saved)));
            let mut cells = vec![Cell::from(note)];
            cells.resize_with(columns_len, || "".into());
            table.row(Emphasis::Part, cells);
        }
        table.write(out)?;
        let inconsistent = self.total.sums.inconsistent_requests;
        if inconsistent > 0 {
            let requests = counted(
                inconsistent,
                "inconsistent request",
                "inconsistent requests",
            );
            writeln!(
                out,
                "{requests}: counts of tokens that contradict each other, excluded from rates"
            )?;
        }
        if !shape.no_cost {
            self.write_unpriced(out)?;
        }
        Ok(())
    }

    /// Writes why requests are unpriced, the most frequent reason first.
    fn write_unpriced(&self, out: &mut Terminal) -> io::Result<()> {
        let mut reasons: Vec<_> = self.total.unpriced_reasons.iter().collect();
        sort_by_key(&mut reasons, |(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons.into_iter().take(MOST_REASONS) {
            let requests = counted(*count, "unpriced request", "unpriced requests");
            writeln!(out, "{requests}: {}", visible(reason))?;
        }
        let known: u64 = self.total.unpriced_reasons.values().sum();
        let pruned = self.total.sums.unpriced().saturating_sub(known);
        if pruned > 0 {
            let requests = counted(pruned, "unpriced request", "unpriced requests");
            writeln!(out, "{requests}: the records with the reason were pruned")?;
        }
        Ok(())
    }
}

/// The number of reasons that are shown; the JSON has all of them.
const MOST_REASONS: usize = 8;
