//! `[telemetry.pricing]`.

use std::fs;

use telemetry_schema::pricing::{PricedRequest, Tokens};
use telemetry_schema::record::NanoUsd;

use super::Home;

#[test]
fn prices_are_exact_and_found_by_model_name() {
    let home = Home::new(
        "[telemetry.pricing.\"openai/gpt-4o-mini\"]\ninput_cost_per_token = 1.5e-7\noutput_cost_per_token = 6e-7\n\
         [telemetry.pricing]\nfree = { input_cost_per_token = 0, output_cost_per_token = 0.0 }\nprice_map = '~/map.json'",
    );
    let config = home.load().unwrap();
    let tokens = Tokens {
        prompt: 176,
        completion: 350,
        ..Tokens::default()
    };
    let cost = |model: &str| {
        let price = config.pricing.prices.find(model)?;
        let request = PricedRequest {
            tokens,
            ..PricedRequest::default()
        };
        price.cost(&request).ok()
    };
    assert_eq!(cost("openai/gpt-4o-mini"), Some(NanoUsd(236_400)));
    assert_eq!(cost("free"), Some(NanoUsd(0)));
    assert_eq!(cost("gpt-4o-mini"), None);
    let map = config.pricing.map.as_deref();
    assert_eq!(map, Some(std::path::Path::new("/home/ada/map.json")));
}

#[test]
fn fees_and_multipliers_are_tables_of_a_model() {
    let home = Home::new(
        "[telemetry.pricing.\"anthropic/mine\"]\ninput_cost_per_token = 1e-6\n\
         search_context_cost_per_query = { search_context_size_medium = 0.01 }\n\
         provider_specific_entry = { fast = 2, us = 1.1 }",
    );
    let config = home.load().unwrap();
    let price = config.pricing.prices.find("anthropic/mine").unwrap();
    let request = PricedRequest {
        tokens: Tokens {
            prompt: 1000,
            ..Tokens::default()
        },
        speed: Some("fast"),
        inference_geo: Some("us"),
        web_searches: 2,
        ..PricedRequest::default()
    };
    assert_eq!(price.cost(&request), Ok(NanoUsd(2_200_000 + 20_000_000)));
    let table = "[telemetry.pricing.m]\ninput_cost_per_token = 0\n[telemetry.pricing.m.";
    let text = format!("{table}provider_specific_entry]\nfast = 1.0000001");
    assert_eq!(
        Home::new(&text).error(),
        "config.toml:4:8: `telemetry.pricing.m.provider_specific_entry.fast`: found the float 1.0000001 (not a factor from 0 to 1000 with at most six decimals); allowed: numbers such as 1.1"
    );
    let text = format!("{table}search_context_cost_per_query]\nsmall = 1");
    assert_eq!(
        Home::new(&text).warnings(),
        [
            "config.toml:4:1: `telemetry.pricing.m.search_context_cost_per_query.small`: unknown key, ignored; the keys here are search_context_size_low, search_context_size_medium, search_context_size_high"
        ]
    );
}

#[test]
fn a_map_that_cannot_be_read_is_a_warning_at_its_key() {
    let text = "[telemetry.pricing]\nprice_map = 'prices.json'";
    let home = Home::new(text);
    let said = home.warnings().remove(0);
    assert!(
        said.starts_with("config.toml:2:1: `telemetry.pricing.price_map`: prices.json: cannot be read: No such file")
            && said.ends_with("; its models are unpriced"),
        "{said}"
    );
    let map = home.path().join("prices.json");
    fs::write(&map, "{}").unwrap();
    assert_eq!(home.warnings(), Vec::<String>::new());
    fs::remove_file(&map).unwrap();
    fs::create_dir(&map).unwrap();
    assert_eq!(
        home.warnings(),
        [
            "config.toml:2:1: `telemetry.pricing.price_map`: prices.json: is not a regular file; its models are unpriced"
        ]
    );
}

#[test]
fn each_mistake_has_its_message() {
    const DOLLARS: &str =
        "allowed: dollars for one token such as 1.5e-7, from 0 to 1000, with at most 28 decimals";
    for (text, expected) in [
        (
            "[telemetry]\npricing = 5",
            "config.toml:2:1: `telemetry.pricing`: found the integer 5; allowed: tables such as [telemetry.pricing.\"gpt-4o-mini\"]",
        ),
        (
            "[telemetry.pricing]\ngpt = 5",
            "config.toml:2:1: `telemetry.pricing.gpt`: found the integer 5; allowed: price_map = \"prices.json\", or a table of a model's prices such as { input_cost_per_token = 1.5e-7, output_cost_per_token = 6e-7 }",
        ),
        (
            "[telemetry.pricing]\nprice_map = 5",
            "config.toml:2:13: `telemetry.pricing.price_map`: found the integer 5; allowed: a path: absolute, relative, or from `~/`",
        ),
        (
            "[telemetry.pricing.gpt-4.1]\ninput_cost_per_token = 1e-6",
            "config.toml:1:26: `telemetry.pricing.gpt-4.1`: found a table; allowed: prices. The name of a model with a dot needs quotes: [telemetry.pricing.\"gpt-4.1\"]",
        ),
    ] {
        let home = Home::new(text);
        assert_eq!(home.error(), expected, "{text}");
        // Nothing else is said about the same mistake.
        assert_eq!(home.load_or_default(None).warnings().len(), 1, "{text}");
    }
    for (price, found) in [
        ("\"1e-7\"", "the string \"1e-7\""),
        ("true", "the boolean true"),
        ("0x10", "the integer 0x10"),
        ("-1e-7", "the float -1e-7 (below zero)"),
        ("nan", "the float nan (not a number)"),
        ("inf", "the float inf (not a number)"),
        ("1e-29", "the float 1e-29 (more than 28 decimals)"),
        (
            "1001",
            "the integer 1001 (more than 1000 dollars for one token)",
        ),
    ] {
        let text = format!("[telemetry.pricing.\"a/b\"]\ninput_cost_per_token = {price}");
        let question = match price.strip_prefix('"') {
            Some(_) => "; did you mean 1e-7, without quotes?",
            None => "",
        };
        let expected = format!(
            "config.toml:2:24: `telemetry.pricing.\"a/b\".input_cost_per_token`: found {found}; {DOLLARS}{question}"
        );
        assert_eq!(Home::new(&text).error(), expected, "{text}");
    }
}

