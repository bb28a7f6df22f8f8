use proptest::prelude::*;

use super::*;

mod boundaries;
mod factors;

/// Returns a model with these prices.
fn model(fields: &[(&str, &str)]) -> ModelPrice {
    let mut price = ModelPrice::default();
    for (field, rate) in fields {
        assert!(price.set(field, rate.parse().unwrap()), "{field}");
    }
    price
}

/// Returns a request of these tokens.
fn request(tokens: Tokens) -> PricedRequest<'static> {
    PricedRequest {
        tokens,
        ..PricedRequest::default()
    }
}

/// Returns the cost of tokens, or why they have none.
fn cost(price: &ModelPrice, tokens: Tokens) -> Result<NanoUsd, String> {
    price.cost(&request(tokens)).map_err(|why| why.to_string())
}

/// Returns the reason why a kind of tokens has no price.
fn unpriced(kind: &str) -> Result<NanoUsd, String> {
    Err(format!("{kind} are not priced"))
}

const MINI: [(&str, &str); 3] = [
    ("input_cost_per_token", "1.5e-07"),
    ("output_cost_per_token", "6e-07"),
    ("cache_read_input_token_cost", "7.5e-08"),
];

#[test]
fn prices_are_parsed_exactly_or_rejected() {
    let rate = |text: &str| text.parse::<Rate>();
    assert_eq!(rate("1.5e-7"), rate("0.00000015"));
    assert_ne!(rate("5.0000000000000004e-8"), rate("5e-8"));
    assert_eq!(rate("0"), Ok(Rate::default()));
    assert_eq!(rate("-0.0"), Ok(Rate::default()));
    assert!(rate("1000").is_ok() && rate("1e-28").is_ok());
    for (text, why) in [
        ("", ParseRateError::NotANumber),
        ("abc", ParseRateError::NotANumber),
        ("NaN", ParseRateError::NotANumber),
        ("inf", ParseRateError::NotANumber),
        ("1e", ParseRateError::NotANumber),
        ("-1e-7", ParseRateError::Negative),
        ("-1e-29", ParseRateError::TooFine),
        ("1e-29", ParseRateError::TooFine),
        ("1000.1", ParseRateError::TooLarge),
        ("1e999999999999999999999", ParseRateError::TooLarge),
    ] {
        assert_eq!(rate(text), Err(why), "{text}");
    }
}

#[test]
fn tokens_without_a_price_are_not_free() {
    let tokens = Tokens {
        prompt: 10,
        completion: 1,
        ..Tokens::default()
    };
    let nothing = "the prices list the model without a price of tokens";
    assert_eq!(
        cost(&ModelPrice::default(), tokens),
        Err(nothing.to_owned())
    );
    let input = model(&MINI[..1]);
    assert_eq!(cost(&input, tokens), unpriced("output tokens"));
    // Embeddings have no completion tokens.
    let none = Tokens {
        completion: 0,
        ..tokens
    };
    assert_eq!(cost(&input, none), Ok(NanoUsd(1500)));
    let free = model(&[
        ("input_cost_per_token", "0"),
        ("output_cost_per_token", "0.0"),
    ]);
    assert_eq!(cost(&free, tokens), Ok(NanoUsd(0)));
}

#[test]
fn impossible_counts_are_unpriced_and_do_not_overflow() {
    let too_large = Err("the cost exceeds nine billion dollars".to_owned());
    let huge = Tokens {
        prompt: u64::MAX,
        completion: u64::MAX,
        ..Tokens::default()
    };
    assert_eq!(cost(&model(&MINI), huge), too_large);
    let dear = model(&[("input_cost_per_token", "1000")]);
    let tokens = |prompt| Tokens {
        prompt,
        ..Tokens::default()
    };
    assert_eq!(cost(&dear, tokens(u64::MAX)), too_large);
    let most = NanoUsd(9_223_372_000_000_000_000);
    assert_eq!(cost(&dear, tokens(9_223_372)), Ok(most));
    assert_eq!(cost(&dear, tokens(9_223_373)), too_large);
}

#[test]
fn parts_are_limited_to_the_count_that_includes_them() {
    let tokens = Tokens {
        prompt: 10,
        cached: 30,
        cache_write: 5,
        cache_write_1h: 9,
        audio_input: 4,
        completion: 2,
        reasoning: 9,
        image_output: 4,
        ..Tokens::default()
    };
    assert_eq!(cost(&model(&MINI), tokens), Ok(NanoUsd(10 * 75 + 2 * 600)));
}

