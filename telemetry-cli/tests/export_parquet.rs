//! Parquet files, read back by `DuckDB` and by `ClickHouse`'s engine.
#![cfg(feature = "parquet")]

mod home;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use home::Home;
use home::fleet::{Fleet, SESSION_LOG};
use serde_json::{Value, json};

/// Runs the statements in both engines, and returns the rows of each as JSON; `None` if the engines cannot be installed.
fn rows(lake: &Path, statements: &[(&str, &str)]) -> Option<Vec<(Value, Value)>> {
    let python = Command::new("python3")
        .arg(tests::root().join("scripts/otlp-engines"))
        .arg("python")
        .output()
        .unwrap();
    if python.status.code() == Some(3) {
        tests::missing::skip("the engines cannot be installed");
        return None;
    }
    assert!(python.status.success(), "{python:?}");
    let python = String::from_utf8(python.stdout).unwrap();
    let read = "
import json, sys, duckdb, chdb
for duck, house in json.load(sys.stdin):
    mine = [[value for value in row] for row in duckdb.sql(duck).fetchall()]
    other = [json.loads(line) for line in chdb.query(house, 'JSONCompactEachRow').bytes().decode().splitlines()]
    print(json.dumps([mine, other]))
";
    let statements: Vec<[String; 2]> = statements
        .iter()
        .map(|(duck, house)| {
            let path = lake.to_str().unwrap();
            [duck.replace("LAKE", path), house.replace("LAKE", path)]
        })
        .collect();
    let input = lake.join("statements.json");
    fs::write(&input, json!(statements).to_string()).unwrap();
    let output = Command::new(python.trim())
        .args(["-c", read])
        .stdin(fs::File::open(&input).unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the paths of the files below a directory, relative to it.
fn names(directory: &Path) -> Vec<String> {
    let paths = files(directory).into_iter();
    let relative = paths.map(|path| path.strip_prefix(directory).unwrap().to_owned());
    relative.map(|path| path.display().to_string()).collect()
}

fn export(home: &Home, lake: &Path) -> String {
    let output = home.run(&["export", "parquet", "-o", lake.to_str().unwrap()]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    stderr
}

#[test]
fn the_file_of_a_log_that_grows_is_replaced_until_the_log_is_closed() {
    let home = Home::of_demo();
    let lake = tempfile::tempdir().unwrap();
    let live = "2 files of spans and 1 file of usage written";
    let launch = "20201124T160000Z-7.jsonl";
    let span = |second: u32| {
        format!(
            "{{\"ts\":\"2020-11-24T16:00:{second:02}Z\",\"type\":\"span\",\"name\":\"a.b\",\"id\":{second},\"dur_ns\":9}}\n"
        )
    };
    home.write(launch, span(1));
    let host = fs::File::open(home.log(launch)).unwrap();
    host.lock_shared().unwrap();
    assert!(export(&home, lake.path()).contains(live));
    let of_launch = || {
        let names = names(lake.path());
        assert_eq!(names.len(), 3, "{names:?}");
        let mut found = names
            .into_iter()
            .filter(|name| name.starts_with("spans/") && !name.contains("20201124T153314Z"));
        let name = found.next().unwrap();
        let len = fs::metadata(lake.path().join(&name)).unwrap().len();
        (name, len)
    };
    let (name, len) = of_launch();
    assert!(name.starts_with("spans/day=2020-11-24/live-"), "{name}");
    // The running host adds spans.
    home.write(launch, (1..60).map(span).collect::<String>());
    let message = export(&home, lake.path());
    assert!(message.contains("2 of the written files have"), "{message}");
    let (again, longer) = of_launch();
    assert_eq!(again, name);
    assert!(longer > len);
    drop(host);
    let message = export(&home, lake.path());
    assert!(message.contains("1 of the written files has"), "{message}");
    let (closed, _) = of_launch();
    assert!(
        closed.starts_with("spans/day=2020-11-24/20201124T160000Z-7-"),
        "{closed}"
    );
    let message = export(&home, lake.path());
    assert!(message.contains("2 were there already"), "{message}");
}

#[test]
fn an_export_of_no_log_says_so() {
    let home = Home::empty();
    let lake = tempfile::tempdir().unwrap();
    let message = export(&home, lake.path());
    assert!(message.contains("no log in "), "{message}");
    assert_eq!(names(lake.path()), [""; 0]);
}

#[test]
fn two_engines_read_the_written_files() {
    let fleet = Fleet::of(200);
    let home = fleet.home();
    let lake = tempfile::tempdir().unwrap();
    // The live session log may still grow, and is exported nevertheless.
    assert_eq!(
        export(&home, lake.path()),
        "telemetry: 1 file of spans and 1 file of usage written; 0 were there already\n\
         telemetry: 1 of the written files has the records of a log that may still grow; its name begins with live-, and the next \
         export replaces it\n"
    );
    let first = names(lake.path());
    assert!(
        first[1].starts_with("usage/day=2020-11-22/live-"),
        "{first:?}"
    );
    let segment = home.log("codex-litellm-session.20201122T190000Z-1.jsonl");
    fs::rename(home.log(SESSION_LOG), &segment).unwrap();
    assert_eq!(
        export(&home, lake.path()),
        "telemetry: 0 files of spans and 1 file of usage written; 1 was there already\n"
    );
    let second = names(lake.path());
    let closed = "usage/day=2020-11-22/codex-litellm-session.20201122T190000Z-1-";
    assert!(second[1].starts_with(closed), "{second:?}");
    let before: Vec<(PathBuf, Vec<u8>)> = files(lake.path())
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    assert_eq!(before.len(), 2);
    // After pruning, the files of earlier exports stay as they are.
    fs::remove_file(segment).unwrap();
    export(&home, lake.path());
    for (path, bytes) in &before {
        assert_eq!(&fs::read(path).unwrap(), bytes);
    }
    let usage = "SELECT model, sum(prompt_tokens)::BIGINT, sum(completion_tokens)::BIGINT, sum(cost_nano_usd)::BIGINT FROM \
                 read_parquet('LAKE/usage/*/*.parquet', hive_partitioning = true) WHERE day = '2020-11-22' GROUP BY model ORDER BY \
                 model";
    let usage_house = "SELECT model, toInt32(sum(prompt_tokens)), toInt32(sum(completion_tokens)), toInt32(sum(cost_nano_usd)) FROM \
                       file('LAKE/usage/*/*.parquet', Parquet) GROUP BY model ORDER BY model";
    let spans = "SELECT count(*), sum(fields['n']::BIGINT)::BIGINT, (min(ts) AT TIME ZONE 'UTC')::VARCHAR || '+00', count(DISTINCT span_id) FROM \
                 read_parquet('LAKE/spans/*/*.parquet')";
    let spans_house = "SELECT toInt32(count()), toInt32(sum(toInt32OrZero(fields['n']))), \
                       formatDateTime(min(ts), '%Y-%m-%d %H:%i:%S+00', 'UTC'), toInt32(uniqExact(span_id)) FROM \
                       file('LAKE/spans/*/*.parquet', Parquet)";
    let Some(found) = rows(lake.path(), &[(usage, usage_house), (spans, spans_house)]) else {
        return;
    };
    let expected: Vec<Value> = fleet
        .totals
        .iter()
        .map(|(model, (input, output, nanos))| json!([model, input, output, nanos]))
        .collect();
    assert_eq!(found[0], (json!(expected), json!(expected)));
    let numbers: u64 = (0..200).filter(|turn| turn % 4 != 3).sum();
    let span = json!([[350, numbers, "2020-11-22 19:00:00+00", 350]]);
    assert_eq!(found[1], (span.clone(), span));
}
