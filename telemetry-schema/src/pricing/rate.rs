//! The exact price of one token.

use std::fmt;
use std::str::FromStr;

use crate::decimal::{self, ParseDecimalError};
use crate::record::NanoUsd;

/// The number of decimals of a price in dollars. LiteLLM's map has prices with up to 24 decimals, such as
/// `5.0000000000000004e-8`; with 28 decimals, every cost in the range of nano-dollars fits 128 bits.
const SCALE: i64 = 28;
/// The units of a nano-dollar.
const NANO: u128 = 10_u128.pow(28 - 9);
/// The units of the highest price: a thousand dollars for one token.
const MAX: u128 = 10_u128.pow(31);

/// The exact price of one token, in units of 10⁻²⁸ dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u128);

/// Why a text is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseRateError {
    /// The text is not a decimal number.
    NotANumber,
    /// The price is negative.
    Negative,
    /// The price has more than 28 decimals. Prices are not rounded.
    TooFine,
    /// The price exceeds a thousand dollars for one token.
    TooLarge,
}

impl fmt::Display for ParseRateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a number",
            Self::Negative => "below zero",
            Self::TooFine => "more than 28 decimals",
            Self::TooLarge => "more than 1000 dollars for one token",
        })
    }
}

impl std::error::Error for ParseRateError {}

impl FromStr for Rate {
    type Err = ParseRateError;

    /// Parses dollars as a JSON number: `1.5e-7`, `0.00000015`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scaled = decimal::scaled(text, SCALE, MAX).map_err(|error| match error {
            ParseDecimalError::NotANumber => ParseRateError::NotANumber,
            ParseDecimalError::TooLarge => ParseRateError::TooLarge,
        })?;
        match scaled {
            scaled if !scaled.exact => Err(ParseRateError::TooFine),
            scaled if scaled.negative && scaled.units > 0 => Err(ParseRateError::Negative),
            scaled => Ok(Self(scaled.units)),
        }
    }
}

/// A sum of exact products, which is rounded once.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExactSum(Option<u128>);

impl ExactSum {
    pub(super) const ZERO: Self = Self(Some(0));

    pub(super) fn plus(self, tokens: u64, rate: Rate) -> Self {
        let product = u128::from(tokens).checked_mul(rate.0);
        Self(self.0.and_then(|sum| sum.checked_add(product?)))
    }

    /// Returns the sum rounded to the nearest nano-dollar, a half away from zero; `None` beyond the range of [`NanoUsd`].
    pub(super) fn nanos(self) -> Option<NanoUsd> {
        let sum = self.0?.checked_add(NANO / 2)?;
        i64::try_from(sum / NANO).ok().map(NanoUsd)
    }
}
