//! The tables. Every figure is the median over the rounds, followed by the range over the rounds.

use crate::child::{BURST, SUSTAINED};
use crate::rounds::{Results, SCENARIOS, TELEMETRY};

pub(crate) fn print(results: &Results) {
    println!("Medians over the rounds [least .. most]; × is the median of each round's ratio.");
    bursts(results);
    sustained(results);
    off(results);
    parser(results);
    polls(results);
    allocations(results);
    compiled_out(results);
}

fn peers(scenario: &str) -> &'static [&'static str] {
    SCENARIOS
        .iter()
        .find(|known| known.name == scenario)
        .map_or(&[], |scenario| scenario.peers)
}

fn figure(results: &Results, scenario: &str, peer: &str, key: &str) -> String {
    match (
        results.median(scenario, peer, key),
        results.range(scenario, peer, key),
    ) {
        (Some(median), Some((low, high))) if high < 10.0 => {
            format!("{median:.2} [{low:.2} .. {high:.2}]")
        }
        (Some(median), Some((low, high))) => format!("{median:.0} [{low:.0} .. {high:.0}]"),
        _ => "-".to_owned(),
    }
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}×"))
}

fn bursts(results: &Results) {
    if !results.has("burst") {
        return;
    }
    for (key, title, bar) in [
        (
            "fields",
            "3 fields (&str, u64, bool)",
            "bar: telemetry ≤ 1.3 × hand-written",
        ),
        ("plain", "no fields", "bar: telemetry ≤ 0.8 × fastrace"),
    ] {
        println!(
            "\nA span with {title}, on: the caller's ns, bursts of {BURST} with pauses; {bar}"
        );
        row(["", "ns", "× hand-written", "telemetry is"]);
        for peer in peers("burst") {
            let ns = format!("{key}_ns");
            let hand = results.median("burst", peer, &format!("{key}_ratio"));
            let ours = results.ratio("burst", &ns, TELEMETRY, peer);
            let ns = figure(results, "burst", peer, &ns);
            row([peer, &ns, &times(hand), &times(ours)]);
        }
        for (name, of) in [("Instant", "hand"), ("cycle counter", "counter")] {
            let ns = figure(results, "burst", TELEMETRY, &format!("{key}_{of}_ns"));
            row([&format!("hand-written, {name}"), &ns, "", ""]);
        }
    }
}

fn sustained(results: &Results) {
    for (scenario, threads) in [("sustained-1", 1), ("sustained-4", 4)] {
        if !results.has(scenario) {
            continue;
        }
        println!(
            "\n{SUSTAINED} spans with 3 fields without a pause, {threads} thread(s), until all \
             lines are on disk; bar: ≥ 20 × tracing json, ≥ 4 × fastrace, none lost"
        );
        row([
            "",
            "ns per line on disk",
            "telemetry is faster",
            "lost; caller's ns; bytes/line",
        ]);
        for peer in peers(scenario) {
            let ns = figure(results, scenario, peer, "ns_per_line");
            let ratio = times(results.ratio(scenario, "ns_per_line", peer, TELEMETRY));
            let of = |key| results.median(scenario, peer, key).unwrap_or(f64::NAN);
            let rest = format!(
                "{:.1} %; {:.0}; {:.0}",
                100.0 * of("lost"),
                of("caller_ns"),
                of("bytes_per_line")
            );
            row([peer, &ns, &ratio, &rest]);
        }
    }
}

fn off(results: &Results) {
    for (scenario, title) in [
        ("off", "Switched off"),
        ("filtered", "On, but filtered out"),
    ] {
        if !results.has(scenario) {
            continue;
        }
        println!("\n{title}: ns above an bare call; target: telemetry ≤ 1 ns");
        row(["", "ns above", "the bare call's ns", ""]);
        for peer in peers(scenario) {
            let above = figure(results, scenario, peer, "call_ns");
            let bare = figure(results, scenario, peer, "bare_ns");
            row([peer, &above, &bare, ""]);
        }
    }
}

fn parser(results: &Results) {
    if !results.has("parser") {
        return;
    }
    println!("\nA byte parser, annotated and disabled; target: telemetry ≤ 1.1 × bare");
    row(["", "every token's function", "every byte's as well", ""]);
    for peer in ["telemetry", "tracing", "fastrace"] {
        let of = |part| times(results.median("parser", "all", &format!("{peer}_{part}_ratio")));
        row([peer, &of("tokens"), &of("bytes"), ""]);
    }
    let bare = figure(results, "parser", "all", "bare_ns");
    row(["bare, ns per document", &bare, "", ""]);
}

fn polls(results: &Results) {
    if !results.has("polls") {
        return;
    }
    println!("\nAn async span, on: ns per poll above the bare future; target: telemetry ≤ 25 ns");
    row(["", "ns above", "the bare poll's ns", ""]);
    for peer in peers("polls") {
        let above = figure(results, "polls", peer, "poll_ns");
        row([peer, &above, &figure(results, "polls", peer, "bare_ns"), ""]);
    }
}

fn allocations(results: &Results) {
    if !results.has("allocations") {
        return;
    }
    println!("\nAllocations of the calling thread, steady state; target: telemetry 0");
    row(["", "span with 3 fields", "span without", "poll"]);
    for peer in peers("allocations") {
        let of = |key| {
            results
                .median("allocations", peer, key)
                .map_or_else(|| "-".to_owned(), |count| format!("{count:.2}"))
        };
        row([peer, &of("fields"), &of("plain"), &of("poll")]);
    }
}

fn compiled_out(results: &Results) {
    if !results.has("compiled-out") {
        return;
    }
    println!("\nCompiled out: bare and annotated code in a build without `enabled`");
    row(["", "bare", "annotated", ""]);
    for (title, bare, annotated) in [
        ("a call, ns", "call_bare_ns", "call_ns"),
        ("a document parsed, ns", "parse_bare_ns", "parse_ns"),
    ] {
        let of = |key| figure(results, "compiled-out", TELEMETRY, key);
        row([title, &of(bare), &of(annotated), ""]);
    }
}

fn row([first, second, third, fourth]: [&str; 4]) {
    let line = format!("  {first:<27}{second:>26}  {third:>26}  {fourth}");
    println!("{}", line.trim_end());
}