#[test]
fn only_the_documented_fields_of_litellm_are_used() {
    for field in [
        "input_cost_per_token",
        "output_cost_per_reasoning_token",
        "cache_read_input_token_cost_above_272k_tokens_flex",
        "cache_creation_input_token_cost_priority",
        "input_cost_per_token_above_200k_tokens",
        "input_cost_per_token_above_200000_tokens",
        "input_cost_per_token_balanced",
        "output_cost_per_token_ultrafast",
        "input_cost_per_audio_token",
        "input_cost_per_audio_token_priority",
        "output_cost_per_image_token",
        "cache_read_input_audio_token_cost",
        "cache_creation_input_token_cost_above_1hr",
        "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
        "citation_cost_per_token",
        "google_maps_grounding_cost_per_query",
    ] {
        assert!(ModelPrice::has_field(field), "{field}");
    }
    for field in [
        "input_cost_per_token_batches",
        "input_cost_per_token_cache_hit",
        "output_cost_per_image",
        "search_context_size_low",
        "input_cost_per_token_above_0k_tokens",
        "input_cost_per_token_above_k_tokens",
        "input_cost_per_token_above_+1k_tokens",
        "input_cost_per_token_above_99999999999k_tokens",
        "cache_read_input_token_cost_above_1hr",
        "input_cost_per_token_flex_priority",
        "max_tokens",
        "",
    ] {
        assert!(!ModelPrice::has_field(field), "{field}");
    }
}

/// Returns the record of a request of ten input tokens.
fn record(names: [Option<&str>; 4]) -> SessionRecord<'_> {
    let [asked, answered, deployment, group] = names.map(|name| name.map(Cow::Borrowed));
    SessionRecord {
        model: asked,
        response_model: answered,
        deployment_model: deployment,
        deployment_group: group,
        prompt_tokens: Some(10),
        completion_tokens: Some(0),
        ..SessionRecord::default()
    }
}

/// Returns a map in which each model has a price of a different number of nano-dollars per token.
fn map(models: &[(&str, u8)]) -> PriceMap {
    let mut map = PriceMap::default();
    for (name, nanos) in models {
        map.insert(
            name,
            model(&[("input_cost_per_token", &format!("{nanos}e-9"))]),
        );
    }
    map
}

#[test]
fn models_are_found_by_exact_name_or_without_their_provider() {
    let map = map(&[
        ("gpt-4o", 1),
        ("openai/gpt-4o", 2),
        ("deepseek/v3", 3),
        ("a/b/c", 4),
    ]);
    let found = |name| {
        map.find(name).and_then(|price| {
            let tokens = Tokens {
                prompt: 1,
                ..Tokens::default()
            };
            cost(price, tokens).ok().map(|cost| cost.0)
        })
    };
    assert_eq!(found("gpt-4o"), Some(1));
    assert_eq!(found("openai/gpt-4o"), Some(2));
    assert_eq!(found("azure/gpt-4o"), Some(1));
    assert_eq!(found("litellm_proxy/deepseek/v3"), Some(3));
    for other in [
        "gpt-4",
        "gpt-4o-mini",
        "GPT-4o",
        "gpt-4o-2024-08-06",
        "v3",
        "b/c",
        "x/y/gpt-4o",
        "x/v3",
        "",
        "/",
        "gpt-4o/",
        "openai/",
        // The price of another provider, or of a local model.
        "vercel_ai_gateway/deepseek/v3",
        "github_copilot/gpt-4o",
        "groq/gpt-4o",
        "ollama/gpt-4o",
        "hosted_vllm/gpt-4o",
    ] {
        assert_eq!(found(other), None, "{other}");
    }
}

