//! The demo against a real LiteLLM: the session log matches the answers of the proxy.
//!
//! A server between the two forwards everything and keeps the answers of the proxy, so that each record is
//! compared with the bytes of its answer. Without Python these tests print a message and are skipped; in
//! CI they fail.

use serde_json::Value;
use tests::demo::{Demo, DemoOutput};
use tests::exchange::{Answer, nanos};
use tests::home::Home;
use tests::listener::recording;
use tests::logs::Logs;
use tests::proxy::Proxy;

/// One run of the demo.
struct ProxyRun {
    ran: DemoOutput,
    logs: Logs,
    answers: Vec<Answer>,
}

fn ask(proxy: &Proxy, key: &str, flags: &[&str]) -> ProxyRun {
    ask_with(proxy, key, flags, "")
}

fn ask_with(proxy: &Proxy, key: &str, flags: &[&str], config: &str) -> ProxyRun {
    let (url, recorded) = recording(&proxy.base_url);
    let home = Home::with_config(&format!("[telemetry]\nenabled = true\n{config}"));
    let ran = Demo::in_home(home.path())
        .talking_to(&url, key)
        .args(flags)
        .run();
    ProxyRun {
        ran,
        logs: home.logs(),
        answers: recorded.answers(),
    }
}

/// Compares a record with its answer.
fn assert_matches(record: &Value, answer: &Answer, model: &str) {
    let usage = answer.usage().expect("a usage");
    // The two endpoints name each count differently.
    let count = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| usage.pointer(name))
            .and_then(Value::as_u64)
    };
    for (key, names) in [
        ("prompt_tokens", ["/prompt_tokens", "/input_tokens"]),
        (
            "completion_tokens",
            ["/completion_tokens", "/output_tokens"],
        ),
        ("total_tokens", ["/total_tokens", "/total_tokens"]),
        (
            "cached_tokens",
            [
                "/prompt_tokens_details/cached_tokens",
                "/input_tokens_details/cached_tokens",
            ],
        ),
        (
            "cache_write_tokens",
            [
                "/prompt_tokens_details/cache_creation_tokens",
                "/cache_creation_input_tokens",
            ],
        ),
        (
            "reasoning_tokens",
            [
                "/completion_tokens_details/reasoning_tokens",
                "/output_tokens_details/reasoning_tokens",
            ],
        ),
    ] {
        assert_eq!(
            record[key].as_u64(),
            count(names),
            "{key} of {record}\n{usage}"
        );
    }
    assert!(record["total_tokens"].as_u64() > Some(0), "{record}");
    assert_eq!(record["request_id"], answer.id());
    assert_eq!(record["model"], model);
    assert_eq!(record["outcome"], "ok");
    assert!(record.get("error_class").is_none(), "{record}");
    for (key, header) in [
        ("call_id", "x-litellm-call-id"),
        ("deployment_id", "x-litellm-model-id"),
        ("deployment_model", "x-litellm-model-name"),
        ("deployment_group", "x-litellm-model-group"),
    ] {
        let stated = answer.header(header).expect(header);
        assert_eq!(record[key], stated, "{record}");
    }
    for (key, header) in [
        ("proxy_retries", "x-litellm-attempted-retries"),
        ("proxy_fallbacks", "x-litellm-attempted-fallbacks"),
    ] {
        let stated = answer
            .header(header)
            .and_then(|count| count.parse::<u64>().ok());
        assert_eq!(record[key].as_u64(), stated, "{record}");
    }
    assert_eq!(
        record["cost_usd"].as_f64().map(nanos),
        answer.cost_nanos(),
        "{record}\n{usage}"
    );
    let source = match (usage["cost"].is_number(), answer.cost_nanos()) {
        (true, _) => "response_body",
        (false, Some(_)) => "response_header",
        (false, None) => "unpriced",
    };
    assert_eq!(record["cost_source"], source);
    assert_eq!(
        record["stream"].as_bool(),
        Some(answer.body.starts_with("data:")),
        "{record}"
    );
    assert_eq!(
        record.get("ttft_ms").is_some(),
        record["stream"] == true,
        "{record}"
    );
}

/// Makes one request that is answered. Returns its record and the answer.
fn answered(model: &str, flags: &[&str]) -> Option<(Value, Answer)> {
    let proxy = Proxy::shared()?;
    let run = ask(
        proxy,
        &proxy.api_key,
        &[&["--model", model, "--exec", "hello"], flags].concat(),
    );
    assert_eq!((run.ran.code, &*run.ran.stderr), (Some(0), ""));
    assert_eq!((run.logs.session.len(), run.answers.len()), (1, 1));
    let (record, answer) = (&run.logs.session[0], &run.answers[0]);
    assert_matches(record, answer, model);
    assert_eq!(
        record["response_model"], model,
        "LiteLLM answers with the alias"
    );
    assert_eq!(record["deployment_group"], model);
    assert!(record["finish_reason"].is_string(), "{record}");
    assert_eq!(record["attempt"], 1);
    assert!(record.get("retry_cause").is_none(), "{record}");
    Some((record.clone(), answer.clone()))
}

