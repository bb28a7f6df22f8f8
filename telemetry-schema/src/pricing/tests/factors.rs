//! Factors of a price besides the ordinary tokens.

use super::*;
use crate::record::Timestamp;

/// Returns the only model of a map.
pub(super) fn parsed(entry: &str) -> ModelPrice {
    let map = PriceMap::parse(&format!("{{\"m\": {entry}}}")).unwrap();
    assert_eq!(map.invalid(), (0, None));
    map.find("m").unwrap().clone()
}

/// Returns the cost in nano-dollars, or the reason.
pub(super) fn nanos(price: &ModelPrice, request: &PricedRequest<'_>) -> Result<i64, String> {
    match price.cost(request) {
        Ok(cost) => Ok(cost.0),
        Err(why) => Err(why.to_string()),
    }
}

pub(super) fn why(text: &str) -> Result<i64, String> {
    Err(text.to_owned())
}

#[test]
fn one_hour_cache_writes_have_their_own_price() {
    let written = request(Tokens {
        prompt: 10_002,
        cache_write: 10_000,
        cache_write_1h: 4000,
        completion: 100,
        ..Tokens::default()
    });
    let mut price = model(&[
        ("input_cost_per_token", "5e-6"),
        ("output_cost_per_token", "2.5e-5"),
        ("cache_creation_input_token_cost", "6.25e-6"),
    ]);
    assert_eq!(
        nanos(&price, &written),
        why("one-hour cache writes are not priced")
    );
    price.set(
        "cache_creation_input_token_cost_above_1hr",
        "1e-5".parse().unwrap(),
    );
    assert_eq!(
        nanos(&price, &written),
        Ok(2 * 5000 + 6000 * 6250 + 4000 * 10_000 + 100 * 25_000)
    );
}

#[test]
fn audio_images_and_video_have_prices_of_their_own_or_none() {
    let tokens = Tokens {
        prompt: 100,
        cached: 20,
        cached_audio: 5,
        cached_image: 3,
        audio_input: 30,
        image_input: 13,
        video_input: 7,
        completion: 50,
        reasoning: 10,
        audio_output: 20,
        image_output: 4,
        video_output: 2,
        ..Tokens::default()
    };
    let fields = [
        ("input_cost_per_token", "1e-9"),
        ("output_cost_per_token", "2e-9"),
        ("cache_read_input_token_cost", "3e-9"),
        ("cache_read_input_audio_token_cost", "5e-9"),
        ("input_cost_per_audio_token", "7e-9"),
        ("input_cost_per_image_token", "11e-9"),
        ("input_cost_per_video_token", "13e-9"),
        ("output_cost_per_audio_token", "17e-9"),
        ("output_cost_per_image_token", "19e-9"),
        ("output_cost_per_video_token", "23e-9"),
    ];
    let input = (100 - 20 - 25 - 10 - 7) + 15 * 3 + 5 * 5 + 25 * 7 + 10 * 11 + 7 * 13;
    let output = (50 - 20 - 4 - 2) * 2 + 20 * 17 + 4 * 19 + 2 * 23;
    assert_eq!(cost(&model(&fields), tokens), Ok(NanoUsd(input + output)));
    for (at, kind) in [
        (3, "cached audio tokens"),
        (4, "audio tokens"),
        (5, "image tokens"),
        (6, "video tokens"),
        (7, "audio tokens"),
        (8, "image tokens"),
        (9, "video tokens"),
    ] {
        let mut fewer = fields.to_vec();
        fewer.remove(at);
        assert_eq!(cost(&model(&fewer), tokens), unpriced(kind));
    }
}

