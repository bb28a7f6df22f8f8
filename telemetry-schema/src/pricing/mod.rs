//! What tokens cost, where nobody said it: exact prices per token, from the user or from the map
//! that LiteLLM publishes. Pure: whoever has the file hands over its text.
//!
//! | module | holds |
//! |---|---|
//! | `rate` | the price of one token, exactly; the sum that is rounded once |
//! | `model` | the prices of one model, and what a request cost at them |
//! | `map` | LiteLLM's JSON; models by exact name |

mod map;
mod model;
mod rate;

use std::borrow::Cow;

pub use map::{NoPriceMap, PriceMap};
pub use model::{ModelPrice, Tokens};
pub use rate::{ParseRateError, Rate};

use crate::record::{NanoUsd, SessionRecord};

/// `cost_source` of a cost at the user's own prices.
pub const USER_PRICE: &str = "user_price";
/// `cost_source` of a cost at the prices of a map.
pub const PRICE_MAP: &str = "price_map";

/// The last two steps of the ladder: the user's own prices, then a price map.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// The user's own.
    pub user: &'a PriceMap,
    /// LiteLLM's, or one like it.
    pub map: Option<&'a PriceMap>,
}

impl Prices<'_> {
    /// What a request cost, and who said so; `None` where nobody does.
    ///
    /// The names of the model are tried in the order in which they tell what answered: the
    /// deployment's, the answer's own, then the group that was asked, which after a fallback is not
    /// the one of the request. In a price map the deployment's name is the only one that counts,
    /// where it is known: the others are aliases.
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

/// The deployment's model, the one that the answer names, the one that was asked.
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
