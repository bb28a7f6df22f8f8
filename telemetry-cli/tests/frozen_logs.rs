//! The reader reads the logs of every released version. `docs/schema/frozen/README.md` describes the folders.

mod home;

use std::fs;
use std::path::{Path, PathBuf};

use home::Home;
use serde_json::Value;
use telemetry_schema::record::Record;
use tests::logs::check;

/// The recorded answers of the reader, each with its command.
const ANSWERS: [(&str, &[&str]); 2] = [
    ("usage.json", &["usage", "daily", "-j", "-z", "UTC"]),
    ("sessions.json", &["sessions", "-j", "-z", "UTC"]),
];

/// The folder with logs of the agent from which the project comes. Their format has no release in the changelog and no schema.
const BEFORE: &str = "fork";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folders() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(repository().join("docs/schema/frozen")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = paths
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, path)
        })
        .collect();
    folders.sort();
    folders
}

fn lines_of(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder.join("logs")).unwrap();
    let mut lines = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&path).unwrap();
        lines.extend(text.lines().map(|line| (path.clone(), line.to_owned())));
    }
    assert!(!lines.is_empty(), "{} has no lines", folder.display());
    lines
}

/// Panics unless `found` has every value of `recorded`. Further keys are allowed, further elements are not.
fn expect_within(recorded: &Value, found: &Value, place: &str) {
    match (recorded, found) {
        (Value::Object(recorded), Value::Object(found)) => {
            for (key, value) in recorded {
                let place = format!("{place}.{key}");
                let found = found.get(key).unwrap_or_else(|| panic!("{place} is gone"));
                expect_within(value, found, &place);
            }
        }
        (Value::Array(recorded), Value::Array(found)) => {
            assert_eq!(recorded.len(), found.len(), "the length of {place}");
            for (at, (recorded, found)) in recorded.iter().zip(found).enumerate() {
                expect_within(recorded, found, &format!("{place}[{at}]"));
            }
        }
        _ => assert_eq!(recorded, found, "{place}"),
    }
}

#[test]
fn every_release_has_frozen_logs() {
    let changelog = fs::read_to_string(repository().join("CHANGELOG.md")).unwrap();
    let headings = changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## ["));
    let releases = headings
        .filter_map(|line| line.split_once(']'))
        .map(|(version, _)| version);
    let folders: Vec<String> = folders().into_iter().map(|(name, _)| name).collect();
    for release in releases.filter(|version| *version != "Unreleased") {
        assert!(
            folders.iter().any(|folder| folder == release),
            "docs/schema/frozen has no folder {release}"
        );
    }
}

#[test]
fn every_frozen_line_is_a_record() {
    for (name, folder) in folders() {
        for (path, line) in lines_of(&folder) {
            let place = format!("{}: {line}", path.display());
            if let Err(error) = Record::parse(line.as_bytes()) {
                panic!("{place}: {error:?}");
            }
            if name != BEFORE {
                check(&place, &serde_json::from_str(&line).unwrap());
            }
        }
    }
}

#[test]
fn the_reader_answers_as_it_did() {
    let update = std::env::var("UPDATE_FROZEN").ok();
    for (name, folder) in folders() {
        let home = Home::empty();
        for entry in fs::read_dir(folder.join("logs")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), home.log(entry.file_name().to_str().unwrap())).unwrap();
        }
        for (file, command) in ANSWERS {
            let answer = home.json(command);
            let recorded = folder.join(file);
            if update.as_ref() == Some(&name) {
                let text = serde_json::to_string_pretty(&answer).unwrap();
                fs::write(&recorded, text + "\n").unwrap();
            }
            let recorded: Value =
                serde_json::from_str(&fs::read_to_string(recorded).unwrap()).unwrap();
            expect_within(&recorded, &answer, &format!("{name}/{file}"));
        }
    }
}