#[test]
fn keys_without_effect_and_suspicious_prices_have_warnings() {
    const KEYS: &str = "the usual keys are input_cost_per_token, output_cost_per_token, cache_read_input_token_cost and cache_creation_input_token_cost, each in dollars for one token";
    for (text, expected) in [
        (
            "[telemetry.pricing.m]\ninput_cost_per_tokn = 1e-7\noutput_cost_per_token = 0",
            "config.toml:2:1: `telemetry.pricing.m.input_cost_per_tokn`: unknown key, ignored; did you mean `input_cost_per_token`?".to_owned(),
        ),
        (
            "[telemetry.pricing.m]\nmode = 'chat'\noutput_cost_per_token = 0",
            format!("config.toml:2:1: `telemetry.pricing.m.mode`: unknown key, ignored; {KEYS}"),
        ),
        (
            "[telemetry.pricing.m]",
            format!("config.toml:1:20: `telemetry.pricing.m`: has no price; {KEYS}"),
        ),
        (
            "[telemetry.pricing.m]\ninput_cost_per_token = 0.15",
            "config.toml:2:1: `telemetry.pricing.m.input_cost_per_token`: 0.15 dollars for each token; is that the price of a million? Then write 0.15e-6".to_owned(),
        ),
    ] {
        assert_eq!(Home::new(text).warnings(), [expected], "{text}");
    }
}

#[test]
fn a_wrong_key_has_one_warning_with_the_nearest_key() {
    for (wrong, meant) in [
        ("input", "input_cost_per_token"),
        ("prompt_price", "input_cost_per_token"),
        ("price_per_million_output_tokens", "output_cost_per_token"),
        ("completion-cost", "output_cost_per_token"),
        ("cached_input_cost", "cache_read_input_token_cost"),
        ("cache_read", "cache_read_input_token_cost"),
        ("cache_write_cost", "cache_creation_input_token_cost"),
        ("reasoning_price", "output_cost_per_reasoning_token"),
        ("max_input_token", "max_input_tokens"),
        (
            "search_context_cost_per_querry",
            "search_context_cost_per_query",
        ),
    ] {
        let text = format!("[telemetry.pricing.m]\n{wrong} = 1e-6");
        let expected = format!(
            "config.toml:2:1: `telemetry.pricing.m.{wrong}`: unknown key, ignored; did you mean `{meant}`?"
        );
        assert_eq!(Home::new(&text).warnings(), [expected]);
    }
}

#[test]
fn each_mistake_in_the_prices_of_a_model_has_one_message() {
    for (text, expected) in [
        (
            "m]\ninput_cost_per_token = '1e-6'",
            "2:24: `telemetry.pricing.m.input_cost_per_token`: found the string \"1e-6\"; allowed: dollars for one token such as 1.5e-7, \
             from 0 to 1000, with at most 28 decimals; did you mean 1e-6, without quotes?",
        ),
        (
            "m]\nmax_input_tokens = -5",
            "2:20: `telemetry.pricing.m.max_input_tokens`: found the integer -5; allowed: a number of tokens such as 128000",
        ),
        (
            "m]\nsearch_context_cost_per_query = 0.01",
            "2:1: `telemetry.pricing.m.search_context_cost_per_query`: found the float 0.01; allowed: a table of fees such as \
             { search_context_size_medium = 0.01 }",
        ),
        (
            "m]\nsearch_context_cost_per_query = { low = 0.01 }",
            "2:35: `telemetry.pricing.m.search_context_cost_per_query.low`: unknown key, ignored; did you mean \
             `search_context_size_low`?",
        ),
        (
            "m]\nprovider_specific_entry = 2",
            "2:1: `telemetry.pricing.m.provider_specific_entry`: found the integer 2; allowed: a table of factors such as { fast = 2 }",
        ),
        (
            "'']\ninput_cost_per_token = 1e-6",
            "1:20: `telemetry.pricing.\"\"`: found an empty name of a model; allowed: the exact name, such as \
             [telemetry.pricing.\"gpt-4o-mini\"]",
        ),
    ] {
        let home = Home::new(&format!("[telemetry.pricing.{text}"));
        let config = home.load_or_default(None);
        assert_eq!(
            home.warnings_of(&config),
            [format!("config.toml:{expected}")]
        );
    }
    let home = Home::new("[telemetry.pricing]\nprice_map = '$HOME/prices.json'");
    assert_eq!(home.warnings().len(), 1, "{:?}", home.warnings());
}
