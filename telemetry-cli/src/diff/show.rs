//! Shows a comparison as tables.

use std::io::{self, Write};

use telemetry_schema::record::NanoUsd;

use super::comparison::{Comparison, Pair, RequestsDiff, SpanDiff};
use crate::terminal::{
    Cell, Column, Table, Terminal, dollars, grouped, milliseconds, nanoseconds, visible,
};

/// Writes the names of both sides, and tables of all requests, of each model and of each span name.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    comparison: &Comparison<'_>,
    [a, b]: &[String; 2],
    out: &mut Terminal,
) -> io::Result<()> {
    writeln!(out, "A  {}\nB  {}\n", visible(a), visible(b))?;
    write_total(&comparison.total, out)?;
    if !comparison.models.is_empty() {
        writeln!(out)?;
        write_models(&comparison.models, out)?;
    }
    if !comparison.spans.is_empty() {
        writeln!(out)?;
        write_spans(&comparison.spans, out)?;
    }
    Ok(())
}

fn write_total(total: &RequestsDiff<'_>, out: &mut Terminal) -> io::Result<()> {
    let mut table = Table::new([
        Column::key("All requests"),
        Column::number("A"),
        Column::number("B"),
        Column::number("Change"),
    ]);
    let mut row = |name: &str, pair: Pair<u64>, shown: fn(u64) -> String| {
        table.plain([
            Cell::from(name),
            cell(pair.a, shown),
            cell(pair.b, shown),
            change(pair).into(),
        ]);
    };
    row("requests", total.requests, grouped);
    row("failures", total.failures, grouped);
    row("retries", total.retries, grouped);
    row("prompt tokens", total.prompt_tokens, grouped);
    row("cached tokens", total.cached_tokens, grouped);
    row("completion tokens", total.completion_tokens, grouped);
    row("reasoning tokens", total.reasoning_tokens, grouped);
    row("total tokens", total.total_tokens, grouped);
    row("latency p50", total.latency_p50_ms, milliseconds);
    row("latency p95", total.latency_p95_ms, milliseconds);
    let [a, b] = costs(total);
    table.plain([
        Cell::from("cost"),
        a.into(),
        b.into(),
        cost_change(total).into(),
    ]);
    table.write(out)
}

/// Returns a table with both sides and the change of three quantities. The last quantity is the first one that a narrow output omits.
fn compared(key: &'static str, quantities: [&'static str; 3]) -> Table {
    let columns = (0..).zip(quantities).flat_map(|(rank, quantity)| {
        ["A", "B", "Change"].map(|title| Column::number(title).under(quantity).rank(rank))
    });
    Table::new(std::iter::once(Column::key(key)).chain(columns))
}

fn write_models(models: &[RequestsDiff<'_>], out: &mut Terminal) -> io::Result<()> {
    let mut table = compared("Model", ["Cost", "Tokens", "Latency p50"]);
    for it in models {
        let [a, b] = costs(it);
        table.plain([
            Cell::from(it.model.unwrap_or_default()),
            a.into(),
            b.into(),
            cost_change(it).into(),
            cell(it.total_tokens.a, grouped),
            cell(it.total_tokens.b, grouped),
            change(it.total_tokens).into(),
            cell(it.latency_p50_ms.a, milliseconds),
            cell(it.latency_p50_ms.b, milliseconds),
            change(it.latency_p50_ms).into(),
        ]);
    }
    table.write(out)
}

fn write_spans(spans: &[SpanDiff<'_>], out: &mut Terminal) -> io::Result<()> {
    let mut table = compared("Span", ["Self time", "Count", "Duration p95"]);
    for it in spans {
        table.plain([
            Cell::from(it.name),
            cell(it.self_ns.a, nanoseconds),
            cell(it.self_ns.b, nanoseconds),
            change(it.self_ns).into(),
            cell(it.count.a, grouped),
            cell(it.count.b, grouped),
            change(it.count).into(),
            cell(it.p95_ns.a, nanoseconds),
            cell(it.p95_ns.b, nanoseconds),
            change(it.p95_ns).into(),
        ]);
    }
    table.write(out)
}

fn cell(value: Option<u64>, shown: fn(u64) -> String) -> Cell {
    value.map_or_else(|| "-".to_owned(), shown).into()
}

/// Formats the costs of both sides as other commands do: with a `+` if requests without a price are not part of the cost, and
/// `-` on a side without requests.
pub(crate) fn costs(of: &RequestsDiff<'_>) -> [String; 2] {
    let (requests, nanos, unpriced) = (of.requests, of.cost_nanos(), of.unpriced_requests);
    let cost = |requests: Option<u64>, nanos: Option<u64>, unpriced: Option<u64>| {
        if requests.is_none() {
            return "-".to_owned();
        }
        let nanos = i64::try_from(nanos.unwrap_or(0)).unwrap_or(i64::MAX);
        telemetry_text::cost(nanos, unpriced.unwrap_or(0), |nanos| {
            dollars(NanoUsd(nanos))
        })
    };
    [
        cost(requests.a, nanos.a, unpriced.a),
        cost(requests.b, nanos.b, unpriced.b),
    ]
}

/// Formats the change of the cost; `-` if a side has only requests without a price.
pub(crate) fn cost_change(of: &RequestsDiff<'_>) -> String {
    let (nanos, unpriced) = (of.cost_nanos(), of.unpriced_requests);
    let is_unknown = |nanos: Option<u64>, unpriced: Option<u64>| {
        nanos.unwrap_or(0) == 0 && unpriced.is_some_and(|requests| requests > 0)
    };
    if is_unknown(nanos.a, unpriced.a) || is_unknown(nanos.b, unpriced.b) {
        return "-".to_owned();
    }
    change(nanos)
}

/// Formats the change in percent of A, or `new` and `gone` if one side has none of the quantity.
pub(crate) fn change(pair: Pair<u64>) -> String {
    let (a, b) = (pair.a.unwrap_or(0), pair.b.unwrap_or(0));
    match (a, b) {
        _ if pair.a.is_none() && pair.b.is_some() => "new".to_owned(),
        _ if pair.a.is_some() && pair.b.is_none() => "gone".to_owned(),
        _ if a == b => "=".to_owned(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        _ => {
            let (a, b) = (i128::from(a), i128::from(b));
            let per_mille = (b - a) * 1000 / a;
            match (per_mille + per_mille.signum() * 5) / 10 {
                _ if per_mille.abs() < 10 && b > a => "+<1%".to_owned(),
                _ if per_mille.abs() < 10 => "-<1%".to_owned(),
                // Some of the quantity is left.
                -100 => "-99%".to_owned(),
                percent => format!("{percent:+}%"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_rounded_to_percent() {
        for (a, b, text) in [
            (3, 1, "-67%"),
            (3, 4, "+33%"),
            (3, 5, "+67%"),
            (200, 201, "+<1%"),
            (200, 199, "-<1%"),
            (1000, 1015, "+2%"),
            (1000, 1, "-99%"),
            (1, 3, "+200%"),
            (7, 7, "="),
            (0, 7, "new"),
            (7, 0, "gone"),
            (1, u64::MAX, "+1844674407370955161400%"),
        ] {
            let pair = Pair {
                a: Some(a),
                b: Some(b),
            };
            assert_eq!(change(pair), text, "{a} {b}");
        }
    }
}
