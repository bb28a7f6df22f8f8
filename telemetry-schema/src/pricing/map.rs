//! The price map that LiteLLM publishes: `model_prices_and_context_window.json`.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::model::ModelPrice;
use super::rate::{ParseRateError, Rate};

/// The entry that documents the fields of the others.
const EXPLANATION: &str = "sample_spec";

/// Fields of models that are charged by the hour or by a table of ranges, for which the counts of a request do not suffice.
const UNSUPPORTED: [&str; 2] = ["tiered_pricing", "off_peak_pricing"];

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
    /// Parses a map. Entries without a price for tokens, or with prices by the hour or by a table of ranges, are skipped.
    /// Entries with an invalid price are skipped and counted; see [`Self::invalid`].
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

    /// Returns the prices of a model, by its exact name or without the provider before the first `/`. The search is never
    /// fuzzy, because models with similar names have different prices.
    pub fn find(&self, model: &str) -> Option<&ModelPrice> {
        self.models
            .get(model)
            .or_else(|| self.models.get(model.split_once('/')?.1))
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
        self.models.len()
    }

    /// Whether no model has a price.
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
                None if entry.unsupported || entry.price.is_empty() => return,
                None => {
                    self.insert(model, entry.price);
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

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct MapKey<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

/// The prices of one entry.
#[derive(Default)]
struct PriceEntry {
    price: ModelPrice,
    invalid: Option<(String, ParseRateError)>,
    unsupported: bool,
}

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
                    entry.unsupported |= UNSUPPORTED.contains(&&*field);
                    if !ModelPrice::has_field(&field) {
                        fields.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    match rate(fields.next_value::<&RawValue>()?.get()) {
                        Ok(Some(rate)) => {
                            entry.price.set(&field, rate);
                        }
                        Ok(None) => {}
                        Err(what) => {
                            entry.invalid.get_or_insert((field.into_owned(), what));
                        }
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
