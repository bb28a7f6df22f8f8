//! What one token costs, exactly.

use std::fmt;
use std::str::FromStr;

use crate::decimal::{self, NoDecimal};
use crate::record::NanoUsd;

/// Decimals of a dollar that a price may have. LiteLLM's map has prices of up to 24, such as
/// `5.0000000000000004e-8`; with 28 every cost that nano-dollars can hold fits 128 bits.
const SCALE: i64 = 28;
/// Units of a nano-dollar.
const NANO: u128 = 10_u128.pow(28 - 9);
/// A thousand dollars for one token.
const MAX: u128 = 10_u128.pow(31);

/// The price of one token: dollars in units of 10⁻²⁸, as exact as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u128);

/// A text that is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseRateError {
    /// It is no decimal number.
    NotANumber,
    /// It is below zero.
    Negative,
    /// It has more than 28 decimals, and none is rounded away.
    TooFine,
    /// It is more than a thousand dollars for one token.
    TooLarge,
}

impl fmt::Display for ParseRateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "no number",
            Self::Negative => "below zero",
            Self::TooFine => "more than 28 decimals",
            Self::TooLarge => "more than 1000 dollars for one token",
        })
    }
}

impl std::error::Error for ParseRateError {}

impl FromStr for Rate {
    type Err = ParseRateError;

    /// Reads dollars as JSON writes a number: `1.5e-7`, `0.00000015`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scaled = decimal::scaled(text, SCALE, MAX).map_err(|error| match error {
            NoDecimal::NotANumber => ParseRateError::NotANumber,
            NoDecimal::TooLarge => ParseRateError::TooLarge,
        })?;
        match scaled {
            scaled if !scaled.exact => Err(ParseRateError::TooFine),
            scaled if scaled.negative && scaled.units > 0 => Err(ParseRateError::Negative),
            scaled => Ok(Self(scaled.units)),
        }
    }
}

/// A sum of exact products, rounded once at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum(Option<u128>);

impl Sum {
    pub(super) const ZERO: Self = Self(Some(0));

    pub(super) fn plus(self, tokens: u64, rate: Rate) -> Self {
        let product = u128::from(tokens).checked_mul(rate.0);
        Self(self.0.and_then(|sum| sum.checked_add(product?)))
    }

    /// The nearest nano-dollar, a half away from zero. `None` beyond what one request can cost.
    pub(super) fn nanos(self) -> Option<NanoUsd> {
        let sum = self.0?.checked_add(NANO / 2)?;
        i64::try_from(sum / NANO).ok().map(NanoUsd)
    }
}
