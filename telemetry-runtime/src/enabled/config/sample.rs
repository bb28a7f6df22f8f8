//! `sample` of a log: the part of the spans and events that is kept, by families of names.

use toml::de::DeValue;

use super::document::{Document, Section};
use super::invalid::{InvalidValue, quoted};
use super::list::family;
use super::value::{described, invalid};
use crate::enabled::sampling::SampleRates;

const RATE: &str =
    "a number from 0 (only failures, and spans above a request) to 1 (all), such as 0.01";

/// Reads the table. An invalid entry is reported and ignored.
pub(super) fn read(document: &mut Document<'_>, section: &Section<'_, '_>) -> Option<SampleRates> {
    let is_table = |value: &DeValue<'_>| match value {
        DeValue::Table(_) => Ok(()),
        other => invalid(
            described(other),
            "a table of families and rates such as { \"display.*\" = 0.01 }",
        ),
    };
    section.read(document, "sample", is_table)?;
    let (_, value) = section.table.get_key_value("sample")?;
    let table = value.get_ref().as_table()?;
    let entries = Section::new(section.key("sample"), table, &[]);
    let mut rates = Vec::new();
    for (pattern, _) in table {
        let text = pattern.get_ref().as_ref();
        let rate = entries.read_any(document, text, |value| rate(text, value));
        match family(text) {
            Ok(family) => rates.extend(rate.map(|rate| (family, rate))),
            Err((error, allowed)) => {
                let found = format!("as a family ({error})");
                let key = format!("{}.{}", entries.name, quoted(text));
                document.invalid(pattern.span().start, key, found, allowed);
            }
        }
    }
    Some(SampleRates::new(rates))
}

fn rate(pattern: &str, value: &DeValue<'_>) -> Result<f64, InvalidValue> {
    // `display.prompt = 0.1` without quotes.
    let inner = value.as_table().and_then(|inner| inner.iter().next());
    if let Some((inner, _)) = inner {
        let meant = quoted(&format!("{pattern}.{}", inner.get_ref()));
        return invalid(
            described(value),
            format!("{RATE}; a name with a dot needs quotes: {meant}"),
        );
    }
    let number = match value {
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        DeValue::Integer(number) => match number.as_str() {
            "0" => Some(0.0),
            "1" => Some(1.0),
            _ => None,
        },
        _ => None,
    };
    match number {
        Some(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => {
            let meant = percentage(value).map(|rate| format!("; did you mean {rate}?"));
            let allowed = format!("{RATE}{}", meant.unwrap_or_default());
            invalid(described(value), allowed)
        }
    }
}

/// Returns the rate of a percentage: 0.1 for `"10 %"`, and for 10.
fn percentage(value: &DeValue<'_>) -> Option<f64> {
    let percent: f64 = match value {
        DeValue::String(text) => text.trim().strip_suffix('%')?.trim().parse().ok()?,
        DeValue::Integer(number) => number.as_str().parse().ok()?,
        _ => return None,
    };
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}
