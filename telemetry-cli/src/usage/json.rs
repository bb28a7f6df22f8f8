//! The report as JSON. `docs/reader.md` documents the keys.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::{NanoUsd, Timestamp};

use super::row::Times;
use super::{Report, ReportRow, UsageTotals};
use crate::selection::Grouping;
use crate::terminal;
use crate::totals_json::TotalsJson;

/// The version of the document. It increases when a key changes its meaning or is removed.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct UsageJson<'a> {
    v: u32,
    report: &'static str,
    rows: Vec<RowJson<'a>>,
    totals: UsageSumsJson<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    straddling_rollups: u64,
    skipped_lines: u64,
}

#[derive(Serialize)]
struct RowJson<'a> {
    #[serde(flatten)]
    key: RowKeyJson<'a>,
    first: Timestamp,
    last: Timestamp,
    models: Vec<&'a str>,
    #[serde(flatten)]
    summed: UsageSumsJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_model: Option<Vec<RowModelJson<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum RowKeyJson<'a> {
    Day(&'a str),
    Week(&'a str),
    Month(&'a str),
    SessionId(&'a str),
    Model(&'a str),
    Project(&'a str),
    User(&'a str),
}

#[derive(Serialize)]
struct RowModelJson<'a> {
    model: &'a str,
    #[serde(flatten)]
    summed: UsageSumsJson<'a>,
}

/// Totals with the keys of the session record.
#[derive(Serialize)]
struct UsageSumsJson<'a> {
    #[serde(flatten)]
    counts: TotalsJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_sources: Option<&'a BTreeMap<String, NanoUsd>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<Percentiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttft_ms: Option<Percentiles>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    error_classes: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unpriced_reasons: Option<&'a BTreeMap<String, u64>>,
}

#[derive(Serialize)]
struct Percentiles {
    count: u64,
    p50: u64,
    p95: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Percentiles {
    fn of(times: &Times) -> Option<Self> {
        Some(Self {
            count: times.count(),
            p50: times.percentile(50)?,
            p95: times.percentile(95)?,
        })
    }
}

impl<'a> UsageSumsJson<'a> {
    fn of(usage: &'a UsageTotals, with_cost: bool) -> Self {
        Self {
            counts: TotalsJson::new(&usage.sums, with_cost),
            cost_sources: with_cost.then_some(&usage.cost_sources),
            latency_ms: Percentiles::of(&usage.latency),
            ttft_ms: Percentiles::of(&usage.first_token),
            error_classes: &usage.error_classes,
            unpriced_reasons: Some(&usage.unpriced_reasons)
                .filter(|reasons| with_cost && !reasons.is_empty()),
        }
    }
}

impl Report {
    /// Writes the report as one JSON document.
    ///
    /// # Errors
    ///
    /// Fails if `out` cannot be written.
    pub fn write_json(
        &self,
        out: &mut impl Write,
        with_cost: bool,
        breakdown: bool,
        skipped_lines: u64,
    ) -> io::Result<()> {
        let totals: Vec<UsageTotals> = self.rows.iter().map(ReportRow::total).collect();
        let lines = self.rows.iter().zip(&totals);
        let lines = lines.map(|(row, total)| self.line(row, total, with_cost, breakdown));
        let document = UsageJson {
            v: VERSION,
            report: self.grouping.as_str(),
            rows: lines.collect(),
            totals: UsageSumsJson::of(&self.total, with_cost),
            straddling_rollups: self.straddling,
            skipped_lines,
        };
        terminal::write_json(out, &document)
    }

    fn line<'a>(
        &self,
        row: &'a ReportRow,
        total: &'a UsageTotals,
        with_cost: bool,
        breakdown: bool,
    ) -> RowJson<'a> {
        let model = |(model, usage): &'a (String, UsageTotals)| RowModelJson {
            model,
            summed: UsageSumsJson::of(usage, with_cost),
        };
        RowJson {
            key: match self.grouping {
                Grouping::Daily => RowKeyJson::Day(&row.key),
                Grouping::Weekly => RowKeyJson::Week(&row.key),
                Grouping::Monthly => RowKeyJson::Month(&row.key),
                Grouping::Session => RowKeyJson::SessionId(&row.key),
                Grouping::Model => RowKeyJson::Model(&row.key),
                Grouping::Project => RowKeyJson::Project(&row.key),
                Grouping::User => RowKeyJson::User(&row.key),
            },
            first: row.first,
            last: row.last,
            models: row.models.iter().map(|(model, _)| model.as_str()).collect(),
            summed: UsageSumsJson::of(total, with_cost),
            by_model: breakdown.then(|| row.models.iter().map(model).collect()),
        }
    }
}
