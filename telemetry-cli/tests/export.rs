//! Exports of the demo's logs, read by other programs: flame graphs and tables.

mod home;

use std::collections::HashMap;
use std::fs;

use home::Home;
use home::records::{requests, spans};
use serde_json::Value;

#[test]
fn inferno_draws_the_folded_stacks() {
    let home = Home::of_demo();
    let folded = home.ok(&["export", "folded"]);
    assert!(
        folded.contains("history.turn;model.request;model.response "),
        "{folded}"
    );
    let own: u64 = folded
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum();
    let spans = spans(&home);
    let roots = spans.iter().filter(|span| span["parent"].is_null());
    let whole: u64 = roots.map(|span| span["dur_ns"].as_u64().unwrap()).sum();
    // Start times are in microseconds.
    assert!(
        own.abs_diff(whole) <= 1000 * spans.len() as u64,
        "{own} {whole}"
    );
    let mut svg = Vec::new();
    let mut options = inferno::flamegraph::Options::default();
    inferno::flamegraph::from_lines(&mut options, folded.lines(), &mut svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    for name in [
        "history.turn",
        "model.request",
        "model.response",
        "onboarding.run",
    ] {
        assert!(svg.contains(&format!("<title>{name} (")), "{name}");
    }
}

#[test]
fn a_csv_reader_reads_every_span_and_every_request() {
    let home = Home::of_demo();
    let rows = |of| {
        let text = home.ok(&["export", "csv", "--of", of]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
        rows
    };
    let same = |rows: Vec<HashMap<String, String>>, records: Vec<Value>| {
        assert_eq!(rows.len(), records.len());
        for (row, record) in rows.iter().zip(&records) {
            for (key, value) in record
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "type")
            {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                if key != "fields" {
                    assert_eq!(row[key], text, "{key} of {record}");
                }
            }
            let present = row.values().filter(|cell| !cell.is_empty()).count();
            assert!(present <= record.as_object().unwrap().len() + 1);
        }
    };
    same(rows("spans"), spans(&home));
    same(rows("usage"), requests(&home));
}

#[test]
fn a_total_that_the_record_lacks_is_that_of_usage() {
    let home = Home::empty();
    let request = |id: &str, counts: &str| {
        format!(
            "{{\"ts\":\"2020-11-24T16:00:00Z\",\"session_id\":\"s\",\"request_id\":\"{id}\"{counts}}}\n"
        )
    };
    let log = [
        request("a", ",\"prompt_tokens\":12,\"completion_tokens\":3"),
        request("b", ",\"completion_tokens\":3"),
        request(
            "c",
            ",\"prompt_tokens\":12,\"completion_tokens\":3,\"total_tokens\":20",
        ),
        request("d", ""),
    ];
    home.write("codex-litellm-session.jsonl", log.concat());
    let text = home.ok(&["export", "csv", "--of", "usage"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().map(Result::unwrap);
    let totals: Vec<String> = rows
        .map(|row: HashMap<String, String>| row["total_tokens"].clone())
        .collect();
    // A request without any count has an unknown total.
    assert_eq!(totals, ["15", "3", "20", ""]);
    let sum: u64 = totals
        .iter()
        .filter_map(|total| total.parse::<u64>().ok())
        .sum();
    assert_eq!(home.json(&["usage", "-j"])["totals"]["total_tokens"], sum);
}

#[test]
fn no_cell_is_a_formula() {
    let home = Home::empty();
    let line = |id: usize, name: &str| {
        format!(
            "{{\"ts\":\"2020-11-22T18:54:00.{id:06}Z\",\"type\":\"span\",\"name\":\"{name}\",\"id\":{id},\"dur_ns\":1}}\n"
        )
    };
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "a=1", "'=1", "\\t=1"];
    let lines = names.iter().enumerate().map(|(id, name)| line(id, name));
    home.write("20201122T185400Z-1.jsonl", lines.collect::<String>());
    let text = home.ok(&["export", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = reader.records().map(|row| row.unwrap()[2].to_owned());
    let cells: Vec<String> = cells.collect();
    assert_eq!(
        cells,
        [
            "'=1+1",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "'＝1",
            "a=1",
            "'=1",
            "␉=1"
        ]
    );
}

#[test]
fn commas_quotes_and_line_ends_stay_in_their_cells() {
    let home = Home::empty();
    home.write(
        "20201122T185400Z-1.jsonl",
        "{\"ts\":\"2020-11-22T18:54:00.000000Z\",\"type\":\"span\",\"name\":\"a,\\\"b\\\"\\n\\u001b[1m\",\"id\":1,\"dur_ns\":1}\n",
    );
    let text = home.ok(&["export", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[2], "a,\"b\"␊␛[1m");
}

#[test]
fn an_output_file_is_replaced_atomically() {
    let home = Home::of_demo();
    let file = home.path().join("trace.json");
    let to = file.to_str().unwrap();
    for format in ["chrome", "folded", "csv", "otlp"] {
        let output = home.run(&["export", format, "-o", to]);
        assert!(output.status.success() && output.stdout.is_empty());
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            home.ok(&["export", format])
        );
    }
    // After a failure, the existing file is unchanged and no temporary file remains.
    let failed = home.run(&["export", "csv", "-i", "ffff", "-o", to]);
    assert_eq!(failed.status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        home.ok(&["export", "otlp"])
    );
    for (place, said) in [("nowhere/x", "No such file"), (".", "directory")] {
        let place = home.path().join(place);
        let failed = home.run(&["export", "csv", "-o", place.to_str().unwrap()]);
        let stderr = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains("cannot write") && stderr.contains(said),
            "{stderr}"
        );
    }
    let names = fs::read_dir(home.path()).unwrap();
    assert_eq!(names.count(), 2, "the logs and the trace");
}

#[test]
fn exports_of_empty_and_damaged_logs_are_valid() {
    let home = Home::empty();
    for damaged in [false, true] {
        if damaged {
            home.write("20201122T185400Z-1.jsonl", b"\xff\n{\"ts\":\n\0\n{\"ts\":\"2020-11-22T18:54:00Z\",\"type\":\"span\",\"name\":\"\",\"id\":1,\"parent\":1,\"dur_ns\":18446744073709551615}\n");
            home.write("codex-litellm-session.jsonl", b"{\"ts\":\"2020-11-22T18:54:00Z\",\"session_id\":\"\",\"total_tokens\":18446744073709551615,\"latency_ms\":18446744073709551615}\nx");
        }
        home.json(&["export", "chrome"]);
        for line in home.ok(&["export", "otlp"]).lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
        home.ok(&["export", "folded"]);
        home.ok(&["export", "csv"]);
        home.ok(&["export", "csv", "--of", "usage"]);
    }
}
