//! `telemetry reconcile` on files of spend records: their forms, differences, records on one side alone, filters.

mod home;

use std::process::Output;

use home::Home;
use home::requests::{LOG, uuid};
use serde_json::{Value, json};

/// A record of the session log, with further keys.
fn request(session: u32, id: &str, further: &Value) -> Value {
    with(
        json!({
            "ts": "2020-11-20T10:00:00Z", "v": 1, "session_id": uuid(session), "turn": 1,
            "request_id": format!("chatcmpl-{id}"), "call_id": format!("call-{id}"), "model": "gpt",
            "deployment_model": "openai/gpt-4o-mini", "prompt_tokens": 1200, "cached_tokens": 1024,
            "completion_tokens": 350, "reasoning_tokens": 256, "total_tokens": 1550, "outcome": "ok",
            "cost_usd": 0.000_313_2, "cost_source": "response_header",
        }),
        further,
    )
}

/// A payload of LiteLLM's callback with the values of [`request`].
fn payload(id: &str, further: &Value) -> Value {
    with(
        json!({
            "id": format!("chatcmpl-{id}"), "litellm_call_id": format!("call-{id}"), "status": "success",
            "response_cost": 0.000_313_199_999_999_999_97, "saved_cache_cost": 0.0, "cache_hit": null,
            "prompt_tokens": 1200, "completion_tokens": 350, "total_tokens": 1550,
            // 2020-11-20T10:00:00.25Z to 10:00:02Z
            "startTime": 1_605_866_400.25, "endTime": 1_605_866_402.0,
            "model": "openai/gpt-4o-mini", "model_id": "dep", "model_group": "gpt",
            "metadata": {
                "user_api_key_alias": "agent-a", "user_api_key_hash": "abc",
                "usage_object": {
                    "prompt_tokens_details": {"cached_tokens": 1024},
                    "completion_tokens_details": {"reasoning_tokens": 256},
                },
            },
        }),
        further,
    )
}

fn with(mut record: Value, further: &Value) -> Value {
    for (key, value) in further.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn lines(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

fn home_with(requests: &[Value]) -> Home {
    let home = Home::empty();
    home.write(LOG, lines(requests));
    home
}

/// Writes the file `spend` and runs `telemetry reconcile` on it.
fn run(home: &Home, spend: &str, arguments: &[&str]) -> Output {
    let file = home.path().join("spend");
    std::fs::write(&file, spend).unwrap();
    home.run(&[&["reconcile", file.to_str().unwrap()], arguments].concat())
}

fn reconcile(home: &Home, spend: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(home, spend, &[&["-j"], arguments].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let found = serde_json::from_slice(&output.stdout);
    let found = found.unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code(), found)
}

/// Returns the keys that differ, in order.
fn different(found: &Value) -> Vec<String> {
    let pairs = found["requests"].as_array().unwrap().iter();
    let differences = pairs.flat_map(|pair| pair["differences"].as_array().unwrap());
    let keys = differences.map(|it| it["key"].as_str().unwrap().to_owned());
    keys.collect()
}

/// Returns the explanations of the records that are on one side only.
fn alone<'a>(found: &'a Value, side: &str) -> Vec<&'a str> {
    let records = found[side].as_array().unwrap().iter();
    records
        .map(|it| it["explanation"].as_str().unwrap())
        .collect()
}

