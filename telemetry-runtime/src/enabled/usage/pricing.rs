//! The prices in force, for requests whose answer does not state a cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_schema::pricing::{PriceMap, PricedRequest, Prices, Tokens, Unpriced};
use telemetry_schema::record::{NanoUsd, SessionRecord};

use super::price_map::PriceMapFile;
use crate::enabled::log::background::BackgroundWork;
use crate::enabled::process::Inherited;
use crate::enabled::sys;
use crate::usage::PriceFactors;

static IN_FORCE: Inherited<PricesInForce> = Inherited::new();

struct PricesInForce {
    /// The prices of `config.toml`.
    user: PriceMap,
    map: Option<PriceMapFile>,
    /// Whether a thread was started that reads the map.
    is_reading: AtomicBool,
}

/// Puts prices in force: the user's own, and those of a price map, which is read when the first request needs it.
pub(crate) fn set(user: &PriceMap, map: Option<PriceMapFile>) {
    let is_empty = *user == PriceMap::default() && map.is_none();
    let in_force = (!is_empty).then(|| {
        Arc::new(PricesInForce {
            user: user.clone(),
            map,
            is_reading: AtomicBool::new(false),
        })
    });
    IN_FORCE.replace(in_force);
}

/// Computes the cost of a request from the prices in force. Returns the cost and the name of the source of the price, or why
/// the request has no price.
pub(super) fn cost(
    record: &SessionRecord<'_>,
    factors: &PriceFactors,
) -> Result<(NanoUsd, &'static str), Unpriced> {
    // Counts that are unknown have no price, whatever is configured.
    let request = request(record, factors).ok_or(Unpriced::UnknownCounts)?;
    let in_force = IN_FORCE.load().ok_or(Unpriced::NoPrices)?;
    let user = Prices {
        user: &in_force.user,
        map: None,
    };
    // The file is read only for requests whose model the user's own prices do not list.
    match (user.cost(record, &request), &in_force.map) {
        (Err(Unpriced::UnknownModel), Some(map)) => {
            let map = Some(map.get().ok_or(Unpriced::UnreadableMap)?);
            Prices { map, ..user }.cost(record, &request)
        }
        (cost, _) => cost,
    }
}

/// Computes the cost of a request to which the proxy gave the cost 0: from the user's own price, or from a price map that
/// lists exactly the model of the deployment. Returns `None` in other cases, and for an entry without prices, because they do
/// not prove that the operator's price of 0 is wrong. An entry that does not price all counts makes the request unpriced.
pub(super) fn cost_against_zero(
    record: &SessionRecord<'_>,
    factors: &PriceFactors,
) -> Option<Result<(NanoUsd, &'static str), Unpriced>> {
    let in_force = IN_FORCE.load()?;
    let request = request(record, factors)?;
    let user = Prices {
        user: &in_force.user,
        map: None,
    };
    let cost = match (user.cost(record, &request), &in_force.map) {
        (Err(Unpriced::UnknownModel), Some(map)) => {
            let deployment = record.deployment_model.as_deref()?;
            let map = map.get().filter(|map| map.lists_exactly(deployment));
            Prices { map, ..user }.cost(record, &request)
        }
        (cost, _) => cost,
    };
    match cost {
        Ok((NanoUsd(0), _)) | Err(Unpriced::UnknownModel | Unpriced::NoTokenPrice) => None,
        cost => Some(cost),
    }
}

/// Returns the counts and properties that determine the cost of a request; `None` if its prompt or completion tokens are unknown.
fn request<'a>(
    record: &'a SessionRecord<'_>,
    factors: &'a PriceFactors,
) -> Option<PricedRequest<'a>> {
    let request = PricedRequest::of(record)?;
    let of = |count: Option<u64>| count.unwrap_or(0);
    Some(PricedRequest {
        tokens: Tokens {
            cache_write_1h: of(factors.cache_write_1h_tokens),
            audio_input: of(factors.audio_input_tokens),
            image_input: of(factors.image_input_tokens),
            video_input: of(factors.video_input_tokens),
            cached_audio: of(factors.cached_audio_tokens),
            cached_image: of(factors.cached_image_tokens),
            audio_output: of(factors.audio_output_tokens),
            image_output: of(factors.image_output_tokens),
            video_output: of(factors.video_output_tokens),
            citation: of(factors.citation_tokens),
            ..request.tokens
        },
        speed: factors.speed.as_deref(),
        inference_geo: factors.inference_geo.as_deref(),
        web_searches: of(factors.web_searches),
        search_context: factors.search_context_size.as_deref(),
        map_searches: of(factors.map_searches),
        unpriced_tool: factors.unpriced_tool.as_deref(),
        ..request
    })
}

/// Returns whether the prices in force list a model.
pub(super) fn lists(model: &str) -> bool {
    IN_FORCE.load().is_some_and(|in_force| {
        let map = in_force.map.as_ref();
        in_force.user.lists(model)
            || map
                .and_then(PriceMapFile::get)
                .is_some_and(|map| map.lists(model))
    })
}

/// Returns the most input tokens of a request to a model, as far as they are known without reading a file.
pub(crate) fn max_input_tokens(model: &str) -> Option<u64> {
    let in_force = IN_FORCE.load()?;
    in_force.user.max_input_tokens(model).or_else(|| {
        let map = in_force.map.as_ref()?.get_if_read()?;
        map.max_input_tokens(model)
    })
}

/// Reads the price map in the background, unless it is read already: for [`max_input_tokens`], where no request needs its
/// prices.
pub(super) fn read_map_in_background() {
    let Some(in_force) = IN_FORCE.load() else {
        return;
    };
    let is_due = |map: &PriceMapFile| !map.is_read();
    if !in_force.map.as_ref().is_some_and(is_due)
        || in_force.is_reading.swap(true, Ordering::AcqRel)
    {
        return;
    }
    // Where no thread can be started, the context window stays unknown.
    let _ = sys::spawn(c"telemetry-prices", move || {
        let _work = BackgroundWork::begin();
        if let Some(map) = &in_force.map {
            map.get();
        }
    });
}
