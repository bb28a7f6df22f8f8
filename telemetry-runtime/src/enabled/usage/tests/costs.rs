//! The cost of a request and its source.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, PoisonError};

use telemetry_schema::pricing::{ModelPrice, PriceMap};

use super::super::price_map::PriceMapFile;
use super::super::pricing;
use super::*;
use crate::usage::CostSource;

/// The prices are those of the process, so that tests that set them run one after another.
static PRICES: Mutex<()> = Mutex::new(());

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
    let _one = PRICES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut price = ModelPrice::default();
    price.set("input_cost_per_token", "1e-6".parse().unwrap());
    price.set("output_cost_per_token", "2e-6".parse().unwrap());
    price.set("input_cost_per_token_flex", "5e-7".parse().unwrap());
    price.set("output_cost_per_token_flex", "1e-6".parse().unwrap());
    let mut prices = PriceMap::default();
    prices.insert("priced by the user", price);
    pricing::set(&prices, None);
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
    // An embedding has no output: its total equals the prompt.
    let embedding = json!({"object": "list", "usage": {"prompt_tokens": 100, "total_tokens": 100}});
    assert_eq!(record("4b", embedding), cost(100_000, "user_price"));
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

#[test]
fn each_reason_of_an_unpriced_request_has_its_text() {
    static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let _one = PRICES.lock().unwrap_or_else(PoisonError::into_inner);
    let warn = |text: &str| {
        let mut warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(text.to_owned());
    };
    let (session, _entered) = session();
    let dir = tempfile::tempdir().unwrap();
    let mut user = PriceMap::default();
    user.insert("another model of the user", ModelPrice::default());
    let mut number = 0;
    let mut reason = |prices: &PriceMap, map: Option<&str>, usage: Value| {
        number += 1;
        let path = dir.path().join(number.to_string());
        if let Some(text) = map.filter(|text| !text.is_empty()) {
            fs::write(&path, text).unwrap();
        }
        pricing::set(prices, map.map(|_| PriceMapFile::new(path, None, warn)));
        let body = json!({"id": format!("reason {number}"), "usage": usage});
        let model = "a model without a price";
        annotated(|request| request.text("model", model), || body);
        let last = records_of(&session).pop().unwrap();
        last.unpriced_reason.unwrap_or_default().into_owned()
    };
    let counts = || json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110});
    let none = PriceMap::default();
    let listed = r#"{"a model without a price": {"mode": "chat"}}"#;
    for (prices, map, usage, expected) in [
        (&none, None, counts(), "no prices are configured"),
        (&user, None, counts(), "the prices do not list the model"),
        (&none, Some(""), counts(), "the price map cannot be read"),
        (&none, Some("{"), counts(), "the price map cannot be read"),
        (
            &none,
            Some("{}"),
            counts(),
            "the prices do not list the model",
        ),
        (
            &none,
            Some(listed),
            counts(),
            "the prices list the model without a price of tokens",
        ),
        (
            &none,
            None,
            json!({"prompt_tokens": 100}),
            "the prompt or completion tokens are unknown",
        ),
        (
            &none,
            Some(""),
            json!({"prompt_tokens": 100}),
            "the prompt or completion tokens are unknown",
        ),
    ] {
        assert_eq!(reason(prices, map, usage), expected, "{map:?}");
    }
    // Each file that cannot be read has one warning. The third one may be read in the background, for the context window.
    let warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    let files = warnings.iter().map(|text| text.split(':').next());
    let files: BTreeSet<_> = files.collect();
    assert_eq!(files.len(), warnings.len(), "{warnings:?}");
    assert!((2..=3).contains(&files.len()), "{warnings:?}");
}