#[test]
fn user_prices_take_precedence_over_the_map_and_the_answering_model_over_the_requested() {
    let user = map(&[("mine", 7), ("openai/gpt-4o", 8)]);
    let list = map(&[
        ("gpt-4o", 1),
        ("gpt-4o-mini", 2),
        ("primary", 3),
        ("mine", 4),
    ]);
    let cost = |names| {
        let prices = Prices {
            user: &user,
            map: Some(&list),
        };
        priced(&prices, &record(names))
            .ok()
            .map(|(cost, source)| (cost.0 / 10, source))
    };
    let (user_price, price_map) = ("user_price", "price_map");
    // The user set a price for the alias.
    assert_eq!(
        cost([Some("mine"), None, None, None]),
        Some((7, user_price))
    );
    let deployed = Some("openai/gpt-4o-mini");
    assert_eq!(
        cost([Some("mine"), Some("mine"), deployed, Some("mine")]),
        Some((7, user_price))
    );
    // The user's price of the answering model takes precedence over the price of the alias.
    assert_eq!(
        cost([Some("mine"), None, Some("openai/gpt-4o"), None]),
        Some((8, user_price))
    );
    // After a fallback, the requested alias did not answer.
    assert_eq!(
        cost([Some("mine"), None, deployed, Some("backup")]),
        Some((2, price_map))
    );
    // Without a header, the name in the answer is used, otherwise the requested model.
    assert_eq!(
        cost([Some("primary"), Some("gpt-4o"), None, None]),
        Some((1, price_map))
    );
    assert_eq!(
        cost([Some("primary"), Some("unknown"), None, None]),
        Some((3, price_map))
    );
    // A deployment that the map lacks is not priced as its alias.
    assert_eq!(cost([Some("primary"), None, Some("x/unknown"), None]), None);
    assert_eq!(cost([None; 4]), None);
    let alone = Prices {
        user: &user,
        map: None,
    };
    let unknown = priced(&alone, &record([Some("gpt-4o"), None, None, None]));
    assert_eq!(unknown, Err("the prices do not list the model".to_owned()));
}

/// Returns the cost of a record.
fn priced(
    prices: &Prices<'_>,
    record: &SessionRecord<'_>,
) -> Result<(NanoUsd, &'static str), String> {
    let request = PricedRequest::of(record).ok_or("unknown counts")?;
    prices.cost(record, &request).map_err(|why| why.to_string())
}

#[test]
fn an_entry_without_the_needed_price_is_not_completed_by_another_one() {
    let mut user = map(&[("gpt-audio", 7)]);
    user.insert("mine", ModelPrice::default());
    let list = map(&[("gpt-audio", 1), ("mine", 2)]);
    let prices = Prices {
        user: &user,
        map: Some(&list),
    };
    let record = SessionRecord {
        completion_tokens: Some(1),
        ..record([Some("gpt-audio"), None, None, None])
    };
    let incomplete = priced(&prices, &record);
    assert_eq!(incomplete, Err("output tokens are not priced".to_owned()));
    let record = self::record([Some("mine"), Some("gpt-audio"), None, None]);
    assert_eq!(priced(&prices, &record), Ok((NanoUsd(70), USER_PRICE)));
    let record = self::record([Some("mine"), None, None, None]);
    assert!(priced(&prices, &record).is_err());
}

#[test]
fn requests_with_unknown_counts_are_not_priced() {
    let user = map(&[("m", 1)]);
    let prices = Prices {
        user: &user,
        map: None,
    };
    let known = record([Some("m"), None, None, None]);
    assert!(priced(&prices, &known).is_ok());
    let unknown = SessionRecord {
        prompt_tokens: None,
        ..known.clone()
    };
    assert_eq!(PricedRequest::of(&unknown), None);
    let unknown = SessionRecord {
        completion_tokens: None,
        ..known.clone()
    };
    assert_eq!(PricedRequest::of(&unknown), None);
    let embeddings = SessionRecord {
        total_tokens: Some(10),
        ..unknown
    };
    assert_eq!(priced(&prices, &embeddings), Ok((NanoUsd(10), USER_PRICE)));
}