#[test]
fn chat() {
    let Some((record, _)) = answered("gpt-4o-mini", &[]) else {
        return;
    };
    // The counts of the simulated provider, and the cost that LiteLLM computes for them.
    assert_eq!(
        (&record["prompt_tokens"], &record["cached_tokens"]),
        (&1200.into(), &1024.into())
    );
    assert_eq!(record["cost_usd"].as_f64().map(nanos), Some(313_200));
    assert_eq!(record["cost_source"], "response_header");
}

#[test]
fn streamed_chat() {
    let flags = ["--stream", "--effort", "high"];
    let Some((record, answer)) = answered("up-think", &flags) else {
        return;
    };
    assert_eq!(record["reasoning_effort"], "high");
    assert_eq!(record["cost_source"], "response_body");
    assert_eq!(
        answer.header("x-litellm-response-cost"),
        None,
        "a stream's cost is in its body"
    );
}

#[test]
fn responses() {
    let Some((record, _)) = answered("gpt-5-mini", &["--responses"]) else {
        return;
    };
    assert_eq!(record["cost_source"], "response_header");
}

#[test]
fn streamed_responses() {
    let Some((record, _)) = answered("gpt-5-mini", &["--responses", "--stream"]) else {
        return;
    };
    assert_eq!(record["cost_source"], "response_body");
}

#[test]
fn tokens_written_to_the_cache() {
    let Some((record, _)) = answered("up-claude", &["--stream"]) else {
        return;
    };
    assert_eq!(record["cache_write_tokens"], 2048);
    assert_eq!(
        record["prompt_tokens"], 3248,
        "cached and written ones included"
    );
}

#[test]
fn an_unpriced_model() {
    for flags in [&[][..], &["--stream"]] {
        let Some((record, answer)) = answered("up-unpriced", flags) else {
            return;
        };
        assert_eq!(
            answer.header("x-litellm-response-cost-original"),
            Some("0.0")
        );
        assert!(
            record.get("cost_usd").is_none(),
            "unknown is not zero: {record}"
        );
    }
}

/// The user's prices are those of gpt-4o-mini, so the cost equals the one that LiteLLM computes.
#[test]
fn a_model_with_the_user_s_price() {
    let Some(proxy) = Proxy::shared() else { return };
    let prices = r"
        input_cost_per_token = 1.5e-7
        cache_read_input_token_cost = 7.5e-8
        output_cost_per_token = 6e-7
    ";
    let own = format!("[telemetry.pricing.up-unpriced]{prices}");
    let map = "[telemetry.pricing]\nprice_map = \"prices.json\"".to_owned();
    for (config, source) in [(own, "user_price"), (map, "price_map")] {
        for flags in [&[][..], &["--stream"]] {
            let flags = [&["--model", "up-unpriced", "--exec", "hello"], flags].concat();
            let (url, _recorded) = recording(&proxy.base_url);
            let home = Home::with_config(&format!("[telemetry]\nenabled = true\n{config}"));
            std::fs::write(
                home.path().join("prices.json"),
                r#"{"no-such-priced-model": {"input_cost_per_token": 1.5e-07,
                    "cache_read_input_token_cost": 7.5e-08, "output_cost_per_token": 6e-07}}"#,
            )
            .expect("a price map");
            let ran = Demo::in_home(home.path())
                .talking_to(&url, &proxy.api_key)
                .args(&flags)
                .run();
            assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
            let record = &home.logs().session[0];
            assert_eq!(record["deployment_model"], "openai/no-such-priced-model");
            assert_eq!(
                record["cost_usd"].as_f64().map(nanos),
                Some(313_200),
                "{record}"
            );
            assert_eq!(record["cost_source"], source);
        }
    }
}

#[test]
fn an_invalid_price_map_is_a_warning() {
    let Some(proxy) = Proxy::shared() else { return };
    let flags = ["--model", "up-unpriced", "--exec", "hello"];
    let config = "[telemetry.pricing]\nprice_map = \"config.toml\"";
    let run = ask_with(proxy, &proxy.api_key, &flags, config);
    assert_eq!((run.ran.code, &*run.ran.stderr), (Some(0), ""));
    assert_eq!(run.logs.session[0]["cost_source"], "unpriced");
    let warnings: Vec<_> = run
        .logs
        .text
        .iter()
        .filter(|line| line.contains("is not a valid price map: 1:0: not an object of models"))
        .collect();
    assert_eq!(warnings.len(), 1, "{:?}", run.logs.text);
}

