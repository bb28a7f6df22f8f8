//! Prices by ranges of the prompt's length.

use serde_json::Value;

use super::key::{PriceKey, Tier, TokenKind};
use super::rate::{ParseRateError, Rate};
use crate::record::count_of_float;
use crate::sort::sort_by_key;

/// The prices of prompts whose length is in one range. A request has the prices of one range alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RangePrices {
    /// The prompt has more tokens than this.
    from: u64,
    /// The prompt has at most this many tokens.
    to: u64,
    rates: Vec<(TokenKind, Rate)>,
}

impl RangePrices {
    /// Parses `tiered_pricing`, in the order of the ranges. Returns `None` if a member has no prices of tokens, or another
    /// form.
    pub(super) fn parse(value: &Value) -> Result<Option<Vec<Self>>, ParseRateError> {
        let Some(tiers) = value.as_array() else {
            return Ok(None);
        };
        let mut ranges = Vec::with_capacity(tiers.len());
        for tier in tiers {
            match Self::of(tier)? {
                Some(range) => ranges.push(range),
                None => return Ok(None),
            }
        }
        sort_by_key(&mut ranges, |range| range.from);
        Ok((!ranges.is_empty()).then_some(ranges))
    }

    fn of(tier: &Value) -> Result<Option<Self>, ParseRateError> {
        let bounds = tier.get("range").and_then(Value::as_array);
        let bound = |at: usize| whole(bounds?.get(at)?);
        let (Some(from), Some(to), Some(fields)) = (bound(0), bound(1), tier.as_object()) else {
            return Ok(None);
        };
        let mut rates = Vec::new();
        for (field, rate) in fields.iter().filter(|(_, rate)| !rate.is_null()) {
            let key =
                PriceKey::of(field).filter(|key| key.above == 0 && key.tier == Tier::Standard);
            if let Some(key) = key {
                let text = match rate {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                rates.push((key.kind, text.parse()?));
            }
        }
        let range = Self { from, to, rates };
        Ok(range.rate(TokenKind::Input).is_some().then_some(range))
    }

    /// Returns the prices of a prompt of this length: above all ranges, those of the last one. A prompt without tokens has
    /// no range.
    pub(super) fn select(ranges: &[Self], prompt: u64) -> Option<&Self> {
        let is_in = |range: &&Self| prompt > range.from && prompt <= range.to;
        let range = ranges.iter().find(is_in).or(ranges.last());
        range.filter(|_| prompt > 0)
    }

    /// Returns the range's own price of a kind.
    pub(super) fn rate(&self, kind: TokenKind) -> Option<Rate> {
        let mut rates = self.rates.iter();
        rates.find(|(own, _)| *own == kind).map(|(_, rate)| *rate)
    }
}

/// Returns a number of tokens, which maps also write as a float.
fn whole(bound: &Value) -> Option<u64> {
    bound
        .as_u64()
        .or_else(|| bound.as_f64().and_then(count_of_float))
}