#[test]
fn a_service_tier_needs_prices_of_its_own() {
    let price = model(&[
        ("input_cost_per_token", "2e-9"),
        ("output_cost_per_token", "8e-9"),
        ("output_cost_per_reasoning_token", "9e-9"),
        ("cache_read_input_token_cost", "1e-9"),
        ("input_cost_per_token_priority", "4e-9"),
        ("output_cost_per_token_priority", "16e-9"),
        ("input_cost_per_token_flex", "1e-9"),
    ]);
    let tokens = Tokens {
        prompt: 10,
        completion: 3,
        reasoning: 1,
        ..Tokens::default()
    };
    let tier = |tokens, name| {
        let request = PricedRequest {
            service_tier: Some(name),
            ..request(tokens)
        };
        nanos(&price, &request)
    };
    for name in ["", "default", "standard", "auto", "Default", "on_demand"] {
        assert_eq!(tier(tokens, name), Ok(10 * 2 + 2 * 8 + 9), "{name}");
    }
    for name in ["priority", "Priority", "fast"] {
        assert_eq!(tier(tokens, name), Ok(10 * 4 + 3 * 16), "{name}");
    }
    let output = "output tokens are not priced in the service tier flex";
    assert_eq!(tier(tokens, "flex"), why(output));
    let input = "input tokens are not priced in the service tier ultrafast";
    assert_eq!(tier(tokens, "ultrafast"), why(input));
    assert_eq!(
        tier(tokens, "scale"),
        why("the service tier scale is not priced")
    );
    let cached = Tokens {
        cached: 4,
        ..tokens
    };
    let reason = "cached tokens are not priced in the service tier priority";
    assert_eq!(tier(cached, "priority"), why(reason));
    // Without a price of the cache, cached tokens are input.
    let written = Tokens {
        cache_write: 4,
        ..tokens
    };
    assert_eq!(tier(written, "priority"), Ok(10 * 4 + 3 * 16));
}

#[test]
fn a_prompt_above_a_threshold_needs_the_prices_above_it() {
    let price = parsed(
        r#"{"input_cost_per_token": 1e-9, "output_cost_per_token": 2e-9, "cache_read_input_token_cost": 1e-10,
            "cache_creation_input_token_cost": 3e-9, "input_cost_per_token_above_1k_tokens": 4e-9,
            "output_cost_per_token_above_1k_tokens": 8e-9, "cache_creation_input_token_cost_above_1k_tokens": 5e-9,
            "input_cost_per_token_above_2000_tokens": 6e-9, "output_cost_per_token_above_2000_tokens": 12e-9}"#,
    );
    let of = |prompt, cached, cache_write| {
        let tokens = Tokens {
            prompt,
            cached,
            cache_write,
            completion: 1,
            ..Tokens::default()
        };
        nanos(&price, &request(tokens))
    };
    assert_eq!(of(1000, 10, 0), Ok(990 + 1 + 2));
    assert_eq!(of(1001, 0, 1), Ok(4000 + 5 + 8));
    assert_eq!(
        of(1001, 10, 0),
        why("cached tokens are not priced above 1000 prompt tokens")
    );
    assert_eq!(of(2001, 0, 0), Ok(2001 * 6 + 12));
    assert_eq!(
        of(2001, 0, 1),
        why("cache writes are not priced above 2000 prompt tokens")
    );
}

#[test]
fn providers_count_in_their_own_way() {
    let entry = |provider: &str| {
        parsed(&format!(
            r#"{{"litellm_provider": "{provider}", "input_cost_per_token": 1e-9, "output_cost_per_token": 2e-9,
                "output_cost_per_reasoning_token": 3e-9, "input_cost_per_token_above_1k_tokens": 4e-9,
                "output_cost_per_token_above_1k_tokens": 8e-9, "output_cost_per_reasoning_token_above_1k_tokens": 9e-9}}"#
        ))
    };
    let of = |provider: &str, prompt| {
        let tokens = Tokens {
            prompt,
            cached: 10,
            completion: 2,
            reasoning: 1,
            ..Tokens::default()
        };
        nanos(&entry(provider), &request(tokens))
    };
    assert_eq!(of("openai", 1000), Ok(1000 + 5));
    assert_eq!(of("openai", 1001), Ok(1001 * 4 + 17));
    // xAI's threshold includes the threshold itself, and reasoning has the price of output.
    assert_eq!(of("xai", 999), Ok(999 + 4));
    assert_eq!(of("xai", 1000), Ok(4000 + 16));
    // Fireworks charges half of the price of input for cached tokens.
    assert_eq!(of("fireworks_ai", 1000), Ok(990 + 5 + 5));
    // Perplexity has one price of input.
    assert_eq!(of("perplexity", 5000), Ok(5000 + 5));
}