#[test]
fn every_differing_value_is_named() {
    let home = home_with(&[request(1, "a", &json!({}))]);
    for (further, key) in [
        (json!({"prompt_tokens": 1201}), "prompt_tokens"),
        (json!({"completion_tokens": 3}), "completion_tokens"),
        (json!({"total_tokens": 1}), "total_tokens"),
        (json!({"response_cost": 0.1}), "cost_usd"),
        (json!({"response_cost": null}), "cost_usd"),
        (json!({"model": "openai/gpt-4o"}), "model"),
        (json!({"status": "failure"}), "outcome"),
        (
            json!({"metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 1}}}}),
            "cached_tokens",
        ),
        (
            json!({"metadata": {"usage_object": {"cache_creation_input_tokens": 5}}}),
            "cache_write_tokens",
        ),
        (
            json!({"metadata": {"usage_object": {"completion_tokens_details": {"reasoning_tokens": 0}}}}),
            "reasoning_tokens",
        ),
    ] {
        let (code, found) = reconcile(&home, &lines(&[payload("a", &further)]), &[]);
        assert_eq!(
            (code, different(&found)),
            (Some(1), vec![key.to_owned()]),
            "{found:#}"
        );
        let output = run(&home, &lines(&[payload("a", &further)]), &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(key),
            "{key}"
        );
    }
    // The details of tokens and the model's provider may be absent.
    for further in [
        json!({}),
        json!({"metadata": {}}),
        json!({"model": "gpt-4o-mini"}),
    ] {
        let (code, found) = reconcile(&home, &lines(&[payload("a", &further)]), &[]);
        assert_eq!(
            (code, &found["equal"]),
            (Some(0), &json!(true)),
            "{found:#}"
        );
    }
}

#[test]
fn costs_within_the_tolerance_are_equal() {
    let home = home_with(&[request(1, "a", &json!({}))]);
    for (cost, tolerance, code) in [
        (0.000_313_201, None, 0),
        (0.000_313_202, None, 1),
        (0.000_313_199, None, 0),
        (0.000_313_201, Some("0"), 1),
        (0.000_413_2, Some("0.0001"), 0),
        (0.000_413_201, Some("0.0001"), 1),
    ] {
        let spend = lines(&[payload("a", &json!({"response_cost": cost}))]);
        let arguments = tolerance.map_or(vec![], |it| vec!["--tolerance", it]);
        let (found, document) = reconcile(&home, &spend, &arguments);
        assert_eq!(found, Some(code), "{cost} {tolerance:?}: {document:#}");
    }
}

#[test]
fn an_unknown_value_is_zero_in_the_proxy_s_records() {
    let unknown = json!({
        "prompt_tokens": null, "cached_tokens": null, "completion_tokens": null, "reasoning_tokens": null,
        "total_tokens": null, "cost_usd": null, "outcome": "err", "error_class": "server",
    });
    let zeros = json!({
        "status": "failure", "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "response_cost": 0,
        "metadata": {},
    });
    let home = home_with(&[request(1, "a", &unknown)]);
    let (code, found) = reconcile(&home, &lines(&[payload("a", &zeros)]), &[]);
    assert_eq!((code, different(&found)), (Some(0), vec![]), "{found:#}");
    // Neither side has a price.
    let home = home_with(&[request(
        1,
        "a",
        &json!({"cost_usd": null, "cost_source": "unpriced"}),
    )]);
    let (code, found) = reconcile(
        &home,
        &lines(&[payload("a", &json!({"response_cost": 0}))]),
        &[],
    );
    assert_eq!(
        (code, &found["requests"][0]["explanations"]),
        (Some(0), &json!(["unpriced"]))
    );
    let (code, _) = reconcile(&home, &lines(&[payload("a", &json!({}))]), &[]);
    assert_eq!(code, Some(1), "a charge that the session log does not know");
    // The cost is calculated from the user's prices, which differ from the prices of the proxy.
    let home = home_with(&[request(1, "a", &json!({"cost_source": "user_price"}))]);
    let (code, found) = reconcile(
        &home,
        &lines(&[payload("a", &json!({"response_cost": 0}))]),
        &[],
    );
    assert_eq!(
        (code, &found["requests"][0]["explanations"]),
        (Some(1), &json!(["own_price"]))
    );
}

#[test]
fn attempts_inside_the_proxy_belong_to_their_request() {
    let free = json!({
        "id": "call-a", "status": "failure", "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0,
        "response_cost": 0, "metadata": {},
    });
    let other = with(
        free.clone(),
        &json!({"model_group": "primary", "model_id": "dep-primary"}),
    );
    let home = home_with(&[request(
        1,
        "a",
        &json!({"proxy_retries": 1, "proxy_fallbacks": 1}),
    )]);
    let spend = [
        payload("a", &free),
        payload("a", &other),
        payload("a", &json!({})),
    ];
    let (code, found) = reconcile(&home, &lines(&spend), &[]);
    assert_eq!(code, Some(0), "{found:#}");
    let pair = &found["requests"][0];
    assert_eq!(pair["explanations"], json!(["retried", "fell_back"]));
    assert_eq!(pair["failed_attempts"].as_array().unwrap().len(), 2);
    assert_eq!(pair["proxy"]["outcome"], "success");
    // A second charge for one call is found.
    let twice = [
        payload("a", &json!({})),
        payload("a", &json!({"id": "chatcmpl-b"})),
    ];
    let (code, found) = reconcile(&home, &lines(&twice), &[]);
    assert_eq!(
        (code, alone(&found, "only_proxy")),
        (Some(1), vec!["charged_again"]),
        "{found:#}"
    );
}

#[test]
fn records_of_one_side_are_explained() {
    let home = home_with(&[
        request(1, "a", &json!({})),
        // This request failed before it reached the proxy.
        with(
            json!({"ts": "2020-11-20T10:00:01Z", "v": 1, "session_id": uuid(1), "outcome": "err"}),
            &json!({"request_id": "local-1", "model": "gpt"}),
        ),
    ]);
    let hit = json!({
        "id": "chatcmpl-a_cache_hit1605866401.5", "litellm_call_id": "call-hit", "cache_hit": true,
        "response_cost": 0, "saved_cache_cost": 0.1,
    });
    let failed = json!({
        "litellm_call_id": "call-x", "id": "call-x", "status": "failure", "prompt_tokens": 0,
        "completion_tokens": 0, "total_tokens": 0, "response_cost": 0, "metadata": {},
    });
    let check = json!({
        "litellm_call_id": "call-y", "id": "y", "metadata": {"user_api_key_alias": "litellm-internal-health-check"},
    });
    let harmless = [
        payload("a", &json!({})),
        payload("a", &hit),
        payload("a", &failed),
        payload("a", &check),
    ];
    let (code, found) = reconcile(&home, &lines(&harmless), &[]);
    assert_eq!(code, Some(0), "{found:#}");
    assert_eq!(alone(&found, "only_session"), ["failed_unrecorded"]);
    assert_eq!(
        alone(&found, "only_proxy"),
        ["repeated_answer", "failed_elsewhere", "health_check"]
    );

    let (code, found) = reconcile(
        &home,
        &lines(&[payload("a", &json!({})), payload("b", &json!({}))]),
        &[],
    );
    assert_eq!(
        (code, alone(&found, "only_proxy")),
        (Some(1), vec!["not_logged"])
    );

    let home = home_with(&[
        request(1, "a", &json!({})),
        request(1, "b", &json!({"ts": "2020-11-20T10:00:01Z"})),
    ]);
    let (code, found) = reconcile(&home, &lines(&[payload("a", &json!({}))]), &[]);
    assert_eq!(
        (code, alone(&found, "only_session")),
        (Some(1), vec!["not_booked"]),
        "{found:#}"
    );
}

#[test]
fn requests_outside_the_period_of_the_file_are_excluded() {
    let at = |ts: &str| json!({ "ts": ts });
    let home = home_with(&[
        request(1, "before", &at("2020-11-19T10:00:00Z")),
        request(1, "a", &json!({})),
        request(2, "b", &at("2020-11-20T10:00:01Z")),
        request(1, "after", &at("2020-11-20T11:00:00Z")),
    ]);
    let spend = lines(&[payload("a", &json!({})), payload("b", &json!({}))]);
    let (code, found) = reconcile(&home, &spend, &[]);
    assert_eq!(
        (code, &found["totals"]["session"]["requests"]),
        (Some(0), &json!(2)),
        "{found:#}"
    );
    // A period that was asked for is compared as a whole.
    let (code, found) = reconcile(
        &home,
        &spend,
        &["--since", "2020-11-19", "--until", "2020-11-20"],
    );
    assert_eq!(
        (code, alone(&found, "only_session")),
        (Some(1), vec!["not_booked", "not_booked"])
    );
    let (code, found) = reconcile(&home, &spend, &["--since", "2020-11-20T10:00:00.5Z"]);
    assert_eq!(
        (code, &found["totals"]["session"]["requests"]),
        (Some(0), &json!(1)),
        "{found:#}"
    );
}

#[test]
fn filters_select_sessions_keys_and_homes() {
    let home = home_with(&[request(1, "a", &json!({})), request(2, "b", &json!({}))]);
    let of_b = json!({"metadata": {"user_api_key_alias": "agent-b", "user_api_key_hash": "def"}});
    let spend = [
        payload("a", &json!({})),
        payload("b", &of_b),
        payload("c", &of_b),
    ];
    let spend = lines(&spend);
    let (code, found) = reconcile(&home, &spend, &["--session", &uuid(1)]);
    assert_eq!(
        (code, found["requests"].as_array().unwrap().len()),
        (Some(0), 1)
    );
    assert_eq!(
        (
            &found["records_of_other_sessions"],
            alone(&found, "only_proxy")
        ),
        (&json!(1), vec![])
    );
    for key in ["agent-b", "def"] {
        let (_, found) = reconcile(&home, &spend, &["--key", key, "--session", &uuid(2)]);
        assert_eq!(found["files"][0]["records"], 3);
        assert_eq!(found["totals"]["proxy"]["requests"], 1, "{found:#}");
    }
    let other = home_with(&[request(3, "c", &json!({}))]);
    let (code, found) = reconcile(
        &home,
        &spend,
        &[
            "--home",
            &format!("{},{}", home.path().display(), other.path().display()),
        ],
    );
    assert_eq!(
        (code, found["requests"].as_array().unwrap().len()),
        (Some(0), 3),
        "{found:#}"
    );
}

#[test]
fn amendments_belong_to_their_request() {
    let amendment = json!({
        "ts": "2020-11-20T10:00:01Z", "v": 1, "session_id": uuid(1), "request_id": "chatcmpl-a", "amends": true,
        "completion_tokens": 150, "total_tokens": 150, "cost_usd": 0.000_09,
    });
    let first = json!({"completion_tokens": 200, "total_tokens": 1400, "cost_usd": 0.000_223_2});
    let home = home_with(&[request(1, "a", &first), amendment]);
    let (code, found) = reconcile(&home, &lines(&[payload("a", &json!({}))]), &[]);
    assert_eq!((code, different(&found)), (Some(0), vec![]), "{found:#}");
}

#[test]
fn rows_without_a_call_id_are_matched_by_request_id() {
    let home = home_with(&[request(1, "a", &json!({}))]);
    let row = json!({
        "request_id": "chatcmpl-a", "spend": 0.000_313_2, "startTime": "2020-11-20T10:00:00.250000Z",
        "endTime": "2020-11-20T10:00:02Z", "model": "openai/gpt-4o-mini", "model_group": "gpt", "prompt_tokens": 1200,
        "completion_tokens": 350, "total_tokens": 1550, "cache_hit": "False", "status": null,
    });
    let csv = "Request ID,Start Time,Spend (USD),Model,Input Tokens,Output Tokens,Total Tokens,Key\r\n\
        chatcmpl-a,2020-11-20 10:00:00.25,0.0003132,gpt-4o-mini,1200,350,1550,\"a \"\"key\"\", quoted\"\r\n";
    for (form, spend) in [
        ("json", json!([row]).to_string()),
        ("json", format!("{:#}", json!({"data": [row], "total": 1}))),
        ("json_lines", format!("\n{row}\n")),
        ("csv", csv.to_owned()),
        ("csv", format!("\u{feff}{csv}")),
    ] {
        let (code, found) = reconcile(&home, &spend, &[]);
        assert_eq!(code, Some(0), "{spend}\n{found:#}");
        assert_eq!(found["files"][0]["form"], form);
        assert_eq!(found["requests"][0]["matched_by"], "request_id");
    }
}

#[test]
fn content_other_than_spend_records_is_named() {
    let home = home_with(&[]);
    for (content, named) in [
        ("", "an empty file"),
        (" \n\n", "an empty file"),
        ("[1, 2", "invalid JSON"),
        (
            "hello\n",
            "the columns hello; a CSV export of single calls also has request_id, spend, startTime",
        ),
        (
            "Date,Spend (USD),Requests\n2020-11-20,1,5\n",
            "also has request_id, startTime",
        ),
        (
            r#"{"ts":"2020-11-20T10:00:00Z","session_id":"x","model":"m"}"#,
            "a log of telemetry",
        ),
        (
            r#"{"type":"header","ts":"2020-11-20T10:00:00Z","pid":1}"#,
            "a log of telemetry",
        ),
        (
            r#"{"error":{"message":"Database not connected","code":"500"}}"#,
            "error answer of the proxy: \"Database not connected\"",
        ),
        (
            r#"[{"startTime":"2020-11-20","spend":1.5,"users":{},"models":{}}]"#,
            "add `summarize=false`",
        ),
        (
            r#"{"gpt-4o":{"input_cost_per_token":1e-6},"x":{}}"#,
            "a price map",
        ),
        (r#"{"a":1,"b":2}"#, "an object with the keys a, b"),
        ("{\n", "invalid JSON"),
        (r#"["x"]"#, "a text"),
    ] {
        let output = run(&home, content, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{content}: {stderr}");
        assert!(
            stderr.contains(named) && stderr.contains("expected JSON lines of"),
            "{content}: {stderr}"
        );
    }
    let missing = home.run(&["reconcile", "/nowhere/spend.jsonl"]);
    assert_eq!(missing.status.code(), Some(2));
    // The answer of `/spend/logs` about no calls is an empty list.
    let (code, found) = reconcile(&home, "[]", &[]);
    assert_eq!((code, &found["files"][0]["records"]), (Some(0), &json!(0)));
}

#[test]
fn damaged_lines_are_skipped_and_counted() {
    let home = home_with(&[request(1, "a", &json!({}))]);
    let spend = format!(
        "{}{{\"torn\": \n[]\n{}",
        lines(&[payload("a", &json!({}))]),
        &payload("b", &json!({})).to_string()[..40]
    );
    let output = run(&home, &spend, &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.contains("skipped 3 entries that are not spend records"),
        "{stderr}"
    );
    let (_, found) = reconcile(&home, &spend, &[]);
    assert_eq!(found["files"][0]["skipped"], 3);
}

#[test]
fn a_comparison_of_nothing_says_so() {
    let home = home_with(&[request(1, "a", &json!({}))]);
    let spend = lines(&[payload("a", &json!({}))]);
    let notes = |arguments: &[&str]| {
        let output = run(&home, &spend, arguments);
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(notes(&[]), "");
    let notes_of_period = notes(&["--since", "2020-12-01"]);
    assert!(
        notes_of_period.contains("nothing was compared"),
        "{notes_of_period}"
    );
    let notes_of_key = notes(&["--key", "agent-a", "--key", "nokey"]);
    assert_eq!(
        notes_of_key,
        "telemetry: no spend record has the key nokey\n"
    );
}

#[test]
fn text_of_a_spend_record_does_not_control_the_terminal() {
    let home = home_with(&[]);
    let evil = "\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m";
    let spend = lines(&[payload(
        "a",
        &json!({"model_group": evil, "litellm_call_id": evil}),
    )]);
    for arguments in [&[][..], &["-j"]] {
        let output = run(&home, &spend, arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let harmful = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
        assert!(!text.contains(harmful), "{text:?}");
    }
}
