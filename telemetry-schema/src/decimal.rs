//! Decimal numbers as JSON writes them, as integers of a chosen unit: exactly, or with what is left
//! over.

/// A number in units of ten to the power of minus `scale`.
pub(crate) struct Scaled {
    pub(crate) negative: bool,
    /// Without its sign, cut to whole units.
    pub(crate) units: u128,
    /// The first digit of what was cut off.
    pub(crate) next_digit: u8,
    /// Nothing was cut off.
    pub(crate) exact: bool,
}

/// Why a text gives no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDecimal {
    NotANumber,
    /// More units than `max`.
    TooLarge,
}

/// Reads a JSON number of at most `max` units.
pub(crate) fn scaled(text: &str, scale: i64, max: u128) -> Result<Scaled, NoDecimal> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) if !part.is_empty() => (whole, part),
        Some(_) => return Err(NoDecimal::NotANumber),
        None => (mantissa, ""),
    };
    let digits = || whole.bytes().chain(part.bytes());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits().all(|digit| digit.is_ascii_digit()) {
        return Err(NoDecimal::NotANumber);
    }
    // How many of the digits stand before the point of the number of units.
    let whole_len = i64::try_from(whole.len()).unwrap_or(i64::MAX);
    let kept = whole_len.saturating_add(exponent).saturating_add(scale);
    let mut scaled = Scaled {
        negative,
        units: 0,
        next_digit: 0,
        exact: true,
    };
    let mut at = 0;
    for digit in digits().map(|digit| digit - b'0') {
        if at < kept {
            scaled.units = push(scaled.units, digit, max)?;
        } else {
            if at == kept {
                scaled.next_digit = digit;
            }
            scaled.exact &= digit == 0;
        }
        at += 1;
    }
    while at < kept && scaled.units != 0 {
        scaled.units = push(scaled.units, 0, max)?;
        at += 1;
    }
    Ok(scaled)
}

fn push(units: u128, digit: u8, max: u128) -> Result<u128, NoDecimal> {
    let more = units
        .checked_mul(10)
        .and_then(|units| units.checked_add(digit.into()));
    more.filter(|units| *units <= max)
        .ok_or(NoDecimal::TooLarge)
}

/// The exponent, cut to where every number is zero or too large anyway.
fn power(text: &str) -> Result<i64, NoDecimal> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(NoDecimal::NotANumber);
    }
    let mut power: i64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(NoDecimal::NotANumber);
        }
        power = power
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'));
    }
    let power = power.min(i64::MAX / 4);
    Ok(if negative { -power } else { power })
}
