//! The report with the keys of ccusage's `--json`, for scripts that read those: its names, its sums (input
//! excludes tokens that were read from a cache or written to one), and costs as floating-point numbers.
//!
//! A row has both of ccusage's keys: `period` and, as in its reports about one agent, `date`, `week`,
//! `month` or `sessionId`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Report, ReportRow, UsageTotals};
use crate::selection::Grouping;
use crate::terminal;

impl Report {
    /// Writes the report like `ccusage --json`.
    ///
    /// # Errors
    ///
    /// Fails if `out` cannot be written.
    pub fn write_ccusage(&self, out: &mut impl Write, with_cost: bool) -> io::Result<()> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| self.row(row, with_cost))
            .collect();
        let mut totals = counts(&self.total);
        if with_cost {
            totals.insert("totalCost".to_owned(), dollars(&self.total));
            put_unpriced(&mut totals, &self.total);
        }
        totals.insert("totalTokens".to_owned(), json!(total_tokens(&self.total)));
        let document = json!({ self.grouping.as_str(): rows, "totals": totals });
        terminal::write_json(out, &document)
    }

    fn row(&self, row: &ReportRow, with_cost: bool) -> Value {
        let total = row.total();
        let mut line = counts(&total);
        let own = match self.grouping {
            Grouping::Daily => "date",
            Grouping::Weekly => "week",
            Grouping::Monthly => "month",
            Grouping::Session => "sessionId",
            Grouping::Model => "modelName",
            Grouping::Project => "project",
            Grouping::User => "user",
        };
        if with_cost {
            put_unpriced(&mut line, &total);
        }
        let mut put = |key: &str, value| line.insert(key.to_owned(), value);
        put(own, json!(row.key));
        put("period", json!(row.key));
        put("totalTokens", json!(total_tokens(&total)));
        if with_cost {
            put("totalCost", dollars(&total));
        }
        if self.grouping == Grouping::Session {
            put("lastActivity", json!(row.last.day()));
            put("metadata", json!({ "lastActivity": row.last.to_string() }));
        }
        let mut models: Vec<&str> = row.models.iter().map(|(model, _)| model.as_str()).collect();
        models.sort_unstable();
        put("modelsUsed", json!(models));
        let breakdown = |(model, usage): &(String, UsageTotals)| {
            let mut line = counts(usage);
            line.insert("modelName".to_owned(), json!(model));
            if with_cost {
                line.insert("cost".to_owned(), dollars(usage));
                put_unpriced(&mut line, usage);
            }
            Value::Object(line)
        };
        let breakdowns: Vec<Value> = row.models.iter().map(breakdown).collect();
        put("modelBreakdowns", Value::Array(breakdowns));
        Value::Object(line)
    }
}

fn counts(usage: &UsageTotals) -> Map<String, Value> {
    let mut counts = Map::new();
    for (key, count) in [
        ("inputTokens", usage.plain_input_tokens()),
        ("outputTokens", usage.sums.completion_tokens),
        ("cacheCreationTokens", usage.sums.cache_write_tokens),
        ("cacheReadTokens", usage.sums.cached_tokens),
    ] {
        counts.insert(key.to_owned(), json!(count));
    }
    counts
}

/// Adds the number of requests that are not part of the cost. ccusage has no such key; its costs are numbers, which are 0 without a
/// price.
fn put_unpriced(line: &mut Map<String, Value>, usage: &UsageTotals) {
    let unpriced = usage.sums.unpriced();
    if unpriced > 0 {
        line.insert("unpricedRequests".to_owned(), json!(unpriced));
    }
}

/// Returns the sum of ccusage's four kinds of tokens.
fn total_tokens(usage: &UsageTotals) -> u64 {
    let cached = usage
        .sums
        .cached_tokens
        .saturating_add(usage.sums.cache_write_tokens);
    let input = usage.plain_input_tokens().saturating_add(cached);
    input.saturating_add(usage.sums.completion_tokens)
}

#[expect(clippy::cast_precision_loss, reason = "ccusage writes floats")]
fn dollars(usage: &UsageTotals) -> Value {
    json!(usage.sums.cost_nanos as f64 / 1e9)
}
