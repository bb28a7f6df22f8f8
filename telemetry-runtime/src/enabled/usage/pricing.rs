//! The prices in force, for requests whose answer does not state a cost.

use std::path::PathBuf;
use std::sync::Arc;

use telemetry_schema::pricing::{PriceMap, Prices};
use telemetry_schema::record::{NanoUsd, SessionRecord};

use super::price_map::PriceMapFile;
use crate::enabled::process::Inherited;

static IN_FORCE: Inherited<PricesInForce> = Inherited::new();

struct PricesInForce {
    /// The prices of `config.toml`.
    user: PriceMap,
    map: Option<PriceMapFile>,
}

/// Puts prices in force: the user's own, and those of the price map at the path `map`. The map is read
/// when the first request needs it; `warn` then gets a message about errors in the file.
pub(crate) fn set(user: &PriceMap, map: Option<PathBuf>, warn: fn(&str)) {
    let is_empty = user.is_empty() && map.is_none();
    let in_force = (!is_empty).then(|| {
        Arc::new(PricesInForce {
            user: user.clone(),
            map: map.map(|path| PriceMapFile::new(path, warn)),
        })
    });
    IN_FORCE.replace(in_force);
}

/// Computes the cost of a request from the prices in force. Returns the cost and the name of the source
/// of the price, or `None` if no source has a price for the request.
pub(super) fn cost(record: &SessionRecord<'_>) -> Option<(NanoUsd, &'static str)> {
    let in_force = IN_FORCE.load()?;
    let user = Prices {
        user: &in_force.user,
        map: None,
    };
    // The file is read only for requests that the user's own prices leave unpriced.
    user.cost(record).or_else(|| {
        let map = in_force.map.as_ref()?.get();
        let prices = Prices {
            map: Some(map),
            ..user
        };
        prices.cost(record)
    })
}

/// Computes the cost of a request to which the proxy gave the cost 0: from the user's own price, or from a price map that
/// lists exactly the model of the deployment. Other prices do not show that the operator of the proxy was wrong.
pub(super) fn cost_against_zero(record: &SessionRecord<'_>) -> Option<(NanoUsd, &'static str)> {
    let in_force = IN_FORCE.load()?;
    let user = Prices {
        user: &in_force.user,
        map: None,
    };
    user.cost(record).or_else(|| {
        let map = in_force.map.as_ref()?.get();
        let is_listed = map.lists_exactly(record.deployment_model.as_deref()?);
        let prices = Prices {
            map: is_listed.then_some(map),
            ..user
        };
        prices.cost(record)
    })
}

/// Returns whether the prices in force list a model.
pub(super) fn lists(model: &str) -> bool {
    IN_FORCE.load().is_some_and(|in_force| {
        let map = in_force.map.as_ref();
        in_force.user.lists(model) || map.is_some_and(|map| map.get().lists(model))
    })
}
