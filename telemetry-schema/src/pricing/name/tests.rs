use proptest::prelude::*;

use super::*;
use crate::pricing::{ModelPrice, PriceMap};

/// Returns whether a map with the one entry `listed` has a price for `model`.
fn is_priced(model: &str, listed: &str, provider: Option<&str>) -> bool {
    let mut entry =
        serde_json::json!({"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5});
    if let Some(provider) = provider {
        entry["litellm_provider"] = provider.into();
    }
    let map = PriceMap::parse(&serde_json::json!({ listed: entry }).to_string()).unwrap();
    assert_eq!(map.lists(model), map.find(model).is_some());
    map.find(model).is_some()
}

/// Names, each with the entry that LiteLLM 1.106.0 prices it by (`litellm.cost_per_token`).
const PRICED: [(&str, &str, Option<&str>); 31] = [
    ("azure/gpt-t", "gpt-t", None),
    ("azure/gpt-t", "gpt-t", Some("azure")),
    ("openai/gpt-t", "gpt-t", None),
    ("openai/gpt-t", "gpt-t", Some("openai")),
    ("anthropic/claude-t", "claude-t", Some("anthropic")),
    ("deepseek/deepseek-t", "deepseek-t", Some("deepseek")),
    ("gemini/gemini-t", "gemini-t", Some("gemini")),
    ("litellm_proxy/gpt-t", "gpt-t", Some("openai")),
    ("litellm_proxy/claude-t", "claude-t", Some("anthropic")),
    ("litellm_proxy/openai/gpt-t", "openai/gpt-t", Some("openai")),
    ("litellm_proxy/openai/gpt-t", "gpt-t", Some("openai")),
    (
        "bedrock/us-east-1/anthropic.t-v1:0",
        "bedrock/us-east-1/anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/us-east-1/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/us-east-1/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock_converse"),
    ),
    (
        "bedrock/converse/us-gov-west-1/anthropic.t-v1:0",
        "bedrock/us-gov-west-1/anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/us-gov-west-1/meta.t-v1:0",
        "meta.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/converse/us-east-1/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/converse/us.anthropic.t-v1:0",
        "us.anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/converse/us.anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/invoke/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/mantle/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/openai/openai.t-v1:0",
        "openai.t-v1:0",
        Some("bedrock"),
    ),
    ("bedrock/us.anthropic.t-v1:0", "anthropic.t-v1:0", None),
    ("bedrock/us-gov.meta.t-v1:0", "meta.t-v1:0", Some("bedrock")),
    (
        "bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "bedrock/arn:aws:bedrock:us-east-1::foundation-model/anthropic.t-v1:0",
        "anthropic.t-v1:0",
        Some("bedrock"),
    ),
    (
        "vertex_ai/gemini-t",
        "gemini-t",
        Some("vertex_ai-language-models"),
    ),
    (
        "vertex_ai/meta/llama-t",
        "meta/llama-t",
        Some("vertex_ai-llama_models"),
    ),
    (
        "vertex_ai/meta/llama-t",
        "vertex_ai/llama-t",
        Some("vertex_ai-llama_models"),
    ),
    (
        "fireworks_ai/f-t",
        "f-t",
        Some("fireworks_ai-embedding-models"),
    ),
    (
        "fireworks_ai/f-t",
        "fireworks_ai/accounts/fireworks/models/f-t",
        Some("fireworks_ai"),
    ),
];

/// Names of a model of Bedrock, each with the price of a million tokens at LiteLLM 1.106.0 (`response_cost_calculator`,
/// without the provider as its router passes it), for a map that lists the model, a geography and a region.
#[test]
fn of_several_entries_of_a_model_of_bedrock_that_of_litellm_decides() {
    let entry = |price: f64| {
        serde_json::json!({
            "input_cost_per_token": price, "output_cost_per_token": 0, "litellm_provider": "bedrock_converse",
        })
    };
    let map = serde_json::json!({
        "anthropic.t": entry(1e-6), "us.anthropic.t": entry(1.1e-6), "bedrock/us-gov-west-1/anthropic.t": entry(1.2e-6),
    });
    let map = PriceMap::parse(&map.to_string()).unwrap();
    let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.t";
    for (name, micros) in [
        ("bedrock/anthropic.t", 1_000_000),
        ("bedrock/us.anthropic.t", 1_100_000),
        ("bedrock/global.anthropic.t", 1_000_000),
        ("bedrock/us-east-1/us.anthropic.t", 1_100_000),
        ("bedrock/converse/us.anthropic.t", 1_100_000),
        ("bedrock/converse/us-east-1/us.anthropic.t", 1_100_000),
        ("bedrock/us-gov-west-1/anthropic.t", 1_200_000),
        ("bedrock/converse/us-gov-west-1/anthropic.t", 1_200_000),
        ("bedrock/invoke/us-gov-west-1/anthropic.t", 1_200_000),
        ("bedrock/us-west-2/anthropic.t", 1_000_000),
        (&format!("bedrock/{arn}"), 1_000_000),
        (&format!("bedrock/converse/{arn}"), 1_000_000),
        ("us.anthropic.t", 1_100_000),
        ("us-gov.anthropic.t", 1_000_000),
    ] {
        let request = crate::pricing::PricedRequest {
            tokens: crate::pricing::Tokens {
                prompt: 1_000_000,
                ..Default::default()
            },
            ..Default::default()
        };
        let cost = map.find(name).map(|price| price.cost(&request));
        let expected = crate::record::NanoUsd(micros * 1000);
        assert_eq!(cost, Some(Ok(expected)), "{name}");
    }
}

#[test]
fn a_provider_is_removed_where_litellm_removes_it() {
    for (model, listed, provider) in PRICED {
        assert!(
            is_priced(model, listed, provider),
            "{model}: {listed} of {provider:?}"
        );
    }
}

#[test]
fn a_geography_is_removed_from_a_model_of_bedrock_only() {
    let model = "eu.anthropic.t-v1:0";
    assert!(is_priced(
        model,
        "anthropic.t-v1:0",
        Some("bedrock_converse")
    ));
    assert!(!is_priced(model, "anthropic.t-v1:0", Some("anthropic")));
    assert!(!is_priced(model, "anthropic.t-v1:0", None));
    assert!(!is_priced("gpt.t", "t", Some("bedrock")));
}

#[test]
fn the_price_of_another_provider_is_never_used() {
    for (model, listed, provider) in [
        ("ollama/deepseek-t", "deepseek-t", Some("deepseek")),
        ("ollama/deepseek-t", "deepseek-t", None),
        ("github_copilot/gpt-t", "gpt-t", Some("openai")),
        ("github_copilot/gpt-t", "gpt-t", None),
        ("hosted_vllm/gpt-t", "gpt-t", Some("openai")),
        ("hosted_vllm/openai/gpt-t", "openai/gpt-t", None),
        ("groq/gpt-t", "gpt-t", Some("openai")),
        ("groq/openai/gpt-t", "gpt-t", None),
        ("mycorp/gpt-t", "gpt-t", None),
        ("openrouter/openai/gpt-t", "openai/gpt-t", Some("openai")),
        ("openrouter/openai/gpt-t", "gpt-t", Some("openai")),
        ("azure/gpt-t", "gpt-t", Some("openai")),
        ("azure/eu/gpt-t", "azure/gpt-t", Some("azure")),
        ("openai/gpt-t", "gpt-t", Some("anthropic")),
        ("openai/ollama/gpt-t", "gpt-t", Some("openai")),
        (
            "anthropic/claude-t",
            "claude-t",
            Some("vertex_ai-anthropic_models"),
        ),
        ("vertex_ai/claude-t", "claude-t", Some("anthropic")),
        ("vertex_ai/gemini-t", "gemini-t", Some("gemini")),
        ("vertex_ai/openai/gpt-t", "gpt-t", Some("openai")),
        ("vertex_ai/openai/gpt-t", "gpt-t", None),
        (
            "gemini/gemini-t",
            "gemini-t",
            Some("vertex_ai-language-models"),
        ),
        (
            "bedrock/us.anthropic.t-v1:0",
            "anthropic.t-v1:0",
            Some("anthropic"),
        ),
        ("bedrock/mars-north-1/meta.t", "meta.t", Some("bedrock")),
        ("bedrock/sa.meta.t", "meta.t", Some("bedrock")),
        ("us-east-1/anthropic.t", "anthropic.t", Some("bedrock")),
        (
            "litellm_proxy/ollama/deepseek-t",
            "deepseek-t",
            Some("deepseek"),
        ),
        ("sagemaker/meta-t", "meta-t", Some("bedrock")),
        ("gpt-t", "openai/gpt-t", Some("openai")),
        ("openai/", "", None),
        ("", "gpt-t", None),
    ] {
        assert!(
            !is_priced(model, listed, provider),
            "{model}: {listed} of {provider:?}"
        );
    }
}

#[test]
fn versions_dates_and_upper_case_are_part_of_a_name() {
    for (model, listed) in [
        ("openai/gpt-t-2024-01-01", "gpt-t"),
        ("openai/ft:gpt-t:org::id", "ft:gpt-t"),
        ("openai/GPT-T", "gpt-t"),
        ("bedrock/meta.t-v1:0:51k", "meta.t-v1:0"),
        ("bedrock/us.anthropic.t-v1[1m]", "anthropic.t-v1"),
        ("vertex_ai/gemini-t-001", "gemini-t"),
    ] {
        assert!(!is_priced(model, listed, None), "{model}: {listed}");
    }
}

#[test]
fn a_model_that_is_listed_without_a_price_has_none() {
    let map = PriceMap::parse(
        r#"{"gpt-t": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5},
            "azure/gpt-t": {"litellm_provider": "azure", "max_tokens": 4096},
            "openai/gpt-t": {"input_cost_per_token": -1}}"#,
    )
    .unwrap();
    assert_eq!(map.len(), 1);
    for name in ["azure/gpt-t", "openai/gpt-t"] {
        assert!(
            map.find(name).is_some_and(ModelPrice::is_empty)
                && map.lists(name)
                && !map.lists_exactly(name)
        );
    }
    assert!(map.find("anthropic/gpt-t").is_some());
}

proptest! {
    #[test]
    fn every_candidate_ends_with_the_end_of_the_name(name in "[a-z._:-]{0,6}(/[a-z._:-]{0,6}){0,4}") {
        for prefix in ["", "bedrock/", "vertex_ai/", "litellm_proxy/", "openai/", "fireworks_ai/"] {
            let model = format!("{prefix}{name}");
            let found = candidates(&model);
            for candidate in &found {
                let own = candidate.name.rsplit('/').next().unwrap_or_default();
                prop_assert!(!own.is_empty() && model.ends_with(own));
            }
            if !model.is_empty() && !model.ends_with('/') {
                prop_assert_eq!(&found[0].name, &model);
            }
        }
    }
}
