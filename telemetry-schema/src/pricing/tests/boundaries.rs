//! The limits of each rule, where a neighbouring rule gives another cost.

use super::super::entry::PriceEntry;
use super::super::provider::Provider;
use super::factors::{nanos, parsed, why};
use super::*;
use crate::record::Timestamp;

/// Returns a request of this many input tokens and one output token.
fn prompt_of(prompt: u64) -> PricedRequest<'static> {
    request(Tokens {
        prompt,
        completion: 1,
        ..Tokens::default()
    })
}

#[test]
fn an_answered_model_is_looked_up_at_the_provider_that_was_asked() {
    let list = map(&[("groq/m", 1), ("m", 2), ("deepseek/v3", 3)]);
    let user = PriceMap::default();
    let prices = Prices {
        user: &user,
        map: Some(&list),
    };
    let cost = |answered| {
        let record = record([Some("groq/m"), Some(answered), None, None]);
        priced(&prices, &record).unwrap().0.0 / 10
    };
    assert_eq!(cost("m"), 1);
    assert_eq!(cost("deepseek/v3"), 3);
}

#[test]
fn the_search_fee_of_xai_is_the_first_that_is_not_free() {
    let entry = |provider: &str| {
        parsed(&format!(
            r#"{{"litellm_provider": "{provider}", "input_cost_per_token": 0, "output_cost_per_token": 0,
                "search_context_cost_per_query": {{"search_context_size_low": 1e-9, "search_context_size_medium": 0,
                "search_context_size_high": 4e-9}}}}"#
        ))
    };
    let searches = PricedRequest {
        web_searches: 3,
        search_context: Some("high"),
        ..PricedRequest::default()
    };
    assert_eq!(nanos(&entry("xai"), &searches), Ok(3));
    assert_eq!(nanos(&entry("openai"), &searches), Ok(12));
    assert_eq!(nanos(&entry("groq"), &searches), Ok(0));
}

#[test]
fn perplexity_charges_cached_tokens_as_input() {
    let price = parsed(
        r#"{"litellm_provider": "perplexity", "input_cost_per_token": 1e-9, "output_cost_per_token": 2e-9,
            "cache_read_input_token_cost": 1e-10, "cache_creation_input_token_cost": 5e-9}"#,
    );
    let tokens = Tokens {
        prompt: 1000,
        cached: 100,
        cache_write: 10,
        ..Tokens::default()
    };
    assert_eq!(cost(&price, tokens), Ok(NanoUsd(1000)));
}

