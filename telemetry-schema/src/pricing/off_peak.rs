//! Lower prices in some hours of the day.

use serde_json::Value;

use super::key::TokenKind;
use super::rate::{ParseRateError, Rate};
use crate::record::Timestamp;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// The prices that apply in some hours instead of the ordinary ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OffPeakPrices {
    windows: Vec<Window>,
    rates: Vec<(TokenKind, Rate)>,
}

/// The fields of an off-peak price.
const FIELDS: [(&str, TokenKind); 5] = [
    ("input_cost_per_token", TokenKind::Input),
    ("output_cost_per_token", TokenKind::Output),
    ("output_cost_per_reasoning_token", TokenKind::Reasoning),
    ("cache_read_input_token_cost", TokenKind::CacheRead),
    ("cache_creation_input_token_cost", TokenKind::CacheWrite),
];

/// Hours of some days of the week, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    /// Bit 0 is Monday.
    days: u8,
    /// The first minute of the day.
    from: u16,
    /// The first minute after the window. A window may continue after midnight, and a window that ends where it begins is
    /// the whole day. The day is that of the minute in question, as in LiteLLM.
    to: u16,
}

impl Window {
    fn contains(self, day: u8, minute: u16) -> bool {
        let is_in_hours = if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        };
        is_in_hours && self.days & (1 << day) != 0
    }
}

impl OffPeakPrices {
    /// Parses `off_peak_pricing`. Returns `None` where the hours are not given in UTC, or in another form.
    pub(super) fn parse(value: &Value) -> Result<Option<Self>, ParseRateError> {
        let Some(block) = value.as_object() else {
            return Ok(None);
        };
        let is_utc = |zone: &Value| {
            zone.as_str()
                .is_some_and(|zone| ["", "UTC"].contains(&zone.trim()))
        };
        let mut rules = vec![value];
        rules.extend(
            block
                .get("windows")
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        );
        let windows: Option<Vec<_>> = rules.into_iter().map(windows_of).collect();
        let Some(windows) = windows.filter(|_| block.get("weekday_timezone").is_none_or(is_utc))
        else {
            return Ok(None);
        };
        let mut rates = Vec::new();
        for (field, kind) in FIELDS {
            if let Some(rate) = block.get(field).filter(|rate| !rate.is_null()) {
                let text = match rate {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                rates.push((kind, text.parse()?));
            }
        }
        let windows = windows.concat();
        Ok(Some(Self { windows, rates }))
    }

    /// Returns whether a time is off-peak.
    pub(super) fn applies_at(&self, time: Timestamp) -> bool {
        let minutes = time.micros().div_euclid(60_000_000);
        let day_length = i64::from(MINUTES_PER_DAY);
        // 1970-01-01 was a Thursday.
        let day = (minutes.div_euclid(day_length) + 3).rem_euclid(7);
        let minute = minutes.rem_euclid(day_length);
        let (Ok(day), Ok(minute)) = (u8::try_from(day), u16::try_from(minute)) else {
            return false;
        };
        self.windows
            .iter()
            .any(|window| window.contains(day, minute))
    }

    /// Returns the off-peak price of a kind.
    pub(super) fn rate(&self, kind: TokenKind) -> Option<Rate> {
        let mut rates = self.rates.iter();
        rates.find(|(own, _)| *own == kind).map(|(_, rate)| *rate)
    }
}

/// Parses the `hours_utc` and `weekdays` of a rule; `None` if they have another form.
fn windows_of(rule: &Value) -> Option<Vec<Window>> {
    let hours = match rule.get("hours_utc") {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(Value::Array(hours)) => hours.iter().collect(),
        Some(hours) => vec![hours],
    };
    let days = match rule.get("weekdays") {
        None | Some(Value::Null) => 0b111_1111,
        Some(days) => days
            .as_array()?
            .iter()
            .try_fold(0, |days, day| Some(days | 1 << weekday(day)?))?,
    };
    let window = |hours: &Value| {
        let (from, to) = hours.as_str()?.split_once('-')?;
        Some(Window {
            days,
            from: minute(from)?,
            to: minute(to)?,
        })
    };
    hours.into_iter().map(window).collect()
}

/// Parses a weekday: 1 or `monday` to 7 or `sunday`. Returns 0 for Monday.
fn weekday(day: &Value) -> Option<u8> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let at = match day {
        Value::Number(day) => usize::try_from(day.as_u64()?.checked_sub(1)?).ok()?,
        Value::String(day) => {
            let day = day.trim().to_ascii_lowercase();
            DAYS.iter().position(|short| day.starts_with(short))?
        }
        _ => return None,
    };
    u8::try_from(at).ok().filter(|at| *at < 7)
}

/// Parses `HH:MM` as the minute of the day.
fn minute(time: &str) -> Option<u16> {
    let (hours, minutes) = time.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}
