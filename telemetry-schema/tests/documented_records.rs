//! The schemas in `docs/schema` accept the lines that their README shows, and reject changed lines.

use std::fs;
use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::{Value, json};

struct Documented {
    name: String,
    line: String,
    schema: Value,
}

impl Documented {
    fn validator(&self) -> Validator {
        jsonschema::validator_for(&self.schema).unwrap()
    }

    fn record(&self) -> Value {
        serde_json::from_str(&self.line).unwrap()
    }
}

fn documented() -> Vec<Documented> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let readme = fs::read_to_string(directory.join("README.md")).unwrap();
    let lines: Vec<&str> = readme.lines().collect();
    let mut documented = Vec::new();
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        let Some(name) = file.strip_suffix(".schema.json") else {
            continue;
        };
        let at = lines
            .iter()
            .position(|line| *line == name)
            .unwrap_or_else(|| panic!("the README shows no line of {name}"));
        documented.push(Documented {
            name: name.to_owned(),
            line: lines[at + 2].trim().to_owned(),
            schema: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
        });
    }
    assert!(documented.len() >= 8);
    documented
}

#[test]
fn every_schema_is_valid() {
    for documented in documented() {
        assert!(
            jsonschema::meta::is_valid(&documented.schema),
            "{}",
            documented.name
        );
    }
}

#[test]
fn every_shown_line_is_valid_under_its_own_schema_only() {
    let all = documented();
    for shown in &all {
        let record = shown.record();
        for other in &all {
            let errors: Vec<_> = other
                .validator()
                .iter_errors(&record)
                .map(|error| error.to_string())
                .collect();
            let same = shown.name == other.name;
            assert_eq!(
                errors.is_empty(),
                same,
                "{} under {}: {errors:?}",
                shown.name,
                other.name
            );
        }
    }
}

#[test]
fn every_shown_line_has_every_key() {
    for documented in documented() {
        let record = documented.record();
        let keys = documented.schema["properties"].as_object().unwrap().keys();
        // The shown span has no return value because it failed, some records have no level, an answered request has no
        // error class, and an event has the id of a span of another process only without a span of its own process.
        let is_absent = |key: &str| {
            matches!(key, "ret" | "level" | "error_class")
                || (documented.name == "event" && key == "parent_span_id")
        };
        for key in keys.filter(|key| !is_absent(key)) {
            assert!(record.get(key).is_some(), "{}: {key}", documented.name);
        }
    }
}

#[test]
fn unknown_missing_and_mistyped_keys_are_rejected() {
    for documented in documented() {
        let validator = documented.validator();
        let record = documented.record();
        let mut stray = record.clone();
        stray["stray"] = json!(1);
        assert!(!validator.is_valid(&stray), "{}", documented.name);
        for key in record.as_object().unwrap().keys() {
            let mut mistyped = record.clone();
            mistyped[key] = Value::Null;
            assert!(!validator.is_valid(&mistyped), "{} {key}", documented.name);
        }
        for key in documented.schema["required"].as_array().unwrap() {
            let mut missing = record.clone();
            missing
                .as_object_mut()
                .unwrap()
                .remove(key.as_str().unwrap());
            assert!(!validator.is_valid(&missing), "{} {key}", documented.name);
        }
    }
}

#[test]
fn keys_that_depend_on_each_other_are_checked() {
    let all = documented();
    let check = |name: &str, change: Value, valid: bool| {
        let documented = all
            .iter()
            .find(|documented| documented.name == name)
            .unwrap();
        let mut record = documented.record();
        for (key, value) in change.as_object().unwrap() {
            let record = record.as_object_mut().unwrap();
            // Here, `null` removes the key.
            match value {
                Value::Null => _ = record.remove(key),
                value => _ = record.insert(key.clone(), value.clone()),
            }
        }
        assert_eq!(
            documented.validator().is_valid(&record),
            valid,
            "{name} {change}"
        );
    };
    check("span", json!({"polls": null}), false);
    check("span", json!({"polls": null, "busy_ns": null}), true);
    check("span", json!({"outcome": "ok"}), false);
    check(
        "span",
        json!({"outcome": "ok", "error": null, "ret": "41"}),
        true,
    );
    check("span", json!({"level": "info"}), false);
    check("span", json!({"fields": {}}), false);
    check("span", json!({"fields": {"a": [1]}}), false);
    check("span", json!({"name": "Model.open"}), false);
    check("span", json!({"dur_ns": u64::MAX}), true);
    check("span", json!({"dur_ns": 0.5}), false);
    check("span", json!({"ts": "2026-11-22T18:54:07Z"}), false);
    check("session", json!({"cost_source": null}), false);
    check("session", json!({"cost_usd": null}), false);
    check(
        "session",
        json!({"cost_usd": null, "cost_source": "unpriced"}),
        true,
    );
    check("session", json!({"cost_source": "unpriced"}), false);
    check(
        "session",
        json!({"cost_usd": null, "cost_source": null}),
        true,
    );
    check("session", json!({"prompt_tokens": -1}), false);
    check("session", json!({"error_class": "rate_limit"}), false);
    check(
        "session",
        json!({"outcome": "err", "error_class": "rate_limit"}),
        true,
    );
    check(
        "session",
        json!({"outcome": "err", "error_class": "ratelimit"}),
        false,
    );
    check("rollup", json!({"last_effort_ts": null}), false);
}
