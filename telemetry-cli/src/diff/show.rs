//! Both sides beside each other, the largest change first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use telemetry_schema::record::NanoUsd;

use super::side::{Requests, Side};
use crate::spans::top::Row;
use crate::terminal::{
    Cell, Column, Emphasis, Table, Terminal, escaped_json, grouped, milliseconds, nanoseconds,
};

const VERSION: u32 = 1;

/// A measure of both sides; absent where a side has none.
#[derive(Clone, Copy, Debug, Serialize)]
struct Pair<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<T>,
}

impl Pair<u64> {
    fn change(self) -> u64 {
        self.a.unwrap_or(0).abs_diff(self.b.unwrap_or(0))
    }
}

/// What is compared of requests.
#[derive(Debug, Serialize)]
struct RequestsDiff<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    requests: Pair<u64>,
    failures: Pair<u64>,
    retries: Pair<u64>,
    prompt_tokens: Pair<u64>,
    cached_tokens: Pair<u64>,
    completion_tokens: Pair<u64>,
    reasoning_tokens: Pair<u64>,
    total_tokens: Pair<u64>,
    cost_usd: Pair<NanoUsd>,
    latency_p50_ms: Pair<u64>,
    latency_p95_ms: Pair<u64>,
}

/// What is compared of spans.
#[derive(Debug, Serialize)]
struct SpanDiff<'a> {
    name: &'a str,
    count: Pair<u64>,
    errors: Pair<u64>,
    total_ns: Pair<u64>,
    self_ns: Pair<u64>,
    p50_ns: Pair<u64>,
    p95_ns: Pair<u64>,
}

#[derive(Debug, Serialize)]
struct Diff<'a> {
    v: u32,
    skipped_lines: u64,
    total: RequestsDiff<'a>,
    models: Vec<RequestsDiff<'a>>,
    spans: Vec<SpanDiff<'a>>,
}

fn pair<T>(a: Option<&Requests>, b: Option<&Requests>, of: impl Fn(&Requests) -> T) -> Pair<T> {
    Pair {
        a: a.map(&of),
        b: b.map(&of),
    }
}

impl<'a> RequestsDiff<'a> {
    fn of(model: Option<&'a str>, a: Option<&Requests>, b: Option<&Requests>) -> Self {
        let latency = |percent| Pair {
            a: a.and_then(|side| side.latency_ms(percent)),
            b: b.and_then(|side| side.latency_ms(percent)),
        };
        Self {
            model,
            requests: pair(a, b, |it| it.sums.requests),
            failures: pair(a, b, |it| it.sums.failures),
            retries: pair(a, b, |it| it.sums.retries),
            prompt_tokens: pair(a, b, |it| it.sums.prompt_tokens),
            cached_tokens: pair(a, b, |it| it.sums.cached_tokens),
            completion_tokens: pair(a, b, |it| it.sums.completion_tokens),
            reasoning_tokens: pair(a, b, |it| it.sums.reasoning_tokens),
            total_tokens: pair(a, b, |it| it.sums.total_tokens),
            cost_usd: pair(a, b, |it| NanoUsd(it.sums.cost_nanos)),
            latency_p50_ms: latency(50.0),
            latency_p95_ms: latency(95.0),
        }
    }

    /// By cost, then by tokens.
    fn change(&self) -> (u64, u64) {
        (nanos(self.cost_usd).change(), self.total_tokens.change())
    }
}

impl<'a> SpanDiff<'a> {
    fn of(name: &'a str, a: Option<&Row>, b: Option<&Row>) -> Self {
        let pair = |of: fn(&Row) -> u64| Pair {
            a: a.map(of),
            b: b.map(of),
        };
        Self {
            name,
            count: pair(|row| row.count),
            errors: pair(|row| row.errors),
            total_ns: pair(|row| row.total_ns),
            self_ns: pair(|row| row.self_ns),
            p50_ns: pair(|row| row.percentile(50.0)),
            p95_ns: pair(|row| row.percentile(95.0)),
        }
    }
}

fn diff<'a>(a: &'a Side, b: &'a Side) -> Diff<'a> {
    let names: BTreeSet<&String> = a.models.keys().chain(b.models.keys()).collect();
    let models = names.into_iter();
    let mut models: Vec<_> = models
        .map(|name| RequestsDiff::of(Some(name), a.models.get(name), b.models.get(name)))
        .collect();
    models.sort_by_key(|model| Reverse(model.change()));
    let rows = |side: &'a Side| {
        side.spans
            .rows()
            .into_iter()
            .collect::<BTreeMap<&str, &Row>>()
    };
    let (before, now) = (rows(a), rows(b));
    let names: BTreeSet<&str> = before.keys().chain(now.keys()).copied().collect();
    let spans = names.into_iter();
    let mut spans: Vec<_> = spans
        .map(|name| SpanDiff::of(name, before.get(name).copied(), now.get(name).copied()))
        .collect();
    spans.sort_by_key(|span| Reverse(span.self_ns.change()));
    let total = RequestsDiff::of(None, Some(&a.all), Some(&b.all));
    Diff {
        v: VERSION,
        skipped_lines: 0,
        total,
        models,
        spans,
    }
}