/// The proxy retries a group that fails twice, and falls back from one group to another.
#[test]
fn retries_and_a_fallback_inside_of_the_proxy() {
    let Some(proxy) = Proxy::shared() else { return };
    for flags in [&[][..], &["--stream"]] {
        for (model, group, counts) in [
            ("up-flaky", "up-flaky", (2, 0)),
            ("primary", "backup", (0, 1)),
        ] {
            let prompt = format!("retries of the proxy {}", flags.len());
            let flags = [&["--model", model, "--exec", &prompt], flags].concat();
            let run = ask(proxy, &proxy.api_key, &flags);
            assert_eq!((run.ran.code, &*run.ran.stderr), (Some(0), ""));
            assert_eq!((run.logs.session.len(), run.answers.len()), (1, 1));
            let record = &run.logs.session[0];
            assert_matches(record, &run.answers[0], model);
            assert_eq!(record["deployment_group"], group);
            assert_eq!(record["deployment_id"], format!("dep-{group}"));
            let own = (&record["proxy_retries"], &record["proxy_fallbacks"]);
            assert_eq!(own, (&counts.0.into(), &counts.1.into()), "{record}");
            assert_eq!(record["attempt"], 1, "the client made one request");
        }
    }
}

#[test]
fn a_truncated_answer_that_litellm_completes() {
    // The provider closed the connection early; LiteLLM invents a usage, a cost and an end mark.
    let Some((record, _)) = answered("up-midcut", &["--stream"]) else {
        return;
    };
    assert!(
        record.get("cached_tokens").is_none(),
        "unknown is not zero: {record}"
    );
}

/// Makes requests that are refused. Returns their records and HTTP statuses.
fn refused(key: Option<&str>, flags: &[&str], expected: &str) -> Option<(Vec<Value>, Vec<u16>)> {
    let proxy = Proxy::shared()?;
    let run = ask(proxy, key.unwrap_or(&proxy.api_key), flags);
    assert_eq!((run.ran.code, &*run.ran.answers), (Some(1), ""));
    assert!(
        run.ran.stderr.contains(expected),
        "{expected} in {}",
        run.ran.stderr
    );
    for record in &run.logs.session {
        assert_eq!(record["outcome"], "err");
        for unknown in [
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "cost_usd",
        ] {
            assert!(record.get(unknown).is_none(), "{unknown} in {record}");
        }
    }
    let statuses = run.answers.iter().map(|answer| answer.status).collect();
    Some((run.logs.session.clone(), statuses))
}

/// Each failure of the provider behind the proxy has its class.
#[test]
fn failures_have_a_class() {
    for (model, status, class) in [
        ("up-e401", 401, "auth"),
        ("up-ectx", 400, "context_window"),
        ("up-efilter", 400, "content_filter"),
        ("up-e500", 500, "server"),
        ("up-e503", 503, "server"),
        ("up-slow", 408, "timeout"),
    ] {
        let flags = ["--model", model, "--max-attempts", "1", "--exec", "hello"];
        let expected = format!("the proxy answered {status}");
        let Some((records, statuses)) = refused(None, &flags, &expected) else {
            return;
        };
        assert_eq!((records.len(), statuses), (1, vec![status]), "{model}");
        assert_eq!(records[0]["error_class"], class, "{model}");
        assert!(records[0]["call_id"].is_string(), "{}", records[0]);
    }
}

#[test]
fn an_unreachable_proxy() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let ran = Demo::in_home(home.path())
        .talking_to("http://127.0.0.1:9", "sk-any")
        .args(["--model", "gpt-4o-mini", "--exec", "hello"])
        .run();
    assert_eq!(ran.code, Some(1));
    let session = home.logs().session;
    assert_eq!(session.len(), 1);
    assert_eq!(session[0]["error_class"], "network");
}

#[test]
fn a_wrong_key() {
    let flags = ["--model", "gpt-4o-mini", "--exec", "hello"];
    let expected = "the proxy answered 401 (auth_error): Authentication Error, invalid key";
    let Some((records, statuses)) = refused(Some("sk-wrong"), &flags, expected) else {
        return;
    };
    assert_eq!((records.len(), statuses), (1, vec![401]));
    assert_eq!(records[0]["model"], "gpt-4o-mini");
    assert_eq!(records[0]["error_class"], "auth");
    assert!(
        records[0].get("call_id").is_none(),
        "an answer to a wrong key has no call id"
    );
}

