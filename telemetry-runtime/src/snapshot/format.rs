//! Numbers, amounts and names as people read them.

use std::time::Duration;

/// Cents from a dollar on, smaller parts below.
pub(super) fn dollars(nanos: i64) -> String {
    let places = match nanos.unsigned_abs() {
        0 | 1_000_000_000.. => 2,
        10_000_000.. => 4,
        1_000.. => 6,
        _ => 9,
    };
    let unit = 10_u64.pow(9 - places);
    let units = nanos.unsigned_abs().saturating_add(unit / 2) / unit;
    let whole = 10_u64.pow(places);
    let sign = if nanos < 0 { "-" } else { "" };
    let places = places as usize;
    format!(
        "{sign}${}.{:0places$}",
        grouped(units / whole),
        units % whole
    )
}

pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", grouped(seconds / 3600), seconds / 60 % 60),
    }
}

pub(super) fn number(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// At most seven columns: `999,999`, `1.23M`, `18.4E`.
pub(super) fn compact(count: u64) -> String {
    if count < 1_000_000 {
        return grouped(count);
    }
    let mut unit = 1_000_000;
    let mut name = 'M';
    for next in ['G', 'T', 'P', 'E'] {
        if count / unit < 1000 {
            break;
        }
        unit *= 1000;
        name = next;
    }
    let hundredths = count / (unit / 100);
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match whole {
        0..10 => format!("{whole}.{part:02}{name}"),
        10..100 => format!("{whole}.{}{name}", part / 10),
        _ => format!("{whole}{name}"),
    }
}

/// A name without what could move a terminal's cursor or turn its writing round.
pub(super) fn clean(name: &str) -> String {
    let harmful = |found: char| {
        found.is_control()
            || matches!(found, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    name.chars()
        .map(|found| if harmful(found) { '\u{fffd}' } else { found })
        .collect()
}

/// The columns that a text takes at most: from Hangul on characters may be two wide.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

pub(super) fn char_columns(found: char) -> usize {
    match found {
        '\u{2010}'..='\u{2027}' | '\u{fffd}' => 1,
        '\u{1100}'.. => 2,
        _ => 1,
    }
}

/// The text in at most `width` columns, with a mark where it was cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let mut taken = 1;
    let mut short: String = text
        .chars()
        .take_while(|found| {
            taken += char_columns(*found);
            taken <= width
        })
        .collect();
    short.push('…');
    short
}
