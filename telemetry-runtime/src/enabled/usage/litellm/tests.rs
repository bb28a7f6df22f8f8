//! The usage of every recorded answer.

use serde_json::{Value, json};

use crate::usage::{Usage, UsageSource};

macro_rules! body {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/captures/",
            $name,
            ".response.json"
        ))
    };
}
macro_rules! stream {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/captures/",
            $name,
            ".response.sse"
        ))
    };
}

mod answers;
mod costs;
mod errors;
mod properties;
mod streams;

fn whole(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

/// The events of a stream, as a client parses them one by one.
fn events(stream: &str) -> Vec<Value> {
    stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// Returns the one usage of a stream, and checks that the last event and the whole list agree.
fn of_stream(stream: &str) -> Usage {
    let events = events(stream);
    let each: Vec<Usage> = events.iter().filter_map(UsageSource::usage).collect();
    let [usage] = &each[..] else {
        panic!("{} usages", each.len())
    };
    // The finish reason is in the chunk before.
    let all = events.usage().unwrap();
    let reason = all.finish_reason.clone();
    let whole = Usage {
        finish_reason: reason,
        ..usage.clone()
    };
    assert_eq!(all, whole);
    assert_eq!(Value::Array(events).usage(), Some(whole));
    usage.clone()
}

/// Sets the counts that the simulated provider reports.
fn standard(usage: Usage) -> Usage {
    Usage {
        prompt_tokens: Some(1200),
        cached_tokens: Some(1024),
        completion_tokens: Some(350),
        reasoning_tokens: Some(256),
        total_tokens: Some(1550),
        ..usage
    }
}

fn named(id: &str, model: &str, stream: bool) -> Usage {
    Usage {
        request_id: Some(id.to_owned()),
        model: Some(model.to_owned()),
        stream: Some(stream),
        ..Usage::default()
    }
}

/// Sets the finish reason, and the service tier of the simulated provider.
fn ended(usage: Usage, reason: &str) -> Usage {
    Usage {
        finish_reason: Some(reason.to_owned()),
        ..tier(usage, "default")
    }
}

fn tier(usage: Usage, tier: &str) -> Usage {
    Usage {
        service_tier: Some(tier.to_owned()),
        ..usage
    }
}

const ID: &str = "chatcmpl-up-0001";

fn counts(usage: &Value) -> Usage {
    json!({"object": "chat.completion", "id": "1", "usage": usage})
        .usage()
        .unwrap()
}