/// As one JSON object.
///
/// # Errors
///
/// What stdout says.
pub fn write_json(a: &Side, b: &Side, skipped_lines: u64, out: &mut Terminal) -> io::Result<()> {
    let diff = Diff {
        skipped_lines,
        ..diff(a, b)
    };
    let json = serde_json::to_string_pretty(&diff)?;
    writeln!(out, "{}", escaped_json(&json))
}

/// As tables: all requests, then by model and by name of span.
///
/// # Errors
///
/// What stdout says.
pub fn write(a: &Side, b: &Side, out: &mut Terminal) -> io::Result<()> {
    let diff = diff(a, b);
    write_total(&diff.total, out)?;
    if !diff.models.is_empty() {
        writeln!(out)?;
        write_models(&diff.models, out)?;
    }
    if !diff.spans.is_empty() {
        writeln!(out)?;
        write_spans(&diff.spans, out)?;
    }
    Ok(())
}

fn write_total(total: &RequestsDiff<'_>, out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::fixed("All requests"),
        Column::number("A"),
        Column::number("B"),
        Column::number("Change"),
    ]);
    let mut row = |name: &str, pair: Pair<u64>, shown: fn(u64) -> String| {
        let cells = [
            Cell::from(name),
            cell(pair.a, shown),
            cell(pair.b, shown),
            change(pair),
        ];
        table.row(Emphasis::Plain, cells);
    };
    row("requests", total.requests, grouped);
    row("failures", total.failures, grouped);
    row("retries", total.retries, grouped);
    row("prompt tokens", total.prompt_tokens, grouped);
    row("cached tokens", total.cached_tokens, grouped);
    row("completion tokens", total.completion_tokens, grouped);
    row("reasoning tokens", total.reasoning_tokens, grouped);
    row("total tokens", total.total_tokens, grouped);
    row("latency p50", total.latency_p50_ms, millis);
    row("latency p95", total.latency_p95_ms, millis);
    row("cost", nanos(total.cost_usd), dollars);
    table.write(out)
}

fn write_models(models: &[RequestsDiff<'_>], out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::text("Model"),
        Column::number("Cost A"),
        Column::number("B"),
        Column::number("Change"),
        Column::number("Tokens A").rank(1),
        Column::number("B").rank(1),
        Column::number("p50 A").rank(2),
        Column::number("B").rank(2),
    ]);
    for it in models {
        let cost = nanos(it.cost_usd);
        let cells = [
            Cell::from(it.model.unwrap_or_default()),
            cell(cost.a, dollars),
            cell(cost.b, dollars),
            change(cost),
            cell(it.total_tokens.a, grouped),
            cell(it.total_tokens.b, grouped),
            cell(it.latency_p50_ms.a, millis),
            cell(it.latency_p50_ms.b, millis),
        ];
        table.row(Emphasis::Plain, cells);
    }
    table.write(out)
}

fn write_spans(spans: &[SpanDiff<'_>], out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::text("Span").least(28),
        Column::number("Self A"),
        Column::number("B"),
        Column::number("Change"),
        Column::number("Count A").rank(1),
        Column::number("B").rank(1),
        Column::number("p95 A").rank(2),
        Column::number("B").rank(2),
    ]);
    for it in spans {
        let cells = [
            Cell::from(it.name),
            cell(it.self_ns.a, nanoseconds),
            cell(it.self_ns.b, nanoseconds),
            change(it.self_ns),
            cell(it.count.a, grouped),
            cell(it.count.b, grouped),
            cell(it.p95_ns.a, nanoseconds),
            cell(it.p95_ns.b, nanoseconds),
        ];
        table.row(Emphasis::Plain, cells);
    }
    table.write(out)
}

fn cell(value: Option<u64>, shown: fn(u64) -> String) -> Cell {
    value.map_or_else(|| "-".to_owned(), shown).into()
}

fn millis(millis: u64) -> String {
    milliseconds(millis)
}

fn dollars(nanos: u64) -> String {
    format!("${}", NanoUsd(i64::try_from(nanos).unwrap_or(i64::MAX)))
}

/// Nano-dollars; nobody was ever paid for asking.
fn nanos(cost: Pair<NanoUsd>) -> Pair<u64> {
    let of = |cost: Option<NanoUsd>| cost.map(|cost| u64::try_from(cost.0).unwrap_or(0));
    Pair {
        a: of(cost.a),
        b: of(cost.b),
    }
}

/// In percent of A; `new` and `gone` where one side has none of it.
fn change(pair: Pair<u64>) -> Cell {
    let (a, b) = (pair.a.unwrap_or(0), pair.b.unwrap_or(0));
    let text = match (a, b) {
        _ if pair.a.is_none() && pair.b.is_some() => "new".to_owned(),
        _ if pair.a.is_some() && pair.b.is_none() => "gone".to_owned(),
        _ if a == b => "=".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        _ => match (i128::from(b) - i128::from(a)) * 100 / i128::from(a) {
            0 if b > a => "+<1%".to_owned(),
            0 => "-<1%".to_owned(),
            percent => format!("{percent:+}%"),
        },
    };
    text.into()
}
