//! Session logs with made-up requests.

use serde_json::json;

use super::Home;

/// The name of the session log.
pub(crate) const LOG: &str = "codex-litellm-session.jsonl";

/// Returns the record of a request with its tokens and its cost.
pub(crate) fn line(
    ts: &str,
    session: u32,
    id: &str,
    model: &str,
    tokens: u64,
    cost: f64,
) -> String {
    json!({
        "ts": ts, "v": 1, "session_id": uuid(session), "request_id": id, "model": model,
        "prompt_tokens": tokens, "completion_tokens": 10, "total_tokens": tokens + 10,
        "outcome": "ok", "latency_ms": tokens, "cost_usd": cost, "cost_source": "response_body",
    })
    .to_string()
        + "\n"
}

pub(crate) fn uuid(session: u32) -> String {
    format!("019ab2b1-7c3a-7def-8123-{session:012}")
}

/// Returns a home with requests of two sessions on three days to two models.
pub(crate) fn three_days() -> Home {
    let home = Home::empty();
    home.write(
        LOG,
        [
            line("2020-11-20T23:30:00Z", 1, "a", "gpt", 100, 0.5),
            line("2020-11-21T10:00:00Z", 1, "b", "claude", 1_000, 0.25),
            line("2020-11-21T10:00:01Z", 2, "c", "gpt", 20, 0.125),
            line("2020-11-22T00:00:00Z", 2, "d", "gpt", 3, 0.001),
        ]
        .concat(),
    );
    home
}

/// Returns the rows of `usage`: the key of each, and its cost as written in the JSON.
pub(crate) fn rows(home: &Home, arguments: &[&str]) -> Vec<(String, String)> {
    let usage = home.json(&[&["usage", "-j"], arguments].concat());
    let rows = usage["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let keys = ["day", "week", "month", "session_id", "model"];
        let key = keys.iter().find_map(|key| row[key].as_str()).unwrap();
        (key.to_owned(), row["cost_usd"].to_string())
    })
    .collect()
}

pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(key, cost): &(&str, &str)| ((*key).to_owned(), (*cost).to_owned());
    expected.iter().map(pair).collect()
}

/// Returns the record of a request without a cost, and an amendment with more tokens and the cost.
pub(crate) fn growing_request() -> String {
    let first = json!({
        "ts": "2020-11-20T10:00:00.000000Z", "v": 1, "session_id": uuid(1), "turn": 1, "request_id": "a", "model": "m",
        "prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "stream": true, "outcome": "ok",
        "latency_ms": 1500, "ttft_ms": 500, "first_chunk_ms": 310, "cost_source": "unpriced",
    });
    let amendment = json!({
        "ts": "2020-11-20T10:00:00.000001Z", "v": 1, "session_id": uuid(1), "request_id": "a", "model": "m",
        "completion_tokens": 150, "total_tokens": 150, "outcome": "ok", "cost_usd": 0.003,
        "cost_source": "response_body", "amends": true, "first_cost": true,
    });
    format!("{first}\n{amendment}\n")
}
