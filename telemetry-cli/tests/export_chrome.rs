//! The demo's logs as a trace, nested by the rules of a viewer. `scripts/view-chrome-trace` uses a real viewer.

mod home;

use std::collections::HashMap;

use home::records::{log, requests, spans};
use home::{DEBUG, Home};
use serde_json::Value;

/// Nests the spans of a trace like a viewer: on each track, open slices contain each other. Returns the
/// container and the duration in nanoseconds of each span.
fn nested(trace: &Value) -> HashMap<u64, (Option<u64>, u64)> {
    let events = trace["traceEvents"].as_array().unwrap();
    let mut events: Vec<&Value> = events
        .iter()
        .filter(|event| event["ph"] == "b" || event["ph"] == "e")
        .collect();
    // Viewers sort the events; events of equal times keep their order.
    let time = |event: &Value| event["ts"].as_f64().unwrap();
    events.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let mut open: HashMap<(&str, u64), Vec<(u64, &Value)>> = HashMap::new();
    let mut found = HashMap::new();
    for event in events {
        let place = (
            event["id2"]["local"].as_str().unwrap(),
            event["pid"].as_u64().unwrap(),
        );
        assert_eq!(event["cat"], "span", "a part of the track's name");
        let stack = open.entry(place).or_default();
        if event["ph"] == "b" {
            let id = event["args"]["id"].as_u64().unwrap();
            found.insert(id, (stack.last().map(|(id, _)| *id), 0));
            stack.push((id, event));
        } else {
            let (id, begin) = stack.pop().expect("an end without a beginning");
            assert_eq!(begin["name"], event["name"], "another one ended first");
            let micros = std::time::Duration::from_micros(1).mul_f64(time(event) - time(begin));
            found.get_mut(&id).unwrap().1 = u64::try_from(micros.as_nanos()).unwrap();
        }
    }
    assert!(open.values().all(Vec::is_empty), "not ended");
    found
}

#[test]
fn slices_are_nested_like_spans() {
    let home = Home::of_demo();
    let trace = home.json(&["export", "chrome"]);
    let nested = nested(&trace);
    let spans = spans(&home);
    assert_eq!(nested.len(), spans.len());
    for span in &spans {
        let (inside, nanos) = nested[&span["id"].as_u64().unwrap()];
        assert_eq!(inside, span["parent"].as_u64(), "{span}");
        // The end of a child may be cut by less than a microsecond, the precision of start times.
        let whole = span["dur_ns"].as_u64().unwrap();
        assert!(whole - nanos < 1000, "{nanos} of {span}");
    }
    let events = trace["traceEvents"].as_array().unwrap();
    let instants = events.iter().filter(|event| event["ph"] == "n");
    let happened = log(&home, DEBUG);
    let happened = happened.iter().filter(|line| line["type"] == "event");
    assert_eq!(instants.count(), happened.count());
    let counters: Vec<&Value> = events.iter().filter(|event| event["ph"] == "C").collect();
    assert_eq!(counters.len(), 2 * requests(&home).len());
    let total = |key: &str| -> u64 {
        let counts = requests(&home).into_iter();
        counts.filter_map(|request| request[key].as_u64()).sum()
    };
    let last = |name| {
        counters
            .iter()
            .rfind(|counter| counter["name"] == name)
            .unwrap()
    };
    assert_eq!(last("tokens")["args"]["prompt"], total("prompt_tokens"));
    assert_eq!(
        last("tokens")["args"]["completion"],
        total("completion_tokens")
    );
    let usage = home.json(&["usage", "-j"]);
    assert_eq!(last("cost")["args"]["usd"], usage["totals"]["cost_usd"]);
}

#[test]
fn overlapping_spans_are_on_separate_tracks() {
    let home = Home::empty();
    let span = |id: u64, parent: &str, at: u64, micros: u64| {
        format!(
            "{{\"ts\":\"2020-11-22T18:54:00.{at:06}Z\",\"type\":\"span\",\"name\":\"s{id}\",\"id\":{id}{parent},\"dur_ns\":{}}}\n",
            micros * 1000
        )
    };
    let below = ",\"parent\":1";
    home.write(
        "20201122T185400Z-1.jsonl",
        [
            span(2, below, 10, 50),
            span(3, below, 20, 50),
            span(6, ",\"parent\":3", 60, 5),
            span(4, below, 80, 10),
            span(1, "", 0, 100),
            span(5, below, 95, 50),
            span(7, "", 100, 0),
        ]
        .concat(),
    );
    let trace = home.json(&["export", "chrome"]);
    let nested = nested(&trace);
    // Spans 2 and 4 are within span 1; span 3 overlaps span 2; span 5 outlives span 1.
    let inside = |id| nested[&id].0;
    assert_eq!(
        [inside(2), inside(4), inside(6)],
        [Some(1), Some(1), Some(3)]
    );
    assert_eq!([inside(1), inside(3), inside(5), inside(7)], [None; 4]);
    let events = trace["traceEvents"].as_array().unwrap().iter();
    let tracks: HashMap<u64, &str> = events
        .filter(|event| event["ph"] == "b")
        .map(|event| {
            (
                event["args"]["id"].as_u64().unwrap(),
                event["id2"]["local"].as_str().unwrap(),
            )
        })
        .collect();
    let tree = |id: u64| tracks[&id].rsplit_once('.').unwrap().0;
    assert_eq!([tree(3), tree(5)], [tree(1), tree(1)]);
    assert_ne!(tree(7), tree(1));
}
