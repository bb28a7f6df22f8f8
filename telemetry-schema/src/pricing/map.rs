//! The price map that LiteLLM publishes: `model_prices_and_context_window.json`.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::entry::{MapKey, PriceEntry};
use super::model::ModelPrice;

/// The entry that documents the fields of the others.
const EXPLANATION: &str = "sample_spec";

/// The providers whose models the map lists without the provider as well.
const FAMILIES: [&str; 6] = [
    "openai",
    "azure",
    "anthropic",
    "bedrock",
    "vertex_ai",
    "litellm_proxy",
];

/// Prices by the name of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceMap {
    models: HashMap<Box<str>, ModelPrice>,
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
    /// Parses a map. Entries with an invalid price are skipped and counted; see [`Self::invalid`]. Entries without a price of
    /// tokens are kept, because their models have no other price.
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

    /// Returns the prices of a model, by its exact name, or without the provider before the first `/` if the map lists the
    /// models of that provider without it. The search is never fuzzy, because models with similar names have different
    /// prices, and so has the same model at another provider.
    pub fn find(&self, model: &str) -> Option<&ModelPrice> {
        self.models.get(model).or_else(|| {
            let (provider, name) = model.split_once('/')?;
            self.models
                .get(FAMILIES.contains(&provider).then_some(name)?)
        })
    }

    /// Returns whether a model is listed under exactly this name.
    pub fn lists_exactly(&self, model: &str) -> bool {
        self.models.contains_key(model)
    }

    /// Sets the prices of a model.
    pub fn insert(&mut self, model: &str, price: ModelPrice) {
        self.models.insert(model.into(), price);
    }

    /// Returns the number of models with prices.
    pub fn len(&self) -> usize {
        self.models
            .values()
            .filter(|price| !price.is_empty())
            .count()
    }

    /// Whether no model is listed.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
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
        let invalid = match serde_json::from_str::<PriceEntry>(entry.get()) {
            Ok(entry) => match entry.invalid {
                Some((field, what)) => format!("{model:?}.{field}: {what}"),
                None => {
                    self.insert(model, entry.named(model));
                    return;
                }
            },
            Err(_) => format!("{model:?}: not an object"),
        };
        self.invalid += 1;
        self.first_invalid.get_or_insert(invalid);
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
