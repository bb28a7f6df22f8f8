//! The price map that LiteLLM publishes: `model_prices_and_context_window.json`.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::entry::{MapKey, PriceEntry};
use super::model::ModelPrice;
use super::name::candidates;

/// The entry that documents the fields of the others.
const EXPLANATION: &str = "sample_spec";

/// A model of the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ListedModel {
    /// Empty if the model is listed without a price that is used.
    price: ModelPrice,
    provider: Option<Box<str>>,
}

/// Prices by the name of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceMap {
    /// With a hasher that needs no random bytes of the operating system, which a sandbox may deny.
    models: HashMap<Box<str>, ListedModel, RandomState>,
    /// The most input tokens of a request, by the name of the model.
    windows: HashMap<Box<str>, u64, RandomState>,
    invalid: usize,
    first_invalid: Option<String>,
}

/// Why a text is not a price map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceMapError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 0 for the beginning of the line.
    pub column: usize,
    /// The error.
    pub what: &'static str,
}

impl fmt::Display for PriceMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, what } = self;
        write!(
            f,
            "{line}:{column}: {what}; expected {{\"MODEL\": {{\"input_cost_per_token\": 1.5e-7, …}}, …}}"
        )
    }
}

impl std::error::Error for PriceMapError {}

impl PriceMap {
    /// Parses a map. Entries without a price of tokens are listed, because their models have no other price. Entries with an
    /// invalid price are listed without prices and counted; see [`Self::invalid`].
    ///
    /// # Errors
    ///
    /// Fails if the text is not a JSON object.
    pub fn parse(json: &str) -> Result<Self, PriceMapError> {
        serde_json::from_str(json).map_err(|error| PriceMapError {
            line: error.line(),
            column: error.column(),
            // The text of the parser's error may quote the file.
            what: match error.classify() {
                serde_json::error::Category::Data => "not an object of models",
                serde_json::error::Category::Eof => "unexpected end",
                _ => "invalid JSON",
            },
        })
    }

    /// Returns the prices of a model, by its exact name, or by the name without its provider where LiteLLM looks that up.
    /// The search is never fuzzy, because models with similar names have different prices, and so has the same model at
    /// another provider. A model that is listed without prices has none, whatever other names are listed; it
    /// is returned as well.
    pub fn find(&self, model: &str) -> Option<&ModelPrice> {
        self.listed(model).map(|listed| &listed.price)
    }

    /// Returns whether a model is listed, with or without prices, under its name or under the name without its provider.
    pub fn lists(&self, model: &str) -> bool {
        self.listed(model).is_some()
    }

    /// Returns whether a model is listed with prices under exactly this name.
    pub fn lists_exactly(&self, model: &str) -> bool {
        let listed = self.models.get(model);
        listed.is_some_and(|listed| !listed.price.is_empty())
    }

    fn listed(&self, model: &str) -> Option<&ListedModel> {
        self.models.get(model).or_else(|| {
            candidates(model).into_iter().find_map(|candidate| {
                let listed = self.models.get(&*candidate.name)?;
                let is_admitted = candidate.admits(listed.provider.as_deref());
                is_admitted.then_some(listed)
            })
        })
    }

    /// Sets the prices of a model.
    pub fn insert(&mut self, model: &str, price: ModelPrice) {
        let listed = ListedModel {
            price,
            provider: None,
        };
        self.models.insert(model.into(), listed);
    }

    /// Returns the most input tokens of a request to a model (`max_input_tokens`), by the names under which [`Self::find`]
    /// looks for its prices.
    pub fn max_input_tokens(&self, model: &str) -> Option<u64> {
        if let Some(known) = self.windows.get(model) {
            return Some(*known);
        }
        candidates(model).into_iter().find_map(|candidate| {
            let listed = self.models.get(&*candidate.name);
            let provider = listed.and_then(|listed| listed.provider.as_deref());
            let known = self.windows.get(&*candidate.name)?;
            candidate.admits(provider).then_some(*known)
        })
    }

    /// Sets the most input tokens of a request to a model.
    pub fn set_max_input_tokens(&mut self, model: &str, tokens: u64) {
        self.windows.insert(model.into(), tokens);
    }

    /// Returns the number of models with prices.
    pub fn len(&self) -> usize {
        let is_priced = |listed: &&ListedModel| !listed.price.is_empty();
        self.models.values().filter(is_priced).count()
    }

    /// Returns whether no model has a price.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of entries that were skipped because of an invalid price, and the first of them as
    /// `"MODEL".FIELD: error`.
    pub fn invalid(&self) -> (usize, Option<&str>) {
        (self.invalid, self.first_invalid.as_deref())
    }

    fn insert_entry(&mut self, model: &str, entry: &RawValue) {
        if model == EXPLANATION {
            return;
        }
        let entry = serde_json::from_str::<PriceEntry>(entry.get());
        let invalid = match &entry {
            Ok(entry) => entry
                .invalid
                .as_ref()
                .map(|(field, what)| format!("{model:?}.{field}: {what}")),
            Err(_) => Some(format!("{model:?}: not an object")),
        };
        let entry = entry.unwrap_or_default();
        let provider = entry.provider.clone();
        if let Some(tokens) = entry.max_input_tokens {
            self.set_max_input_tokens(model, tokens);
        }
        let price = if invalid.is_some() {
            ModelPrice::default()
        } else {
            entry.named(model)
        };
        let listed = ListedModel { price, provider };
        self.models.insert(model.into(), listed);
        if let Some(invalid) = invalid {
            self.invalid += 1;
            self.first_invalid.get_or_insert(invalid);
        }
    }
}

impl<'de> Deserialize<'de> for PriceMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor;
        impl<'de> Visitor<'de> for MapVisitor {
            type Value = PriceMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of models")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<PriceMap, A::Error> {
                let mut map = PriceMap::default();
                while let Some(model) = entries.next_key::<MapKey>()? {
                    map.insert_entry(&model.0, entries.next_value::<&RawValue>()?);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(MapVisitor)
    }
}