#[test]
fn searches_have_a_fee_by_the_provider_s_unit() {
    let entry = |provider: &str, more: &str| {
        parsed(&format!(
            r#"{{"litellm_provider": "{provider}", "input_cost_per_token": 0, "output_cost_per_token": 0,
                "search_context_cost_per_query": {{"search_context_size_low": 1e-9, "search_context_size_medium": 2e-9,
                "search_context_size_high": 4e-9}}{more}}}"#
        ))
    };
    let of = |price: &ModelPrice, size| {
        let request = PricedRequest {
            web_searches: 3,
            search_context: size,
            ..PricedRequest::default()
        };
        nanos(price, &request)
    };
    let openai = entry("openai", "");
    assert_eq!(of(&openai, None), Ok(6));
    assert_eq!(of(&openai, Some("low")), Ok(3));
    assert_eq!(of(&openai, Some("high")), Ok(12));
    assert_eq!(of(&entry("anthropic", ""), Some("high")), Ok(6));
    assert_eq!(of(&entry("perplexity", ""), None), Ok(3));
    assert_eq!(of(&entry("gemini", ""), None), Ok(2));
    let by_query = r#", "web_search_billing_unit": "per_query""#;
    assert_eq!(
        of(&entry("vertex_ai-language-models", by_query), None),
        Ok(6)
    );
    let plain = parsed(r#"{"input_cost_per_token": 0, "output_cost_per_token": 0}"#);
    assert_eq!(of(&plain, None), why("web searches are not priced"));
    let maps = PricedRequest {
        map_searches: 2,
        ..PricedRequest::default()
    };
    assert_eq!(nanos(&openai, &maps), why("map searches are not priced"));
    let with_maps = entry(
        "gemini",
        r#", "google_maps_grounding_cost_per_query": 5e-9"#,
    );
    assert_eq!(nanos(&with_maps, &maps), Ok(5));
    let files = PricedRequest {
        unpriced_tool: Some("file searches"),
        ..PricedRequest::default()
    };
    assert_eq!(nanos(&openai, &files), why("file searches are not priced"));
}

#[test]
fn speed_and_place_multiply_the_price_of_tokens_but_not_the_fees() {
    let price = parsed(
        r#"{"litellm_provider": "anthropic", "input_cost_per_token": 5e-9, "output_cost_per_token": 25e-9,
            "search_context_cost_per_query": {"search_context_size_medium": 1e-8},
            "provider_specific_entry": {"us": 1.1, "fast": 2.0, "schema": "v2"}}"#,
    );
    let of = |speed, geo| {
        let tokens = Tokens {
            prompt: 10,
            completion: 1,
            ..Tokens::default()
        };
        let request = PricedRequest {
            speed,
            inference_geo: geo,
            web_searches: 1,
            ..request(tokens)
        };
        nanos(&price, &request)
    };
    assert_eq!(of(None, None), Ok(75 + 10));
    assert_eq!(of(Some("standard"), Some("global")), Ok(75 + 10));
    assert_eq!(of(Some("fast"), Some("not_available")), Ok(150 + 10));
    assert_eq!(of(None, Some("us")), Ok(83 + 10), "82.5 is rounded once");
    assert_eq!(of(Some("fast"), Some("US")), Ok(165 + 10));
    assert_eq!(
        of(Some("turbo"), None),
        why("the speed turbo is not priced")
    );
    assert_eq!(
        of(None, Some("eu")),
        why("the inference geography eu is not priced")
    );
    assert_eq!(
        of(None, Some("schema")),
        why("the inference geography schema is not priced")
    );
}

