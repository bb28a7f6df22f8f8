//! How a stream is cut into items, which ids the items have, and which of them repeats a count never changes the totals.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::usage::{Assembly, Usage, UsageSource};

/// Returns the requests that a stream's items state, as the watch of a stream puts them together.
fn requests(items: &[Value]) -> Vec<Usage> {
    let mut assembly = Assembly::of_stream();
    let mut requests = Vec::new();
    for item in items {
        item.each_part(&mut |part| requests.extend(assembly.add(part)));
    }
    requests.extend(assembly.finish());
    let requests = requests.into_iter().filter(|request| request.is_usage);
    requests.map(crate::usage::UsagePart::finish).collect()
}

/// Returns the counts of the only request.
fn counts(items: &[Value]) -> [Option<u64>; 6] {
    let requests = requests(items);
    let [usage] = &requests[..] else {
        panic!("{} requests in {items:?}", requests.len())
    };
    [
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.reasoning_tokens,
    ]
}

/// Groups items into arrays, as a client that returns several events at once.
fn grouped(items: &[Value], cuts: &[bool]) -> Vec<Value> {
    let mut groups: Vec<Vec<Value>> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if !cuts[at % cuts.len()] => group.push(item.clone()),
            _ => groups.push(vec![item.clone()]),
        }
    }
    groups.into_iter().map(Value::Array).collect()
}

fn id() -> impl Strategy<Value = Option<&'static str>> {
    select(vec![None, Some(""), Some("a"), Some("b"), Some("c")])
}

/// A chunk's usage: none, without counts, or the real one.
#[derive(Clone, Copy, Debug)]
enum ChunkUsage {
    Absent,
    Null,
    Empty,
    Zeros,
    Real,
}

fn chunk(id: Option<&str>, choices: &Value, usage: ChunkUsage, real: &Value) -> Value {
    let mut chunk = json!({"object": "chat.completion.chunk", "model": "m", "choices": choices});
    if let Some(id) = id {
        chunk["id"] = id.into();
    }
    match usage {
        ChunkUsage::Absent => {}
        ChunkUsage::Null => chunk["usage"] = Value::Null,
        ChunkUsage::Empty => chunk["usage"] = json!({}),
        ChunkUsage::Zeros => {
            chunk["usage"] = json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0});
        }
        ChunkUsage::Real => chunk["usage"] = real.clone(),
    }
    chunk
}

fn usage_of_chunk() -> impl Strategy<Value = ChunkUsage> {
    select(vec![
        ChunkUsage::Absent,
        ChunkUsage::Null,
        ChunkUsage::Empty,
        ChunkUsage::Zeros,
        ChunkUsage::Real,
    ])
}

/// Where a count of a `/v1/messages` stream stands: in the first event, in the last one, or in both.
#[derive(Clone, Copy, Debug)]
enum Place {
    First,
    Last,
    Both,
    FirstThenZero,
    ZeroThenLast,
    FirstThenNull,
}

fn place() -> impl Strategy<Value = Place> {
    select(vec![
        Place::First,
        Place::Last,
        Place::Both,
        Place::FirstThenZero,
        Place::ZeroThenLast,
        Place::FirstThenNull,
    ])
}

proptest! {
    #[test]
    fn ids_and_repetitions_of_chunks_do_not_change_the_counts(
        (prompt, completion) in (1..1000_u64, 1..1000_u64),
        ids in prop::collection::vec(id(), 6),
        usages in prop::collection::vec(usage_of_chunk(), 3),
        trailing in prop::collection::vec(usage_of_chunk(), 0..3),
        cuts in prop::collection::vec(any::<bool>(), 6),
    ) {
        let real = json!({"prompt_tokens": prompt, "completion_tokens": completion,
            "total_tokens": prompt + completion, "prompt_tokens_details": {"cached_tokens": prompt / 2}});
        let text = json!([{"index": 0, "delta": {"content": "x"}, "finish_reason": null}]);
        let stop = json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]);
        let none = json!([]);
        let mut items = vec![
            chunk(ids[0], &text, ChunkUsage::Null, &real),
            chunk(ids[1], &stop, usages[0], &real),
            chunk(ids[2], &none, usages[1], &real),
            chunk(ids[3], &none, ChunkUsage::Real, &real),
        ];
        for (usage, id) in trailing.into_iter().zip(&ids[4..]) {
            items.push(chunk(*id, &none, usage, &real));
        }
        let expected = [Some(prompt), Some(completion), Some(prompt + completion), Some(prompt / 2), None, None];
        prop_assert_eq!(counts(&items), expected);
        prop_assert_eq!(counts(&grouped(&items, &cuts)), expected);
        let streamed = requests(&items);
        prop_assert_eq!(streamed[0].finish_reason.as_deref(), Some("stop"));
        let mut listed = Vec::new();
        items.each_usage(&mut |usage| listed.push(usage));
        prop_assert_eq!(listed, streamed, "a list has the requests of the stream");
    }

    #[test]
    fn the_places_of_counts_in_messages_do_not_change_the_sum(
        (input, read, written, output) in (1..1000_u64, 1..1000_u64, 1..1000_u64, 1..1000_u64),
        places in prop::collection::vec(place(), 4),
        is_stopped in any::<bool>(),
        cuts in prop::collection::vec(any::<bool>(), 4),
    ) {
        let (mut first, mut last) = (json!({}), json!({}));
        let keys = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"];
        for ((key, count), place) in keys.into_iter().zip([input, read, written, output]).zip(&places) {
            match place {
                Place::First => first[key] = count.into(),
                Place::Last => last[key] = count.into(),
                Place::Both => {
                    first[key] = count.into();
                    last[key] = count.into();
                }
                Place::FirstThenZero => {
                    first[key] = count.into();
                    last[key] = 0.into();
                }
                Place::ZeroThenLast => {
                    first[key] = 0.into();
                    last[key] = count.into();
                }
                Place::FirstThenNull => {
                    first[key] = count.into();
                    last[key] = Value::Null;
                }
            }
        }
        let mut items = vec![
            json!({"type": "message_start", "message": {"id": "m", "type": "message", "model": "claude", "usage": first}}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": last}),
        ];
        if is_stopped {
            items.push(json!({"type": "message_stop"}));
        }
        let prompt = input + read + written;
        let expected = [Some(prompt), Some(output), None, Some(read), Some(written), None];
        prop_assert_eq!(counts(&items), expected);
        prop_assert_eq!(counts(&grouped(&items, &cuts)), expected);
    }

    #[test]
    fn the_form_of_a_count_does_not_change_it(count in 0..1_u64 << 53, cost in 0..1_000_000_000_u64) {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        let float = count as f64;
        let usage = |count: Value, cost: Value| {
            let answer = json!({"object": "chat.completion", "id": "a",
                "usage": {"prompt_tokens": count, "completion_tokens": 1, "cost": cost}});
            let usage = answer.usage().unwrap();
            (usage.prompt_tokens, usage.cost_nanos, usage.refused_counts)
        };
        let dollars = format!("0.{cost:09}");
        let number: Value = serde_json::from_str(&dollars).unwrap();
        let expected = (Some(count), i64::try_from(cost).ok(), 0);
        prop_assert_eq!(usage(count.into(), number), expected);
        prop_assert_eq!(usage(float.into(), dollars.into()), expected);
    }
}
