//! The cost of a request and its source.

use telemetry_schema::pricing::{ModelPrice, PriceMap};

use super::super::pricing;
use super::*;
use crate::usage::CostSource;

#[test]
fn an_unpriced_request_has_no_cost() {
    let (session, _entered) = session();
    annotated(nothing, without_id);
    let records = records_of(&session);
    assert_eq!(records[0].cost_usd, None);
    assert_eq!(records[0].cost_source.as_deref(), Some("unpriced"));
    // Another test may have set prices.
    assert!(records[0].unpriced_reason.is_some());
    assert_eq!(session.snapshot().totals.unpriced_requests, 1);
}

#[test]
fn a_request_without_a_stated_cost_has_the_user_s_price() {
    let mut price = ModelPrice::default();
    price.set("input_cost_per_token", "1e-6".parse().unwrap());
    price.set("output_cost_per_token", "2e-6".parse().unwrap());
    price.set("input_cost_per_token_flex", "5e-7".parse().unwrap());
    price.set("output_cost_per_token_flex", "1e-6".parse().unwrap());
    let mut prices = PriceMap::default();
    prices.insert("priced by the user", price);
    pricing::set(&prices, None, |_| ());
    let (session, _entered) = session();
    let record = |id: &str, body: Value| {
        annotated(
            |request| request.text("model", "priced by the user"),
            || {
                let mut whole = body.clone();
                whole["id"] = id.into();
                whole
            },
        );
        let last = records_of(&session).pop().unwrap();
        (
            last.cost_usd,
            last.cost_source.unwrap_or_default().into_owned(),
        )
    };
    let cost = |nanos, source: &str| (Some(NanoUsd(nanos)), source.to_owned());
    assert_eq!(record("1", without_id()), cost(120_000, "user_price"));
    // The cost of the answer takes precedence.
    assert_eq!(record("2", answer("2")), cost(1_000_000, "response_body"));
    let mut flex = without_id();
    flex["service_tier"] = "flex".into();
    assert_eq!(record("3", flex), cost(60_000, "user_price"));
    let mut priority = without_id();
    priority["service_tier"] = "priority".into();
    assert_eq!(record("3b", priority), (None, "unpriced".to_owned()));
    let last = records_of(&session).pop().unwrap();
    assert_eq!(
        last.unpriced_reason.as_deref(),
        Some("input tokens are not priced in the service tier priority")
    );
    // A request with only some of its counts is not priced.
    let half = json!({"usage": {"prompt_tokens": 100}});
    assert_eq!(record("4", half), (None, "unpriced".to_owned()));
    let hit = annotated(
        |request| request.text("model", "priced by the user"),
        || {
            let usage = answer("5").usage().unwrap();
            let usage = Usage {
                cost_nanos: None,
                ..usage
            };
            usage.with_headers([("x-litellm-cache-key", "k")])
        },
    );
    assert_eq!(hit.cost_source, Some(CostSource::CacheHit));
    let last = records_of(&session).pop().unwrap();
    assert_eq!(last.cost_usd, Some(NanoUsd(0)));
    assert_eq!(last.saved_usd, Some(NanoUsd(120_000)));
    assert_eq!(last.cost_source.as_deref(), Some("cache_hit"));
    let totals = session.snapshot().totals;
    assert_eq!((totals.saved_nanos, totals.unpriced_requests), (120_000, 2));
}
