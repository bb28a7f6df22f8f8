//! The differences between two price maps.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::map_file::PriceMapText;

/// Parts of the names of fields that hold or change prices.
const PRICE_WORDS: [&str; 3] = ["cost", "pricing", "uplift"];

/// A model whose prices changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelChange {
    /// The name of the model.
    pub model: String,
    /// The changed prices.
    pub prices: Vec<PriceChange>,
}

/// A price that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PriceChange {
    /// The key of the price, such as `input_cost_per_token`.
    pub key: String,
    /// The value before the update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after the update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Returns the models that were added, removed and changed, each list sorted by name. Only fields with prices count, and
/// only models with prices: a model whose entry has become invalid is a removed one.
pub(super) fn changes(
    old: Option<&PriceMapText>,
    new: &PriceMapText,
) -> (Vec<String>, Vec<String>, Vec<ModelChange>) {
    let none = Map::new();
    let old = old.map_or(&none, |old| &old.entries);
    let new = &new.entries;
    let lacks = |map: &Map<String, Value>, model: &String| !map.contains_key(model);
    let names = |map: &Map<String, Value>| -> Vec<String> {
        let mut names: Vec<String> = map.keys().cloned().collect();
        names.sort();
        names
    };
    let mut added = names(new);
    added.retain(|model| lacks(old, model));
    let mut removed = names(old);
    removed.retain(|model| lacks(new, model));
    let mut both = names(new);
    both.retain(|model| !lacks(old, model));
    let changed = both.into_iter().filter_map(|model| {
        let prices = price_changes(&old[&model], &new[&model]);
        (!prices.is_empty()).then_some(ModelChange { model, prices })
    });
    (added, removed, changed.collect())
}

fn price_changes(old: &Value, new: &Value) -> Vec<PriceChange> {
    let keys = |entry: &Value| -> Vec<String> {
        let keys = entry.as_object().into_iter().flat_map(Map::keys);
        let keys = keys.filter(|key| PRICE_WORDS.iter().any(|word| key.contains(word)));
        keys.cloned().collect()
    };
    let keys: BTreeSet<String> = keys(old).into_iter().chain(keys(new)).collect();
    let price = |entry: &Value, key: &str| entry.get(key).filter(|it| !it.is_null()).cloned();
    let change = |key: String| {
        let (before, after) = (price(old, &key), price(new, &key));
        (before != after).then_some(PriceChange { key, before, after })
    };
    keys.into_iter().filter_map(change).collect()
}
