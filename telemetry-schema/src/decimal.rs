//! Parsing decimal numbers of JSON as integers of a chosen unit, exactly or with the digits that were cut off.

/// A number as a multiple of a unit of 10^-scale.
pub(crate) struct Scaled {
    pub(crate) negative: bool,
    /// The absolute value, cut to whole units.
    pub(crate) units: u128,
    /// The first digit that was cut off.
    pub(crate) next_digit: u8,
    /// Whether no digit but 0 was cut off.
    pub(crate) exact: bool,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseDecimalError {
    NotANumber,
    /// The number has more than `max` units.
    TooLarge,
}

/// Parses a JSON number of at most `max` units of 10^-scale.
pub(crate) fn scaled(text: &str, scale: i64, max: u128) -> Result<Scaled, ParseDecimalError> {
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
        Some(_) => return Err(ParseDecimalError::NotANumber),
        None => (mantissa, ""),
    };
    let digits = || whole.bytes().chain(part.bytes());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits().all(|digit| digit.is_ascii_digit()) {
        return Err(ParseDecimalError::NotANumber);
    }
    // The number of digits that are whole units.
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

fn push(units: u128, digit: u8, max: u128) -> Result<u128, ParseDecimalError> {
    let more = units
        .checked_mul(10)
        .and_then(|units| units.checked_add(digit.into()));
    more.filter(|units| *units <= max)
        .ok_or(ParseDecimalError::TooLarge)
}

/// Parses an exponent. It is limited to a range beyond which every number is zero or too large.
fn power(text: &str) -> Result<i64, ParseDecimalError> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(ParseDecimalError::NotANumber);
    }
    let mut power: i64 = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(ParseDecimalError::NotANumber);
        }
        power = power
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'));
    }
    let power = power.min(i64::MAX / 4);
    Ok(if negative { -power } else { power })
}
