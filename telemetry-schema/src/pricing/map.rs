//! The price map that LiteLLM publishes: `model_prices_and_context_window.json`.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::model::ModelPrice;
use super::rate::{ParseRateError, Rate};

/// The entry that explains the others.
const EXPLANATION: &str = "sample_spec";

/// Ways of charging that need more than the counts of a request: the hour, or a table of ranges.
const OTHER_WAYS: [&str; 2] = ["tiered_pricing", "off_peak_pricing"];

/// Prices by the names of their models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceMap {
    models: HashMap<Box<str>, ModelPrice>,
    wrong: usize,
    first_wrong: Option<String>,
}

/// A text that is no price map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPriceMap {
    /// From 1.
    pub line: usize,
    /// From 1; 0 where the line is.
    pub column: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for NoPriceMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, what } = self;
        write!(
            f,
            "{line}:{column}: {what}; expected {{\"MODEL\": {{\"input_cost_per_token\": 1.5e-7, …}}, …}}"
        )
    }
}

impl std::error::Error for NoPriceMap {}

impl PriceMap {
    /// Reads a map. An entry that has no price for tokens is left out, and so is one that charges by
    /// the hour or by a table of ranges; one with a price that is none is left out and counted.
    ///
    /// # Errors
    ///
    /// Where the text is no JSON object of objects.
    pub fn parse(json: &str) -> Result<Self, NoPriceMap> {
        serde_json::from_str(json).map_err(|error| NoPriceMap {
            line: error.line(),
            column: error.column(),
            // Not the parser's own words, which quote what they found.
            what: match error.classify() {
                serde_json::error::Category::Data => "another JSON",
                serde_json::error::Category::Eof => "it ends too early",
                _ => "no JSON",
            },
        })
    }

    /// The prices of a model: by its exact name, else without the provider before the first `/`.
    /// Nothing fuzzier: a similar name has other prices.
    pub fn find(&self, model: &str) -> Option<&ModelPrice> {
        self.models
            .get(model)
            .or_else(|| self.models.get(model.split_once('/')?.1))
    }

    /// Adds, or replaces, the prices of a model.
    pub fn insert(&mut self, model: &str, price: ModelPrice) {
        self.models.insert(model.into(), price);
    }

    /// How many models have prices.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    /// Whether no model has.
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// How many entries were left out because of a price that is none, and the first of them:
    /// `"MODEL".FIELD: what is wrong`.
    pub fn wrong(&self) -> (usize, Option<&str>) {
        (self.wrong, self.first_wrong.as_deref())
    }

    fn take(&mut self, model: &str, entry: &RawValue) {
        if model == EXPLANATION {
            return;
        }
        let wrong = match serde_json::from_str::<Entry>(entry.get()) {
            Ok(entry) => match entry.wrong {
                Some((field, what)) => format!("{model:?}.{field}: {what}"),
                None if entry.other_way || entry.price.is_empty() => return,
                None => {
                    self.insert(model, entry.price);
                    return;
                }
            },
            Err(_) => format!("{model:?}: no object"),
        };
        self.wrong += 1;
        self.first_wrong.get_or_insert(wrong);
    }
}

impl<'de> Deserialize<'de> for PriceMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = PriceMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of models")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<PriceMap, A::Error> {
                let mut map = PriceMap::default();
                while let Some(model) = entries.next_key::<Name>()? {
                    map.take(&model.0, entries.next_value::<&RawValue>()?);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A key, which may have escapes in it.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

/// The prices of one entry.
#[derive(Default)]
struct Entry {
    price: ModelPrice,
    wrong: Option<(String, ParseRateError)>,
    other_way: bool,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of prices")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Entry, A::Error> {
                let mut entry = Entry::default();
                while let Some(Name(field)) = fields.next_key()? {
                    entry.other_way |= OTHER_WAYS.contains(&&*field);
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
                            entry.wrong.get_or_insert((field.into_owned(), what));
                        }
                    }
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A number, the same in quotes, or `null`.
fn rate(json: &str) -> Result<Option<Rate>, ParseRateError> {
    if json == "null" {
        return Ok(None);
    }
    let unquoted = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    unquoted.unwrap_or(json).parse().map(Some)
}