#[test]
fn an_answer_without_counts_is_unpriced() {
    let (session, _entered) = session();
    let record = |answer: &dyn UsageSource| {
        annotated(nothing, || answer);
        let last = records_of(&session).pop().unwrap();
        (
            last.cost_usd,
            last.cost_source.map(Cow::into_owned),
            last.unpriced_reason.map(Cow::into_owned),
        )
    };
    let unpriced = || {
        (
            None,
            Some("unpriced".to_owned()),
            Some("the prompt or completion tokens are unknown".to_owned()),
        )
    };
    let refused = json!({"id": "1", "usage": {"prompt_tokens": -1}});
    assert_eq!(record(&refused), unpriced());
    let cached = json!({"id": "2", "usage": {"cached_tokens": 4, "prompt_tokens": -1}});
    assert_eq!(record(&cached), unpriced());
    // LiteLLM writes zeros for a provider that states no usage.
    let zeros = json!({"id": "3", "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}});
    assert_eq!(record(&zeros), unpriced());
    assert_eq!(record(&zero_counts("4")), (None, None, None));
    let stated = json!({"id": "5", "usage": {"prompt_tokens": -1, "cost": 0.5}});
    let cost = NanoUsd(500_000_000);
    let source = Some("response_body".to_owned());
    assert_eq!(record(&stated), (Some(cost), source, None));
    // An answer from the cache costs nothing; what it would have cost is unknown.
    let of_headers = |id: &str, headers: [(&str, &str); 2]| {
        let id = Some(id.to_owned());
        let usage = Usage {
            request_id: id,
            ..Usage::default()
        };
        record(&usage.with_headers(headers))
    };
    let not_a_number = ("x-litellm-response-cost", "unknown");
    let hit = of_headers("6", [("x-litellm-cache-key", "k"), not_a_number]);
    let source = Some("cache_hit".to_owned());
    assert_eq!(hit, (Some(NanoUsd(0)), source, unpriced().2));
    assert_eq!(records_of(&session).pop().unwrap().saved_usd, None);
    // An image is priced by the proxy, and has no tokens.
    let cost = ("x-litellm-response-cost", "0.04");
    let image = of_headers("7", [("x-litellm-model-id", "m"), cost]);
    let source = Some("response_header".to_owned());
    assert_eq!(image, (Some(NanoUsd(40_000_000)), source, None));
    let failed = annotated(nothing, || -> Answer { Err("503") });
    assert!(failed.is_err());
    assert_eq!(records_of(&session).pop().unwrap().cost_source, None);
    assert_eq!(session.snapshot().totals.unpriced(), 3);
}

/// Returns the usage of an answer whose counts are known to be zero.
fn zero_counts(id: &str) -> Usage {
    Usage {
        request_id: Some(id.to_owned()),
        prompt_tokens: Some(0),
        completion_tokens: Some(0),
        ..Usage::default()
    }
}

#[test]
fn a_later_report_with_counts_prices_an_answer_that_had_none() {
    let (session, _entered) = session();
    let report_of = |answer: &dyn UsageSource| {
        annotated(nothing, || answer);
        let records = records_of(&session);
        let mut totals = telemetry_schema::record::Totals::default();
        for record in &records {
            totals.add(&record.totals());
        }
        assert_eq!(totals.unpriced(), session.snapshot().totals.unpriced());
        (totals.unpriced(), totals.prompt_tokens, totals.cost_nanos)
    };
    let report = |id: &str, usage: Value| report_of(&json!({"id": id, "usage": usage}));
    assert_eq!(report("1", json!({"prompt_tokens": -1})), (1, 0, 0));
    let counts = json!({"prompt_tokens": 10, "completion_tokens": 1, "cost": 0.5});
    assert_eq!(report("1", counts), (0, 10, 500_000_000));
    // A further report without counts leaves the known counts unchanged.
    let again = report("1", json!({"prompt_tokens": -1}));
    assert_eq!(again, (0, 10, 500_000_000));
    // Counts without a cost leave it unknown.
    assert_eq!(
        report("2", json!({"prompt_tokens": -1})),
        (1, 10, 500_000_000)
    );
    let without_cost = json!({"prompt_tokens": 5, "completion_tokens": 1});
    assert_eq!(report("2", without_cost), (1, 15, 500_000_000));
    // Counts of zero are known.
    assert_eq!(
        report("3", json!({"prompt_tokens": -1})),
        (2, 15, 500_000_000)
    );
    assert_eq!(report_of(&zero_counts("3")), (1, 15, 500_000_000));
    let last = records_of(&session).pop().unwrap();
    assert_eq!((last.first_cost, last.cost_usd), (Some(true), None));
}
