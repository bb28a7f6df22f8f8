//! The cost of requests whose cost was not reported: exact prices per token, from the user or from the map that LiteLLM
//! publishes. Pure: the caller reads the file of the map.
//!
//! | module | content |
//! |---|---|
//! | `rate` | the exact price of one token; a sum that is rounded once |
//! | `model` | the prices of one model, and the cost of a request |
//! | `map` | the JSON of LiteLLM's map; models by name |
//! | `name` | the names under which a map may list a model |

mod map;
mod model;
mod name;
mod rate;

use std::borrow::Cow;

pub use map::{PriceMap, PriceMapError};
pub use model::{ModelPrice, Tokens};
pub use rate::{ParseRateError, Rate};

use crate::record::{NanoUsd, SessionRecord};

/// The `cost_source` of a cost at the user's own prices.
pub const USER_PRICE: &str = "user_price";
/// The `cost_source` of a cost at the prices of a map.
pub const PRICE_MAP: &str = "price_map";

/// The sources of prices: the user's own prices take precedence over a price map.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// The user's own prices.
    pub user: &'a PriceMap,
    /// A map in LiteLLM's format.
    pub map: Option<&'a PriceMap>,
}

impl Prices<'_> {
    /// Returns the cost of a request with its `cost_source`; `None` if no price is known.
    ///
    /// The names of the model are tried from the most to the least specific: the model of the deployment, the model that
    /// the answer names, then the group that was asked, which after a fallback is not the requested model. A price map is
    /// searched for the model of the deployment alone if it is known, because the other names may be aliases.
    pub fn cost(&self, record: &SessionRecord<'_>) -> Option<(NanoUsd, &'static str)> {
        let tokens = Tokens::of(record)?;
        let tier = record.service_tier.as_deref();
        let names = names(record);
        let price = |map: &PriceMap, names: &[Option<&str>]| {
            let price = names.iter().flatten().find_map(|name| map.find(name))?;
            price.cost(&tokens, tier)
        };
        if let Some(cost) = price(self.user, &names) {
            return Some((cost, USER_PRICE));
        }
        let names = match names[0] {
            Some(_) => &names[..1],
            None => &names[1..],
        };
        Some((price(self.map?, names)?, PRICE_MAP))
    }
}

/// Returns the model of the deployment, the model that the answer names, and the group or model that was asked.
fn names<'a>(record: &'a SessionRecord<'_>) -> [Option<&'a str>; 3] {
    let group = record.deployment_group.as_ref();
    [
        record.deployment_model.as_deref(),
        record.response_model.as_deref(),
        group.or(record.model.as_ref()).map(Cow::as_ref),
    ]
}

#[cfg(test)]
mod tests;