#[test]
fn a_provider_has_its_rules_also_by_its_name_before_the_slash() {
    for (provider, model, expected) in [
        ("groq", "m", Provider::Groq),
        ("anthropic", "m", Provider::Claude),
        ("vertex_ai-anthropic_models", "claude-m", Provider::Claude),
        ("vertex_ai-language-models", "m", Provider::Gemini),
        ("bedrock", "claude-m", Provider::Other),
        ("", "m", Provider::Other),
    ] {
        assert_eq!(Provider::of(provider, model), expected, "{provider}");
    }
    let entry = r#"{"input_cost_per_token": 2e-9, "output_cost_per_token": 2e-9}"#;
    let map = PriceMap::parse(&format!(r#"{{"fireworks_ai/m": {entry}, "m": {entry}}}"#)).unwrap();
    let cached = Tokens {
        prompt: 10,
        cached: 10,
        ..Tokens::default()
    };
    let of = |name| cost(map.find(name).unwrap(), cached);
    assert_eq!(of("fireworks_ai/m"), Ok(NanoUsd(10)));
    assert_eq!(of("m"), Ok(NanoUsd(20)));
}

#[test]
fn the_full_name_of_fireworks_is_tried_only_for_a_name_without_a_slash() {
    let map = map(&[
        ("fireworks_ai/accounts/fireworks/models/m", 1),
        ("fireworks_ai/accounts/fireworks/models/x/m", 2),
    ]);
    assert!(map.find("fireworks_ai/m").is_some());
    assert!(map.find("fireworks_ai/x/m").is_none());
}

#[test]
fn the_most_input_tokens_of_a_model_are_known_with_and_without_its_price() {
    let mut map = PriceMap::parse(
        r#"{"a": {"max_input_tokens": 1000}, "b": {"max_input_tokens": 2000.0}, "c": {"max_input_tokens": "3000"},
            "none": {"max_input_tokens": 0}, "text": {"max_input_tokens": "many"},
            "priced": {"max_input_tokens": 1, "input_cost_per_token": 1e-9, "litellm_provider": "openai"}}"#,
    )
    .unwrap();
    for (model, most) in [
        ("a", Some(1000)),
        ("b", Some(2000)),
        ("c", Some(3000)),
        ("none", None),
        ("text", None),
        ("priced", Some(1)),
        ("azure/a", Some(1000)),
        ("openai/priced", Some(1)),
        ("groq/priced", None),
    ] {
        assert_eq!(map.max_input_tokens(model), most, "{model}");
    }
    map.set_max_input_tokens("none", 5);
    assert_eq!(map.max_input_tokens("none"), Some(5));
}

#[test]
fn a_model_without_a_price_of_tokens_is_listed_and_not_counted() {
    let map = PriceMap::parse(
        r#"{"priced": {"input_cost_per_token": 1e-9, "litellm_provider": "openai"},
            "fees": {"search_context_cost_per_query": {"search_context_size_low": 1e-9}},
            "ranges": {"tiered_pricing": [{"range": [0, 10], "input_cost_per_token": 1e-9}]}}"#,
    )
    .unwrap();
    for (model, is_priced) in [("priced", true), ("fees", false), ("ranges", true)] {
        assert_eq!(map.lists_exactly(model), is_priced, "{model}");
        assert_eq!(map.find(model).unwrap().is_empty(), !is_priced, "{model}");
    }
    assert!(map.lists("openai/priced") && !map.lists_exactly("openai/priced"));
    assert_eq!((map.len(), map.is_empty()), (2, false));
}

#[test]
fn only_the_prices_of_input_have_thresholds() {
    let with = |field: &str| {
        parsed(&format!(
            r#"{{"input_cost_per_token": 1e-9, "output_cost_per_token": 2e-9, "{field}": 8e-9}}"#
        ))
    };
    let output = with("output_cost_per_token_above_1k_tokens");
    assert_eq!(nanos(&output, &prompt_of(1001)), Ok(1001 + 2));
    let input = with("input_cost_per_token_above_1k_tokens");
    assert_eq!(nanos(&input, &prompt_of(1000)), Ok(1000 + 2));
    assert_eq!(
        nanos(&input, &prompt_of(1001)),
        why("output tokens are not priced above 1000 prompt tokens")
    );
    let flex = with("input_cost_per_token_above_1k_tokens_flex");
    assert_eq!(nanos(&flex, &prompt_of(1001)), Ok(1001 + 2));
}

#[test]
fn a_range_has_standard_prices_and_none_for_an_empty_prompt() {
    let price = parsed(
        r#"{"output_cost_per_token": 2e-9, "tiered_pricing": [{"range": [0, 1000], "input_cost_per_token": 1e-9,
            "output_cost_per_token_flex": 7e-9, "output_cost_per_token_above_1k_tokens": 9e-9}]}"#,
    );
    assert_eq!(nanos(&price, &prompt_of(10)), Ok(10 + 2));
    let price = parsed(
        r#"{"output_cost_per_token": 2e-9, "tiered_pricing": [{"range": [0, 1000], "input_cost_per_token": 1e-9,
            "output_cost_per_token": 7e-9}]}"#,
    );
    assert_eq!(nanos(&price, &prompt_of(1)), Ok(1 + 7));
    assert_eq!(nanos(&price, &prompt_of(0)), Ok(2));
}

