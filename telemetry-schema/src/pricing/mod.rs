//! The cost of requests whose cost was not reported: exact prices per token, from the user or from the map that LiteLLM
//! publishes. Pure: the caller reads the file of the map.
//!
//! | module | content |
//! |---|---|
//! | `rate` | the exact price of one token; a sum that is rounded once |
//! | `key` | the fields of a price: kind of tokens, threshold, service tier |
//! | `request` | the counts and properties that determine the cost of a request |
//! | `unpriced` | why a request has no price |
//! | `range`, `off_peak` | prices by ranges of the prompt's length, and by hours of the day |
//! | `provider` | the rules of providers that differ |
//! | `model` | the prices of one model |
//! | `cost` | the cost of a request at the prices of a model |
//! | `entry`, `map` | the JSON of LiteLLM's map; models by name |
//! | `name` | the names under which a map may list a model |

mod cost;
mod entry;
mod key;
mod map;
mod model;
mod name;
mod off_peak;
mod provider;
mod range;
mod rate;
mod request;
mod unpriced;

use std::borrow::Cow;

pub use map::{PriceMap, PriceMapError};
pub use model::ModelPrice;
pub use rate::{Multiplier, ParseMultiplierError, ParseRateError, Rate};
pub use request::{PricedRequest, Tokens};
pub use unpriced::{Unpriced, UnpricedTokens};

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
    /// Returns the cost of a request with its `cost_source`.
    ///
    /// The names of the model are tried from the most to the least specific: the model of the deployment, the model that
    /// the answer names, then the group that answered, which after a fallback is not the requested model. A price map is
    /// searched for the model of the deployment alone if it is known, because the other names may be aliases; otherwise the
    /// model in the answer is searched with the provider of the group. The first
    /// entry that is found decides: an entry without a price for the request is not completed by another one.
    ///
    /// # Errors
    ///
    /// Fails if no entry is found, or the entry lacks a price for a count or a property that changes the cost of the request.
    pub fn cost(
        &self,
        record: &SessionRecord<'_>,
        request: &PricedRequest<'_>,
    ) -> Result<(NanoUsd, &'static str), Unpriced> {
        let names = names(record);
        let find = |map: &PriceMap, names: &[Option<&str>]| {
            let price = names.iter().flatten().find_map(|name| map.find(name))?;
            Some(price.cost(request))
        };
        if let Some(cost) = find(self.user, &names) {
            return Ok((cost?, USER_PRICE));
        }
        let answered = names[1].map(|answered| of_provider(names[2], answered));
        let of_map = [answered.as_deref(), names[2]];
        let names = match names[0] {
            Some(_) => &names[..1],
            None => &of_map,
        };
        let cost = self.map.and_then(|map| find(map, names));
        Ok((cost.ok_or(Unpriced::UnknownModel)??, PRICE_MAP))
    }
}

/// Returns the model that an answer names, with the provider of the group: the answer of `ollama/m` names `m`, and
/// the map may list a model `m` of another provider.
fn of_provider<'a>(group: Option<&str>, answered: &'a str) -> Cow<'a, str> {
    match group.and_then(|group| group.split_once('/')) {
        Some((provider, _)) if !answered.contains('/') => {
            Cow::Owned(format!("{provider}/{answered}"))
        }
        _ => Cow::Borrowed(answered),
    }
}

/// Returns the model of the deployment, the model that the answer names, and the group that answered, otherwise the requested model.
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
