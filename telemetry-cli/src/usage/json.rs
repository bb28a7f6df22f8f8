//! The report for programs. `docs/reader.md` is its manual.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Timestamp};

use super::quantiles::Quantiles;
use super::{Grouping, Report, Row, Usage};
use crate::counts::Counts;
use crate::terminal::EscapedJson;

/// Goes up whenever a name changes its meaning or goes; new names do not count.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    report: &'static str,
    rows: Vec<Line<'a>>,
    totals: Summed<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    straddling_rollups: u64,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    first: Timestamp,
    last: Timestamp,
    models: Vec<&'a str>,
    #[serde(flatten)]
    summed: Summed<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_model: Option<Vec<ModelLine<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Key<'a> {
    Day(&'a str),
    Week(&'a str),
    Month(&'a str),
    SessionId(&'a str),
    Model(&'a str),
}

#[derive(Serialize)]
struct ModelLine<'a> {
    model: &'a str,
    #[serde(flatten)]
    summed: Summed<'a>,
}

/// The names are those of the records.
#[derive(Serialize)]
struct Summed<'a> {
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_sources: Option<&'a BTreeMap<String, NanoUsd>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Percentiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttft_ms: Option<Percentiles>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    error_classes: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Percentiles {
    count: u64,
    p50: u64,
    p95: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Percentiles {
    fn of(times: &Quantiles) -> Option<Self> {
        Some(Self {
            count: times.count(),
            p50: times.percentile(50)?,
            p95: times.percentile(95)?,
        })
    }
}

impl<'a> Summed<'a> {
    fn of(usage: &'a Usage, with_cost: bool) -> Self {
        Self {
            counts: Counts::of(&usage.sums, with_cost),
            cost_sources: with_cost.then_some(&usage.cost_sources),
            latency_ms: Percentiles::of(&usage.latency),
            ttft_ms: Percentiles::of(&usage.first_token),
            error_classes: &usage.error_classes,
        }
    }
}

impl Report {
    /// Writes it as one JSON document.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn write_json(
        &self,
        out: &mut impl Write,
        with_cost: bool,
        breakdown: bool,
        skipped_lines: u64,
    ) -> io::Result<()> {
        let totals: Vec<Usage> = self.rows.iter().map(Row::total).collect();
        let lines = self.rows.iter().zip(&totals);
        let lines = lines.map(|(row, total)| self.line(row, total, with_cost, breakdown));
        let document = Document {
            v: VERSION,
            report: self.grouping.as_str(),
            rows: lines.collect(),
            totals: Summed::of(&self.total, with_cost),
            straddling_rollups: self.straddling,
            skipped_lines,
        };
        serde_json::to_writer_pretty(EscapedJson::new(&mut *out), &document)?;
        writeln!(out)
    }

    fn line<'a>(
        &self,
        row: &'a Row,
        total: &'a Usage,
        with_cost: bool,
        breakdown: bool,
    ) -> Line<'a> {
        let model = |(model, usage): &'a (String, Usage)| ModelLine {
            model,
            summed: Summed::of(usage, with_cost),
        };
        Line {
            key: match self.grouping {
                Grouping::Daily => Key::Day(&row.key),
                Grouping::Weekly => Key::Week(&row.key),
                Grouping::Monthly => Key::Month(&row.key),
                Grouping::Session => Key::SessionId(&row.key),
                Grouping::Model => Key::Model(&row.key),
            },
            first: row.first,
            last: row.last,
            models: row.models.iter().map(|(model, _)| model.as_str()).collect(),
            summed: Summed::of(total, with_cost),
            by_model: breakdown.then(|| row.models.iter().map(model).collect()),
        }
    }
}
