//! Costs equal those that LiteLLM computes. `prices/compute` recorded them.

use serde_json::Value;
use telemetry_schema::pricing::{PriceMap, Tokens};
use telemetry_schema::record::NanoUsd;

#[test]
fn costs_equal_those_of_litellm() {
    let computed: Value =
        serde_json::from_str(include_str!("prices/litellm-1.106.0.json")).unwrap();
    let map = PriceMap::parse(&computed["prices"].to_string()).unwrap();
    assert_eq!(map.invalid().0, 0);
    let cases = computed["cases"].as_array().unwrap();
    assert!(cases.len() > 200);
    for case in cases {
        let [
            model,
            tier,
            prompt,
            cached,
            cache_write,
            completion,
            reasoning,
            dollars,
        ] = &case.as_array().unwrap()[..]
        else {
            panic!("{case}")
        };
        let count = |count: &Value| count.as_u64().unwrap();
        let tokens = Tokens {
            prompt: count(prompt),
            cached: count(cached),
            cache_write: count(cache_write),
            completion: count(completion),
            reasoning: count(reasoning),
        };
        let price = map.find(model.as_str().unwrap()).unwrap();
        let cost = price.cost(&tokens, tier.as_str()).unwrap();
        let expected: NanoUsd = dollars.to_string().parse().unwrap();
        // LiteLLM adds floating-point numbers.
        let near = (cost.0 - expected.0).unsigned_abs()
            <= 1 + expected.0.unsigned_abs() / 1_000_000_000_000;
        assert!(near, "{case}: {cost}");
    }
}
