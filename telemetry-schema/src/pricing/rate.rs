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

impl Rate {
    /// Returns half of the price, to 28 decimals.
    pub(super) const fn half(self) -> Self {
        Self(self.0 / 2)
    }

    pub(super) const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// The exact factor by which a speed or a place multiplies the price of all tokens, in units of 10⁻⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplier(u64);

/// The units of the multiplier 1.
const ONE: u64 = 1_000_000;
/// The number of decimals of a multiplier.
const MULTIPLIER_SCALE: i64 = 6;
/// The units of the highest multiplier.
const MAX_MULTIPLIER: u128 = 1000 * ONE as u128;

/// A text is not a multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMultiplierError;

impl fmt::Display for ParseMultiplierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a factor from 0 to 1000 with at most six decimals")
    }
}

impl std::error::Error for ParseMultiplierError {}

impl FromStr for Multiplier {
    type Err = ParseMultiplierError;

    /// Parses a JSON number from 0 to 1000 with at most six decimals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scaled = decimal::scaled(text, MULTIPLIER_SCALE, MAX_MULTIPLIER).ok();
        let positive =
            scaled.filter(|scaled| scaled.exact && !(scaled.negative && scaled.units > 0));
        let units = positive.and_then(|scaled| u64::try_from(scaled.units).ok());
        units.map(Self).ok_or(ParseMultiplierError)
    }
}

/// A sum of exact products, which is rounded once. `None` is a sum beyond the range.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExactSum {
    /// The numerator, in the units of [`Rate`].
    units: Option<u128>,
    denominator: u128,
}

impl ExactSum {
    pub(super) const ZERO: Self = Self {
        units: Some(0),
        denominator: 1,
    };

    pub(super) fn plus(self, count: u64, rate: Rate) -> Self {
        let product = u128::from(count)
            .checked_mul(rate.0)
            .and_then(|product| product.checked_mul(self.denominator));
        Self {
            units: self.units.and_then(|sum| sum.checked_add(product?)),
            ..self
        }
    }

    pub(super) fn times(self, Multiplier(numerator): Multiplier) -> Self {
        // The shortest fraction, so that the products stay within 128 bits.
        let (mut numerator, mut denominator) = (numerator, ONE);
        while denominator > 1 && numerator.is_multiple_of(10) {
            numerator /= 10;
            denominator /= 10;
        }
        Self {
            units: self.units.and_then(|sum| sum.checked_mul(numerator.into())),
            denominator: self.denominator * u128::from(denominator),
        }
    }

    /// Returns the sum rounded to the nearest nano-dollar, a half away from zero; `None` beyond the range of [`NanoUsd`].
    pub(super) fn nanos(self) -> Option<NanoUsd> {
        let nano = NANO * self.denominator;
        let sum = self.units?.checked_add(nano / 2)?;
        i64::try_from(sum / nano).ok().map(NanoUsd)
    }
}