/// Returns the cost of two input tokens and an output token on Monday at 12:00, or the reason.
fn at_noon(off_peak: &str) -> Result<i64, String> {
    let price = parsed(&format!(
        r#"{{"input_cost_per_token": 100e-9, "output_cost_per_token": 100e-9, "off_peak_pricing": {{
            "input_cost_per_token": 1e-9, "output_cost_per_token": 30e-9, {off_peak}}}}}"#
    ));
    let request = PricedRequest {
        at: "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap(),
        ..prompt_of(2)
    };
    nanos(&price, &request)
}

#[test]
fn off_peak_hours_are_times_and_weekdays_of_the_calendar() {
    let unsupported = why("prices by hours in another form are not supported");
    for (off_peak, expected) in [
        (r#""hours_utc": "11:00-13:00""#, Ok(2 + 30)),
        (r#""hours_utc": "12:01-13:00""#, Ok(300)),
        (r#""hours_utc": "12:00-23:59""#, Ok(2 + 30)),
        (r#""hours_utc": "12:00-24:00""#, unsupported.clone()),
        (r#""hours_utc": "24:00-12:00""#, unsupported.clone()),
        (r#""hours_utc": "12:00-12:60""#, unsupported.clone()),
        (r#""hours_utc": "12:00-25:61""#, unsupported.clone()),
        (
            r#""hours_utc": "12:00-13:00", "weekdays": ["monday", 1]"#,
            Ok(2 + 30),
        ),
        (r#""hours_utc": "12:00-13:00", "weekdays": [7]"#, Ok(300)),
        (
            r#""hours_utc": "12:00-13:00", "weekdays": [1, 8]"#,
            unsupported.clone(),
        ),
        (
            r#""hours_utc": "12:00-13:00", "weekdays": [0]"#,
            unsupported.clone(),
        ),
    ] {
        assert_eq!(at_noon(off_peak), expected, "{off_peak}");
    }
}

#[test]
fn a_multiplier_has_at_most_six_decimals_and_no_sign() {
    let parse = |text: &str| text.parse::<Multiplier>();
    for text in ["0", "-0", "1", "1.000001", "20", "1000"] {
        assert!(parse(text).is_ok(), "{text}");
    }
    for text in ["-1", "0.0000001", "1000.000001", "x", ""] {
        let error = parse(text).unwrap_err().to_string();
        assert_eq!(
            error,
            "not a factor from 0 to 1000 with at most six decimals"
        );
    }
    assert_eq!(parse("-0"), parse("0"));
}

/// A product of the count, the price, and both multipliers that is not reduced would exceed 128 bits.
#[test]
fn a_multiplied_cost_of_a_billion_dollars_is_exact() {
    let price = parsed(
        r#"{"input_cost_per_token": 1, "output_cost_per_token": 0,
            "provider_specific_entry": {"us": 20, "fast": 0.1}}"#,
    );
    let request = PricedRequest {
        speed: Some("fast"),
        inference_geo: Some("us"),
        ..prompt_of(1_000_000_000)
    };
    assert_eq!(nanos(&price, &request), Ok(2_000_000_000_000_000_000));
}

#[test]
fn cached_audio_is_no_cached_image() {
    let price = model(&[
        ("input_cost_per_token", "1e-9"),
        ("cache_read_input_token_cost", "10e-9"),
        ("cache_read_input_audio_token_cost", "100e-9"),
        ("input_cost_per_image_token", "1000e-9"),
    ]);
    let tokens = Tokens {
        prompt: 50,
        cached: 20,
        cached_audio: 15,
        cached_image: 10,
        audio_input: 15,
        image_input: 10,
        ..Tokens::default()
    };
    // At most 5 of the cached tokens are images, so that 5 of the 10 images are not cached.
    let expected = 25 + 5 * 10 + 15 * 100 + 5 * 1000;
    assert_eq!(cost(&price, tokens), Ok(NanoUsd(expected)));
}

#[test]
fn a_value_of_another_type_is_named_with_the_expected_one() {
    let error = serde_json::from_str::<PriceMap>("5").unwrap_err();
    assert!(error.to_string().contains("expected an object of models"));
    let Err(error) = serde_json::from_str::<PriceEntry>("5") else {
        panic!("5 is not an entry");
    };
    assert!(error.to_string().contains("expected an object of prices"));
}