#[test]
fn a_range_of_prompt_lengths_has_its_own_prices() {
    let price = parsed(
        r#"{"output_cost_per_reasoning_token": 9e-9, "tiered_pricing": [
            {"range": [1000, 2000.0], "input_cost_per_token": 3e-9, "output_cost_per_token": 30e-9},
            {"range": [0, 1000.0], "input_cost_per_token": "1e-9", "output_cost_per_token": 10e-9,
             "cache_read_input_token_cost": 1e-10, "output_cost_per_reasoning_token": 11e-9}]}"#,
    );
    let of = |prompt, cached, reasoning| {
        let tokens = Tokens {
            prompt,
            cached,
            completion: 1,
            reasoning,
            ..Tokens::default()
        };
        request(tokens)
    };
    assert_eq!(nanos(&price, &of(1000, 10, 0)), Ok(990 + 1 + 10));
    assert_eq!(nanos(&price, &of(1000, 0, 1)), Ok(1000 + 11));
    assert_eq!(nanos(&price, &of(1001, 10, 1)), Ok(3003 + 30));
    assert_eq!(nanos(&price, &of(9000, 0, 0)), Ok(27_000 + 30));
    let flex = PricedRequest {
        service_tier: Some("flex"),
        ..of(9, 0, 0)
    };
    assert_eq!(
        nanos(&price, &flex),
        why("input tokens are not priced in the service tier flex")
    );
}

#[test]
fn off_peak_hours_have_their_own_prices() {
    let price = parsed(
        r#"{"input_cost_per_token": 2e-9, "output_cost_per_token": 4e-9, "off_peak_pricing": {
            "input_cost_per_token": 1e-9, "output_cost_per_token": "3e-9", "windows": [
            {"hours_utc": ["22:30-01:00", "04:00-06:00"], "weekdays": [1, "tue", "Wednesday"]},
            {"hours_utc": "00:00-00:00", "weekdays": ["sunday"]}]}}"#,
    );
    let is_off_peak = |time: &str| {
        let tokens = Tokens {
            prompt: 1,
            completion: 1,
            ..Tokens::default()
        };
        let request = PricedRequest {
            at: time.parse::<Timestamp>().unwrap(),
            ..request(tokens)
        };
        let cost = nanos(&price, &request).unwrap();
        assert!(cost == 4 || cost == 6, "{cost}");
        cost == 4
    };
    // 2026-11-23 is a Monday.
    for time in [
        "2026-11-23T22:30:00Z",
        "2026-11-24T00:59:59.999999Z",
        "2026-11-25T04:00:00Z",
        "2026-11-25T23:59:00Z",
        "2026-11-29T12:00:00Z",
    ] {
        assert!(is_off_peak(time), "{time}");
    }
    for time in [
        "2026-11-23T22:29:59Z",
        "2026-11-24T01:00:00Z",
        "2026-11-25T06:00:00Z",
        "2026-11-26T05:00:00Z",
        "2026-11-28T12:00:00Z",
    ] {
        assert!(!is_off_peak(time), "{time}");
    }
    let elsewhere = parsed(
        r#"{"input_cost_per_token": 2e-9, "off_peak_pricing": {"hours_utc": "00:00-01:00", "weekday_timezone": "Asia/Shanghai"}}"#,
    );
    assert_eq!(
        nanos(&elsewhere, &PricedRequest::default()),
        why("prices by hours in another form are not supported")
    );
}

#[test]
fn a_fee_for_each_request_is_not_supported() {
    let price = parsed(r#"{"input_cost_per_token": 1e-9, "input_cost_per_request": 0.005}"#);
    assert_eq!(
        nanos(&price, &PricedRequest::default()),
        why("prices by the request are not supported")
    );
}
