//! The report in the shape of ccusage's own `--json`, for scripts that read that: its names, its
//! sums (input without what was read from a cache or written to one), money as a float.
//!
//! A row has both keys that ccusage gives it, `period` and, as its reports of one agent do, `date`,
//! `week`, `month` or `sessionId`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Grouping, Report, Row, Usage};
use crate::terminal::EscapedJson;

impl Report {
    /// Writes it as `ccusage --json` does.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn write_ccusage(&self, out: &mut impl Write, with_cost: bool) -> io::Result<()> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| self.row(row, with_cost))
            .collect();
        let mut totals = counts(&self.total);
        if with_cost {
            totals.insert("totalCost".to_owned(), dollars(&self.total));
        }
        totals.insert("totalTokens".to_owned(), json!(total_tokens(&self.total)));
        let document = json!({ self.grouping.as_str(): rows, "totals": totals });
        serde_json::to_writer_pretty(EscapedJson::new(&mut *out), &document)?;
        writeln!(out)
    }

    fn row(&self, row: &Row, with_cost: bool) -> Value {
        let total = row.total();
        let mut line = counts(&total);
        let own = match self.grouping {
            Grouping::Daily => "date",
            Grouping::Weekly => "week",
            Grouping::Monthly => "month",
            Grouping::Session => "sessionId",
            Grouping::Model => "modelName",
        };
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
        let breakdown = |(model, usage): &(String, Usage)| {
            let mut line = counts(usage);
            line.insert("modelName".to_owned(), json!(model));
            if with_cost {
                line.insert("cost".to_owned(), dollars(usage));
            }
            Value::Object(line)
        };
        let breakdowns: Vec<Value> = row.models.iter().map(breakdown).collect();
        put("modelBreakdowns", Value::Array(breakdowns));
        Value::Object(line)
    }
}

fn counts(usage: &Usage) -> Map<String, Value> {
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

/// What ccusage adds up: its four kinds of tokens.
fn total_tokens(usage: &Usage) -> u64 {
    let cached = usage
        .sums
        .cached_tokens
        .saturating_add(usage.sums.cache_write_tokens);
    let input = usage.plain_input_tokens().saturating_add(cached);
    input.saturating_add(usage.sums.completion_tokens)
}

#[allow(clippy::cast_precision_loss)] // as ccusage has it
fn dollars(usage: &Usage) -> Value {
    json!(usage.sums.cost_nanos as f64 / 1e9)
}