#[test]
fn invalid_entries_of_a_map_are_reported_and_the_rest_is_kept() {
    let map = PriceMap::parse(
        r#"{"sample_spec": {"input_cost_per_token": "about"},
            "a": {"input_cost_per_token": 1e-9, "output_cost_per_token": null, "max_tokens": "x"},
            "b": {"input_cost_per_token": -1e-9},
            "c": {"input_cost_per_token": true},
            "quoted": {"input_cost_per_token": "3e-7"},
            "d": 5,
            "e": {"output_cost_per_image": 0.04},
            "hourly": {"input_cost_per_token": 1e-9, "off_peak_pricing": {"hours_utc": "noon"}},
            "ranges": {"input_cost_per_token": 1e-9, "tiered_pricing": [{"max_results_range": [0, 5]}]},
            "f": {"input_cost_per_token": 1e-9, "search_context_cost_per_query": {"search_context_size_low": "x"}},
            "caf\u00e9": {"input_cost_per_token": 1e-9},
            "a": {"input_cost_per_token": 2e-9}}"#,
    )
    .unwrap();
    assert_eq!(
        map.invalid(),
        (4, Some("\"b\".input_cost_per_token: below zero"))
    );
    assert_eq!(map.len(), 5);
    for (name, why) in [
        ("e", "the prices list the model without a price of tokens"),
        (
            "hourly",
            "prices by hours in another form are not supported",
        ),
        (
            "ranges",
            "prices by other ranges than the prompt's are not supported",
        ),
    ] {
        let price = map.find(name).unwrap();
        assert_eq!(cost(price, Tokens::default()), Err(why.to_owned()));
    }
    let a = model(&[("input_cost_per_token", "2e-9")]);
    assert_eq!(
        map.find("a"),
        Some(&a),
        "the last one counts, as to every JSON parser"
    );
    assert!(map.find("café").is_some() && map.find("quoted").is_some());
}

#[test]
fn a_text_that_is_not_a_map_is_rejected_with_its_position() {
    for (json, said) in [
        ("", "1:0: unexpected end"),
        (
            "{\"a\": {\"input_cost_per_token\": 1e-9}",
            "1:36: unexpected end",
        ),
        ("[]", "1:0: not an object of models"),
        ("<html>", "1:1: invalid JSON"),
        ("{\"a\": {}}\n x", "2:2: invalid JSON"),
        ("{\"a\": {\n\"b\": }}", "2:6: invalid JSON"),
    ] {
        let error = PriceMap::parse(json).unwrap_err().to_string();
        assert!(error.starts_with(said), "{json}: {error}");
    }
    assert!(PriceMap::parse("{}").unwrap().is_empty());
}

fn counts() -> impl Strategy<Value = Tokens> {
    (
        0..3_000_000_u64,
        0..3_000_000_u64,
        0..2_000_000_u64,
        0..9_000_000_u64,
        0..1_000_000_u64,
    )
        .prop_map(|(plain, cached, cache_write, text, reasoning)| Tokens {
            prompt: plain + cached + cache_write,
            cached,
            cache_write,
            completion: text + reasoning,
            reasoning,
            ..Tokens::default()
        })
}

proptest! {
    #[test]
    fn a_cost_is_the_exact_sum_rounded_once(tokens in counts(), femtos in prop::array::uniform5(0_u64..10_000_000_000)) {
        // Prices in whole femto-dollars, so that the sum is an integer; a nano-dollar has a million.
        let fields = &ModelPrice::FIELDS[..5];
        let mut price = ModelPrice::default();
        for (field, rate) in fields.iter().zip(femtos) {
            price.set(field, format!("{rate}e-15").parse().unwrap());
        }
        let [input, output, reasoning, read, write] = femtos.map(u128::from);
        let of = u128::from;
        let exact = of(tokens.prompt - tokens.cached - tokens.cache_write) * input
            + of(tokens.cached) * read
            + of(tokens.cache_write) * write
            + of(tokens.completion - tokens.reasoning) * output
            + of(tokens.reasoning) * reasoning;
        let nanos = i64::try_from((exact + 500_000) / 1_000_000).unwrap();
        prop_assert_eq!(cost(&price, tokens), Ok(NanoUsd(nanos)));
        let flex = PricedRequest { service_tier: Some("flex"), ..request(tokens) };
        prop_assert_eq!(price.cost(&flex).is_ok(), tokens.prompt + tokens.completion == 0);
    }

    #[test]
    fn more_tokens_never_cost_less(tokens in counts(), more in 0..100_000_u64) {
        let price = model(&MINI);
        let longer = Tokens { completion: tokens.completion + more, ..tokens };
        prop_assert!(cost(&price, longer) >= cost(&price, tokens));
        let uncached = Tokens { cached: 0, ..tokens };
        prop_assert!(cost(&price, uncached) >= cost(&price, tokens));
    }

    #[test]
    fn no_text_panics(json in "[{}\\[\\]\",:a-z_0-9.e-]{0,60}", field in "[a-z_0-9]{0,40}", rate in "[-+0-9.eE]{0,40}") {
        let _ = PriceMap::parse(&json);
        ModelPrice::has_field(&field);
        let _ = rate.parse::<Rate>();
    }
}
