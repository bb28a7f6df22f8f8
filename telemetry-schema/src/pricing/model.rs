//! The prices of one model.

use super::key::{FIELD_NAMES, PriceKey, Tier, TokenKind};
use super::off_peak::OffPeakPrices;
use super::provider::Provider;
use super::range::RangePrices;
use super::rate::{Multiplier, Rate};

/// A fee for each use of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fee {
    SearchLow,
    SearchMedium,
    SearchHigh,
    MapSearch,
}

/// The table with the fees of web searches.
const SEARCHES: &str = "search_context_cost_per_query";
/// The table with the multipliers of speeds and places.
const MULTIPLIERS: &str = "provider_specific_entry";

/// The fees by table and field; a field without a table has the table `""`.
const FEES: [(&str, &str, Fee); 4] = [
    (SEARCHES, "search_context_size_low", Fee::SearchLow),
    (SEARCHES, "search_context_size_medium", Fee::SearchMedium),
    (SEARCHES, "search_context_size_high", Fee::SearchHigh),
    ("", "google_maps_grounding_cost_per_query", Fee::MapSearch),
];

/// The prices of one model.
///
/// ```
/// use telemetry_schema::pricing::{ModelPrice, PricedRequest, Tokens};
/// use telemetry_schema::record::NanoUsd;
///
/// let mut price = ModelPrice::default();
/// price.set("input_cost_per_token", "1.5e-7".parse().unwrap());
/// price.set("cache_read_input_token_cost", "7.5e-8".parse().unwrap());
/// price.set("output_cost_per_token", "6e-7".parse().unwrap());
/// let tokens = Tokens { prompt: 1200, cached: 1024, completion: 350, ..Tokens::default() };
/// let request = PricedRequest { tokens, ..PricedRequest::default() };
/// assert_eq!(price.cost(&request), Ok(NanoUsd(313_200)));
///
/// let unpriced = PricedRequest { service_tier: Some("flex"), ..request };
/// let reason = price.cost(&unpriced).unwrap_err().to_string();
/// assert_eq!(reason, "input tokens are not priced in the service tier flex");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelPrice {
    /// Sorted by key.
    rates: Vec<(PriceKey, Rate)>,
    pub(super) provider: Provider,
    special: Option<Box<SpecialPrices>>,
}

/// The prices that few models have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SpecialPrices {
    fees: Vec<(Fee, Rate)>,
    multipliers: Vec<(Box<str>, Multiplier)>,
    /// Whether each search is charged, and not each request with searches.
    pub(super) is_search_charged_by_query: bool,
    /// Replace the ordinary prices.
    pub(super) ranges: Vec<RangePrices>,
    pub(super) off_peak: Option<OffPeakPrices>,
    /// The property of the model that is not supported, as the subject of a sentence.
    pub(super) unsupported: Option<&'static str>,
}

impl ModelPrice {
    /// The names of the fields of tokens without the suffixes `_above_200k_tokens` (for any number), `_flex`, `_balanced`,
    /// `_priority` and `_ultrafast`.
    pub const FIELDS: [&str; FIELD_NAMES.len()] = FIELD_NAMES;

    /// The names of the tables of further prices.
    pub const TABLES: [&str; 2] = [SEARCHES, MULTIPLIERS];

    /// Returns a model without prices, of the provider that the name contains before the first `/`.
    pub fn of_model(name: &str) -> Self {
        let provider = name.split_once('/').map_or("", |(provider, _)| provider);
        Self {
            provider: Provider::of(provider, name),
            ..Self::default()
        }
    }

    /// Returns whether a field of LiteLLM's map is a price of tokens or a fee.
    pub fn has_field(field: &str) -> bool {
        PriceKey::of(field).is_some() || fee("", field).is_some()
    }

    /// Sets the price of a field; `false` if the field is not used.
    pub fn set(&mut self, field: &str, rate: Rate) -> bool {
        let Some(key) = PriceKey::of(field) else {
            return self.set_fee("", field, rate);
        };
        match self.rates.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.rates[at].1 = rate,
            Err(at) => self.rates.insert(at, (key, rate)),
        }
        true
    }

    /// Sets the fee of a field of the table `search_context_cost_per_query`; `false` if the field is not used.
    pub fn set_search(&mut self, field: &str, rate: Rate) -> bool {
        self.set_fee(SEARCHES, field, rate)
    }

    fn set_fee(&mut self, table: &str, field: &str, rate: Rate) -> bool {
        let Some(fee) = fee(table, field) else {
            return false;
        };
        let fees = &mut self.special_mut().fees;
        fees.retain(|(own, _)| *own != fee);
        fees.push((fee, rate));
        true
    }

    /// Sets the factor by which a speed or a place multiplies the prices of tokens: a field of the table
    /// `provider_specific_entry`.
    pub fn set_multiplier(&mut self, field: &str, multiplier: Multiplier) {
        let multipliers = &mut self.special_mut().multipliers;
        multipliers.retain(|(own, _)| **own != *field);
        multipliers.push((field.into(), multiplier));
    }

    pub(super) fn special_mut(&mut self) -> &mut SpecialPrices {
        self.special.get_or_insert_default()
    }

    pub(super) fn special(&self) -> Option<&SpecialPrices> {
        self.special.as_deref()
    }

    /// Returns whether no price of tokens is known.
    pub fn is_empty(&self) -> bool {
        let has_ranges = self
            .special()
            .is_some_and(|special| !special.ranges.is_empty());
        self.rates.is_empty() && !has_ranges
    }

    /// Returns the price at exactly this key.
    pub(super) fn at(&self, kind: TokenKind, above: u32, tier: Tier) -> Option<Rate> {
        let key = PriceKey { kind, above, tier };
        let at = self.rates.binary_search_by_key(&key, |(key, _)| *key);
        at.ok().map(|at| self.rates[at].1)
    }

    /// Returns the largest threshold that the prompt exceeds; 0 if it exceeds none.
    pub(super) fn threshold(&self, prompt: u64, tier: Tier) -> u32 {
        let is_exceeded = |above: u32| {
            let above = u64::from(above);
            prompt > above || self.provider.includes_threshold() && prompt == above
        };
        let above = |(key, _): &(PriceKey, Rate)| {
            let counts = key.kind == TokenKind::Input && [Tier::Standard, tier].contains(&key.tier);
            (counts && key.above > 0 && is_exceeded(key.above)).then_some(key.above)
        };
        self.rates.iter().filter_map(above).max().unwrap_or(0)
    }
}

impl SpecialPrices {
    pub(super) fn fee(&self, fee: Fee) -> Option<Rate> {
        let mut fees = self.fees.iter();
        fees.find(|(own, _)| *own == fee).map(|(_, rate)| *rate)
    }

    pub(super) fn multiplier(&self, field: &str) -> Option<Multiplier> {
        let mut multipliers = self.multipliers.iter();
        let own = multipliers.find(|(own, _)| own.eq_ignore_ascii_case(field));
        own.map(|(_, multiplier)| *multiplier)
    }
}

fn fee(table: &str, field: &str) -> Option<Fee> {
    let mut fees = FEES.iter();
    let found = fees.find(|(in_table, name, _)| *in_table == table && *name == field);
    found.map(|(_, _, fee)| *fee)
}
