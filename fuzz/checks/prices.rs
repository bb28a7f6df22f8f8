//! Properties of every price map. The fuzz target and a plain test of the seeds include this file.

use telemetry_schema::pricing::{PriceMap, PricedRequest, Tokens};

/// Reads all but the first line as a price map, and prices requests to the model that the first line names.
///
/// A model that the map lists has an entry. A request without tokens and tools costs nothing, wherever it has a price. A
/// count beyond the prompt or the completion that contains it costs what the whole prompt or completion costs.
pub(crate) fn check(content: &[u8]) {
    let content = String::from_utf8_lossy(content);
    let (model, map) = content.split_once('\n').unwrap_or(("", &content));
    let map = match PriceMap::parse(map) {
        Ok(map) => map,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let (invalid, first) = map.invalid();
    assert_eq!(invalid > 0, first.is_some());
    assert_eq!(map.find(model).is_some(), map.lists(model));
    assert!(map.lists(model) || !map.lists_exactly(model));
    let _ = map.max_input_tokens(model);
    let Some(price) = map.find(model) else {
        return;
    };
    if let Ok(cost) = price.cost(&PricedRequest::default()) {
        assert_eq!(cost.0, 0, "a request without tokens");
    }
    for count in [1, 1_000, 200_001, u64::MAX] {
        let cost = |part: u64| {
            let tokens = Tokens {
                prompt: count,
                cached: part,
                completion: count,
                reasoning: part,
                ..Tokens::default()
            };
            price.cost(&PricedRequest {
                tokens,
                ..PricedRequest::default()
            })
        };
        assert_eq!(cost(count).ok(), cost(count.saturating_mul(2)).ok());
    }
}
