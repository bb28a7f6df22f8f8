//! One entry of a price map.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::model::ModelPrice;
use super::off_peak::OffPeakPrices;
use super::provider::Provider;
use super::range::RangePrices;
use super::rate::{ParseRateError, Rate};

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
pub(super) struct MapKey<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The prices of one entry.
#[derive(Default)]
pub(super) struct PriceEntry {
    pub(super) price: ModelPrice,
    /// The first field with an invalid price.
    pub(super) invalid: Option<(String, ParseRateError)>,
    /// The `litellm_provider`.
    pub(super) provider: Option<Box<str>>,
    /// The `max_input_tokens`.
    pub(super) max_input_tokens: Option<u64>,
}

impl PriceEntry {
    /// Returns the prices of the entry with this name.
    pub(super) fn named(mut self, model: &str) -> ModelPrice {
        self.price.provider = match &self.provider {
            Some(provider) => Provider::of(provider, model),
            None => ModelPrice::of_model(model).provider,
        };
        self.price
    }

    fn set(&mut self, field: &str, json: &str) -> Result<(), ParseRateError> {
        match field {
            "litellm_provider" => self.provider = serde_json::from_str(json).ok(),
            MAX_INPUT => self.max_input_tokens = tokens(json),
            "web_search_billing_unit" => {
                self.price.special_mut().is_search_charged_by_query = text(json) == "per_query";
            }
            "input_cost_per_request" => {
                if rate(json)?.is_some_and(|rate| !rate.is_zero()) {
                    self.price.special_mut().unsupported = Some("prices by the request");
                }
            }
            "search_context_cost_per_query" => {
                for (field, cost) in members(json) {
                    if let Some(rate) = rate(cost.get())? {
                        self.price.set_search(&field, rate);
                    }
                }
            }
            "provider_specific_entry" => {
                for (field, multiplier) in members(json) {
                    // Other members are settings.
                    if let Ok(multiplier) = multiplier.get().parse() {
                        self.price.set_multiplier(&field, multiplier);
                    }
                }
            }
            "tiered_pricing" => {
                let special = self.price.special_mut();
                match RangePrices::parse(&value(json))? {
                    Some(ranges) => special.ranges = ranges,
                    None => special.unsupported = Some("prices by other ranges than the prompt's"),
                }
            }
            "off_peak_pricing" => {
                let special = self.price.special_mut();
                match OffPeakPrices::parse(&value(json))? {
                    Some(prices) => special.off_peak = Some(prices),
                    None => special.unsupported = Some("prices by hours in another form"),
                }
            }
            _ => {
                if let Some(rate) = rate(json)? {
                    self.price.set(field, rate);
                }
            }
        }
        Ok(())
    }
}

/// The field with the most input tokens of a request.
const MAX_INPUT: &str = "max_input_tokens";

/// The fields that are read, besides those of [`ModelPrice::has_field`].
const FIELDS: [&str; 8] = [
    "litellm_provider",
    MAX_INPUT,
    "web_search_billing_unit",
    "input_cost_per_request",
    "search_context_cost_per_query",
    "provider_specific_entry",
    "tiered_pricing",
    "off_peak_pricing",
];

impl<'de> Deserialize<'de> for PriceEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = PriceEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of prices")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<PriceEntry, A::Error> {
                let mut entry = PriceEntry::default();
                while let Some(MapKey(field)) = fields.next_key()? {
                    if !ModelPrice::has_field(&field) && !FIELDS.contains(&&*field) {
                        fields.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let json = fields.next_value::<&RawValue>()?.get();
                    if json != "null"
                        && let Err(what) = entry.set(&field, json)
                    {
                        entry.invalid.get_or_insert((field.into_owned(), what));
                    }
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(EntryVisitor)
    }
}

/// Parses a number, a number in quotes, or `null`.
fn rate(json: &str) -> Result<Option<Rate>, ParseRateError> {
    if json == "null" {
        return Ok(None);
    }
    let unquoted = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    unquoted.unwrap_or(json).parse().map(Some)
}

/// Parses a count of tokens, which the map also writes as a float or in quotes.
fn tokens(json: &str) -> Option<u64> {
    let number = json.trim_matches('"');
    let count = number
        .parse()
        .ok()
        .or_else(|| crate::record::count_of_float(number.parse().ok()?))?;
    (count > 0).then_some(count)
}

/// Returns a text, which is empty if the value is none.
fn text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_default()
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// Returns the members of an object. A value of another type has no members.
fn members(json: &str) -> Vec<(Cow<'_, str>, &RawValue)> {
    struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

    impl<'de> Deserialize<'de> for Members<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct MembersVisitor;
            impl<'de> Visitor<'de> for MembersVisitor {
                type Value = Members<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(
                    self,
                    mut fields: A,
                ) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some(MapKey(field)) = fields.next_key()? {
                        members.push((field, fields.next_value()?));
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(MembersVisitor)
        }
    }

    serde_json::from_str(json).map_or_else(|_| Vec::new(), |Members(members)| members)
}
