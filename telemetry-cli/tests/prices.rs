//! `telemetry prices update`, and the age of a price map in `telemetry doctor`.

mod home;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use home::Home;
use serde_json::{Value, json};

const CONFIG: &str =
    "[telemetry]\nenabled = true\n[telemetry.pricing]\nprice_map = \"prices.json\"\n";

fn home_with(config: &str) -> Home {
    let home = Home::empty();
    fs::write(home.path().join("config.toml"), config).unwrap();
    home
}

fn source(home: &Home, map: &str) -> PathBuf {
    let path = home.path().join("new.json");
    fs::write(&path, map).unwrap();
    path
}

fn update(home: &Home, map: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let path = source(home, map);
    let output = home.run(&[&["prices", "update", path.to_str().unwrap()], arguments].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn map(models: &Value) -> String {
    let mut map = json!({"sample_spec": {"input_cost_per_token": 0.0}});
    for (model, entry) in models.as_object().unwrap() {
        map[model] = entry.clone();
    }
    format!("{map:#}")
}

#[test]
fn an_update_is_installed_and_its_changes_are_reported() {
    let home = home_with(CONFIG);
    let first = map(&json!({
        "gone": {"input_cost_per_token": 1e-6},
        "same": {"input_cost_per_token": 1e-6, "max_tokens": 5},
        "other": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6},
    }));
    let (code, said, stderr) = update(&home, &first, &[]);
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert!(
        said.contains("prices.json: installed 3 models: 3 added, 0 removed, 0 with changed prices"),
        "{said}"
    );
    let installed = home.path().join("prices.json");
    assert_eq!(fs::read_to_string(&installed).unwrap(), first);

    let second = map(&json!({
        "same": {"input_cost_per_token": 1e-6, "max_tokens": 6},
        "other": {"input_cost_per_token": 3e-6, "cache_read_input_token_cost": 1e-7},
        "new": {"output_cost_per_token": 5e-6},
    }));
    let expected = "1 added, 1 removed, 1 with changed prices\n+ new\n- gone\n\
        ~ other cache_read_input_token_cost: none -> 1e-7\n\
        ~ other input_cost_per_token: 1e-6 -> 3e-6\n~ other output_cost_per_token: 2e-6 -> none\n";
    fs::set_permissions(&installed, Permissions::from_mode(0o640)).unwrap();
    let (code, said, _) = update(&home, &second, &["--dry-run"]);
    assert!(
        code == Some(0) && said.contains("would install 3 models") && said.ends_with(expected),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(&installed).unwrap(),
        first,
        "a dry run changes nothing"
    );
    let (_, said, _) = update(&home, &second, &["-j"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let update_json = &said["price_maps"][0];
    assert_eq!(
        (&update_json["added"], &update_json["removed"]),
        (&json!(["new"]), &json!(["gone"]))
    );
    assert_eq!(
        update_json["changed"][0]["prices"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(fs::read_to_string(&installed).unwrap(), second);
    assert_eq!(
        fs::metadata(&installed).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let names = fs::read_dir(home.path())
        .unwrap()
        .flatten()
        .map(|it| it.file_name());
    assert_eq!(
        names.count(),
        4,
        "config.toml, logs, new.json, prices.json and nothing else"
    );
}

#[test]
fn an_invalid_map_replaces_nothing() {
    let home = home_with(CONFIG);
    let installed = home.path().join("prices.json");
    fs::write(&installed, "{}").unwrap();
    for (map, why) in [
        ("", "unexpected end"),
        ("[]", "not an object of models"),
        ("{\"gpt\": ", "unexpected end"),
        ("{}", "no model has a price for tokens"),
        (
            r#"{"sample_spec": {"input_cost_per_token": 1}}"#,
            "no model has a price for tokens",
        ),
        (
            r#"{"gpt": {"input_cost_per_token": "cheap"}}"#,
            "no model has a valid price",
        ),
    ] {
        let (code, said, stderr) = update(&home, map, &[]);
        assert_eq!((code, &*said), (Some(2), ""), "{map}");
        assert!(
            stderr.contains(why) && stderr.contains("model_prices_and_context_window.json"),
            "{map}: {stderr}"
        );
        assert_eq!(fs::read_to_string(&installed).unwrap(), "{}");
    }
    // Single invalid entries are named, and are not among the installed models.
    let (code, said, stderr) = update(
        &home,
        r#"{"a": {"input_cost_per_token": 1e-6}, "b": {"input_cost_per_token": -1}}"#,
        &[],
    );
    assert_eq!(code, Some(0));
    assert!(
        said.ends_with("installed 1 model: 1 added, 0 removed, 0 with changed prices\n+ a\n"),
        "{said}"
    );
    assert!(
        stderr.contains("which are skipped when requests are priced: 1;")
            && stderr.contains("\"b\".input_cost_per_token: below zero"),
        "{stderr}"
    );
}

#[test]
fn an_entry_that_becomes_invalid_is_a_removed_model() {
    let home = home_with(CONFIG);
    let valid = json!({
        "a": {"input_cost_per_token": 1e-6},
        "b": {"input_cost_per_token": 2e-6},
        "image": {"output_cost_per_image": 0.04},
    });
    let (_, said, _) = update(&home, &map(&valid), &["-j"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let installed = &said["price_maps"][0];
    assert_eq!(
        (&installed["models"], &installed["added"]),
        (&json!(2), &json!(["a", "b"]))
    );
    let mut invalid = valid;
    invalid["b"]["input_cost_per_token"] = json!("cheap");
    let (code, said, stderr) = update(&home, &map(&invalid), &[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        said.ends_with("installed 1 model: 0 added, 1 removed, 0 with changed prices\n- b\n"),
        "{said}"
    );
    assert!(
        stderr.contains("skipped when requests are priced: 1;"),
        "{stderr}"
    );
}

#[test]
fn without_a_configured_map_the_error_names_the_setting() {
    for (config, named) in [
        (
            "[telemetry]\nenabled = true\n",
            "[telemetry.pricing] and price_map = \"prices.json\"",
        ),
        ("[telemetry\n", "is not valid TOML"),
    ] {
        let home = home_with(config);
        let (code, _, stderr) = update(&home, r#"{"a": {"input_cost_per_token": 1e-6}}"#, &[]);
        assert_eq!(code, Some(2));
        assert!(stderr.contains(named), "{stderr}");
    }
}

#[test]
fn doctor_reports_a_price_map_that_cannot_be_used() {
    const PRICED: &str = r#""a": {"input_cost_per_token": 1e-6}"#;
    let not_json = r#"{"a": {"input_cost_per_token": }"#;
    let no_object = r#"["a"]"#;
    let no_models = r#"{"a": 1}"#;
    let one_invalid = format!(r#"{{{PRICED}, "b": {{"input_cost_per_token": -1}}}}"#);
    let valid = format!("{{{PRICED}}}");
    for (map, expected) in [
        (not_json, Some(("invalid_price_map", "1:32: invalid JSON"))),
        (
            no_object,
            Some(("invalid_price_map", "not an object of models")),
        ),
        (
            no_models,
            Some(("invalid_price_map", "the first error: \"a\"")),
        ),
        ("", Some(("invalid_price_map", "unexpected end"))),
        (
            &one_invalid,
            Some(("invalid_prices", "1 entry has an invalid price")),
        ),
        (&valid, None),
    ] {
        let home = home_with(CONFIG);
        fs::write(home.path().join("prices.json"), map).unwrap();
        let output = home.run(&["doctor", "-j"]);
        let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = diagnosis["homes"][0]["findings"].as_array().unwrap();
        let found: Vec<_> = findings
            .iter()
            .map(|it| it["code"].as_str().unwrap())
            .collect();
        assert_eq!(
            found,
            Vec::from_iter(expected.map(|(code, _)| code)),
            "{map}"
        );
        if let Some((_, reason)) = expected {
            let message = findings[0]["message"].as_str().unwrap();
            assert!(message.contains(reason), "{map}: {message}");
            assert!(message.contains("prices.json"), "{message}");
        }
    }
}

#[test]
fn doctor_reports_a_price_map_that_is_older_than_sixty_days() {
    let home = home_with(CONFIG);
    let day = Duration::from_hours(24);
    let path = source(&home, r#"{"a": {"input_cost_per_token": 1e-6}}"#);
    for (age, codes) in [(day * 59, json!([])), (day * 61, json!(["old_price_map"]))] {
        let dated = File::options().write(true).open(&path).unwrap();
        dated.set_modified(SystemTime::now() - age).unwrap();
        // The age is that of the source and not that of the installation.
        home.ok(&["prices", "update", path.to_str().unwrap()]);
        let output = home.run(&["doctor", "-j"]);
        let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = diagnosis["homes"][0]["findings"].as_array().unwrap();
        let found: Vec<&Value> = findings.iter().map(|it| &it["code"]).collect();
        assert_eq!(json!(found), codes, "{diagnosis:#}");
    }
}
