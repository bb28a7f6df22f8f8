//! The comparison as tables.

use std::io::{self, Write};

use telemetry_schema::record::NanoUsd;

use super::compare::{Difference, Quantity};
use super::logged::LoggedRequest;
use super::outcome::{BillSums, ComparedRequest, Reconciliation};
use crate::selection::Calendar;
use crate::terminal::{Cell, Column, Emphasis, Table, Terminal, grouped};

/// Writes a table of the differences, or of all requests if `all` is set, and a table of the sums.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(
    found: &Reconciliation,
    calendar: &Calendar,
    all: bool,
    out: &mut Terminal,
) -> io::Result<()> {
    if write_requests(found, calendar, all, out)? {
        writeln!(out)?;
    }
    write_sums(found, out)
}

/// Writes the requests and returns whether there is any.
fn write_requests(
    found: &Reconciliation,
    calendar: &Calendar,
    all: bool,
    out: &mut Terminal,
) -> io::Result<bool> {
    let mut table = Table::new([
        Column::key("Request"),
        Column::fixed("Time").rank(2),
        Column::text("Model").rank(1),
        Column::fixed("Value"),
        Column::number("Session log"),
        Column::number("Proxy"),
        Column::whole("Explanation"),
    ]);
    let mut is_empty = true;
    for pair in &found.pairs {
        let mut explanation = explanation(pair);
        let request = &pair.matched.request;
        let mut row = |value: &str, session: String, proxy: String, emphasis| {
            is_empty = false;
            table.row(
                emphasis,
                [
                    Cell::from(id_of(request)),
                    calendar.minute(request.ts).into(),
                    request.model.as_deref().unwrap_or("-").into(),
                    value.into(),
                    session.into(),
                    proxy.into(),
                    std::mem::take(&mut explanation).into(),
                ],
            );
        };
        for Difference {
            key,
            session,
            proxy,
        } in &pair.differences
        {
            row(
                key,
                shown(session.as_ref()),
                shown(proxy.as_ref()),
                Emphasis::Alarm,
            );
        }
        if pair.differences.is_empty() && all {
            let cost = |cost: Option<NanoUsd>| shown(cost.map(Quantity::Dollars).as_ref());
            let (ours, theirs) = (cost(request.cost), cost(pair.matched.spend.cost));
            row("equal", ours, theirs, Emphasis::Plain);
        }
    }
    for (request, why) in &found.only_session {
        is_empty = false;
        table.row(
            emphasis(why.is_harmless()),
            [
                Cell::from(id_of(request)),
                calendar.minute(request.ts).into(),
                request.model.as_deref().unwrap_or("-").into(),
                "record".into(),
                shown(request.cost.map(Quantity::Dollars).as_ref()).into(),
                "none".into(),
                why.text().into(),
            ],
        );
    }
    for (spend, why) in &found.only_proxy {
        is_empty = false;
        let id = spend.call_id.as_ref().or(spend.request_id.as_ref());
        let time = spend.start.map(|start| calendar.minute(start));
        let model = spend.group.as_ref().or(spend.model.as_ref());
        table.row(
            emphasis(why.is_harmless()),
            [
                Cell::from(id.map_or("-", |id| id)),
                time.as_deref().unwrap_or("-").into(),
                model.map_or("-", |model| model).into(),
                "record".into(),
                "none".into(),
                shown(spend.cost.map(Quantity::Dollars).as_ref()).into(),
                why.text().into(),
            ],
        );
    }
    if !is_empty {
        table.write(out)?;
    }
    Ok(!is_empty)
}

fn emphasis(is_harmless: bool) -> Emphasis {
    if is_harmless {
        Emphasis::Part
    } else {
        Emphasis::Alarm
    }
}

/// Returns the id by which the request is found in the proxy's logs.
fn id_of(request: &LoggedRequest) -> &str {
    let id = request.call_id.as_ref().or(request.request_id.as_ref());
    id.map_or("-", |id| id)
}

fn explanation(pair: &ComparedRequest) -> String {
    let texts = pair.explanations.iter().map(|it| it.text());
    texts.collect::<Vec<_>>().join("; ")
}

/// Formats a value in full, as the smallest difference counts.
fn shown(quantity: Option<&Quantity>) -> String {
    match quantity {
        None => "-".to_owned(),
        Some(Quantity::Count(count)) => grouped(*count),
        Some(Quantity::Dollars(amount)) => format!("${amount}"),
        Some(Quantity::Text(text)) => text.clone(),
    }
}

fn write_sums(found: &Reconciliation, out: &mut Terminal) -> io::Result<()> {
    let (session, proxy) = found.sums();
    let mut table = Table::new([
        Column::key(""),
        Column::number("Session log"),
        Column::number("Proxy"),
        Column::number("Difference"),
    ]);
    let equal = found.pairs.iter();
    let equal = equal.filter(|pair| pair.differences.is_empty()).count();
    let mut row = |name: &str, ours: u64, theirs: u64| {
        let difference = i128::from(theirs) - i128::from(ours);
        let difference = match difference {
            0 => "=".to_owned(),
            other => format!("{other:+}"),
        };
        table.plain([
            Cell::from(name),
            grouped(ours).into(),
            grouped(theirs).into(),
            difference.into(),
        ]);
    };
    let attempts = found.pairs.iter().map(|pair| pair.matched.attempts.len());
    let attempts: usize = attempts.sum();
    row("equal requests", equal as u64, equal as u64);
    let different = (found.pairs.len() - equal) as u64;
    row("different requests", different, different);
    row("failed attempts inside the proxy", 0, attempts as u64);
    row(
        "on one side only",
        found.only_session.len() as u64,
        found.only_proxy.len() as u64,
    );
    let count =
        |of: fn(&BillSums) -> Option<u64>| (of(&session).unwrap_or(0), of(&proxy).unwrap_or(0));
    for (name, (ours, theirs)) in [
        ("input tokens", count(|it| it.tokens.prompt)),
        ("output tokens", count(|it| it.tokens.completion)),
    ] {
        row(name, ours, theirs);
    }
    let difference = NanoUsd(proxy.cost.0.saturating_sub(session.cost.0));
    let difference = match difference.0 {
        0 => "=".to_owned(),
        nanos if nanos > 0 => format!("+${difference}"),
        nanos => format!("-${}", NanoUsd(nanos.saturating_neg())),
    };
    table.row(
        Emphasis::Total,
        [
            Cell::from("cost"),
            format!("${}", session.cost).into(),
            format!("${}", proxy.cost).into(),
            difference.into(),
        ],
    );
    table.write(out)
}