#[test]
fn a_wrong_key_for_the_list_of_models() {
    let expected = "cannot list the models: the proxy answered 401";
    let Some((records, _)) = refused(Some("sk-wrong"), &["--exec", "hello"], expected) else {
        return;
    };
    assert_eq!(records.len(), 0, "no request to a model was made");
}

#[test]
fn an_unknown_model() {
    for flags in [&[][..], &["--stream"], &["--responses"]] {
        let flags = [&["--model", "no-such-model", "--exec", "hello"], flags].concat();
        let expected = "the proxy answered 400 (invalid_request_error): ";
        let Some((records, statuses)) = refused(None, &flags, expected) else {
            return;
        };
        assert_eq!((records.len(), statuses), (1, vec![400]));
        assert_eq!(records[0]["model"], "no-such-model");
    }
}

#[test]
fn a_rate_limit_that_ends() {
    let Some(proxy) = Proxy::shared() else { return };
    for flags in [&[][..], &["--stream"]] {
        let prompt = format!("a rate limit that ends {}", flags.len());
        let flags = [
            &[
                "--model",
                "up-flaky429",
                "--max-wait",
                "1",
                "--exec",
                &prompt,
            ],
            flags,
        ]
        .concat();
        let run = ask(proxy, &proxy.api_key, &flags);
        assert_eq!((run.ran.code, &*run.ran.stderr), (Some(0), ""));
        let statuses: Vec<_> = run.answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [429, 200]);
        assert_eq!(proxy.requests_upstream(&prompt), 2);

        let [first, second] = &run.logs.session[..] else {
            panic!("{:?}", run.logs.session)
        };
        assert_eq!(
            (&first["outcome"], &first["attempt"]),
            (&"err".into(), &1.into())
        );
        assert!(first.get("retry_cause").is_none(), "{first}");
        assert_eq!(
            (&second["attempt"], &second["retry_cause"]),
            (&2.into(), &"429".into())
        );
        assert_eq!(
            (&first["request"], &second["request"]),
            (&1.into(), &2.into())
        );
        assert_matches(second, &run.answers[1], "up-flaky429");
    }
}

#[test]
fn a_rate_limit_that_stays() {
    let prompt = "a rate limit that stays";
    let flags = [
        "--model",
        "up-e429",
        "--max-attempts",
        "3",
        "--max-wait",
        "1",
        "--exec",
        prompt,
    ];
    let expected = "the proxy answered 429 (throttling_error): ";
    let Some((records, statuses)) = refused(None, &flags, expected) else {
        return;
    };
    assert_eq!(statuses, [429, 429, 429]);
    let attempts: Vec<_> = records
        .iter()
        .map(|record| (record["attempt"].as_u64(), record["retry_cause"].as_str()))
        .collect();
    assert_eq!(
        attempts,
        [
            (Some(1), None),
            (Some(2), Some("429")),
            (Some(3), Some("429"))
        ]
    );
    assert!(
        records
            .iter()
            .all(|record| record["error_class"] == "rate_limit")
    );
    let proxy = Proxy::shared().expect("the proxy runs");
    assert_eq!(proxy.requests_upstream(prompt), 3);
}

#[test]
fn a_stream_that_fails_in_its_middle() {
    let flags = ["--model", "up-miderr", "--stream", "--exec", "hello"];
    let Some(proxy) = Proxy::shared() else { return };
    let run = ask(proxy, &proxy.api_key, &flags);
    assert_eq!(
        (run.ran.code, run.ran.answers.trim_end()),
        (Some(1), "Hello from")
    );
    assert!(
        run.ran
            .stderr
            .contains("the answer ended with an error (500): "),
        "{}",
        run.ran.stderr
    );
    assert_eq!(
        run.answers[0].status, 200,
        "LiteLLM sent the status before the failure"
    );
    assert_eq!(run.logs.session.len(), 1);
    assert_eq!(run.logs.session[0]["outcome"], "err");
    assert_eq!(run.logs.session[0]["error_class"], "server");
}

#[test]
fn the_whole_conversation() {
    let Some(proxy) = Proxy::shared() else { return };
    let run = ask(proxy, &proxy.api_key, &["--model", "gpt-5-mini"]);
    assert_eq!((run.ran.code, &*run.ran.stderr), (Some(0), ""));
    assert_eq!((run.logs.session.len(), run.answers.len()), (7, 7));
    for (record, answer) in run.logs.session.iter().zip(&run.answers) {
        assert_matches(record, answer, "gpt-5-mini");
        assert_eq!(record["service_tier"], "default", "{record}");
        assert!(
            ["stop", "completed"]
                .iter()
                .any(|end| record["finish_reason"] == *end),
            "{record}"
        );
    }
    let ids: std::collections::BTreeSet<_> = run
        .logs
        .session
        .iter()
        .map(|record| record["request_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 7, "each request has its own id");
}
