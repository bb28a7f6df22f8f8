//! Answers that failed, and the class of their error.

use super::*;
use crate::usage::ErrorClass;

#[test]
fn responses_that_ended_early_or_failed() {
    let event = |kind: &str| {
        json!({"type": kind, "response": {"id": "resp_1", "model": "m",
        "usage": {"input_tokens": 7, "output_tokens": 1, "total_tokens": 8}}})
    };
    for (kind, failed) in [("response.incomplete", false), ("response.failed", true)] {
        let usage = event(kind).usage().unwrap();
        assert_eq!(
            (usage.prompt_tokens, usage.total_tokens),
            (Some(7), Some(8))
        );
        assert_eq!(event(kind).failed(), failed, "{kind}");
    }
    for early in [
        "response.created",
        "response.in_progress",
        "response.output_text.delta",
    ] {
        assert_eq!(event(early).usage(), None, "{early}");
    }
    let refused = json!({"type": "response.failed", "response": {"id": "r", "usage": null}});
    assert!(refused.usage().is_none() && refused.failed());
    let failed = json!({"object": "response", "status": "failed", "error": null, "usage": null});
    assert!(failed.failed());
    assert!(!whole(body!("03-up-responses")).failed());
}

#[test]
fn errors_are_failures_without_usage() {
    let error = whole(body!("02-mock-429"));
    assert!(error.usage().is_none() && error.failed());
    // The HTTP status of this answer was 200.
    let midstream = events(stream!("01-mock-responses-stream"));
    assert!(midstream.usage().is_none() && midstream.failed());
    // Not an answer of LiteLLM: it does not state a failure.
    let unknown_path = whole(body!("02-err-unknown-path"));
    assert!(unknown_path.usage().is_none() && !unknown_path.failed());
}

/// Each recorded error of LiteLLM has the class that follows from its body.
#[test]
fn errors_have_a_class() {
    for (body, class) in [
        (body!("02-err-bad-json"), "bad_request"),
        (body!("02-err-missing-messages"), "bad_request"),
        (body!("02-err-no-key"), "auth"),
        // A wrong key, if the proxy has no database.
        (body!("02-err-wrong-key"), "auth"),
        (body!("02-err-unknown-model"), "bad_request"),
        (body!("02-mock-429"), "rate_limit"),
        (body!("02-mock-500"), "server"),
        (body!("02-mock-ctx"), "context_window"),
        (body!("02-mock-filter"), "content_filter"),
        (body!("02-mock-streamerr"), "server"),
        (body!("02-mock-streamerr-stream"), "server"),
        (body!("02-mock-timeout"), "timeout"),
        (body!("04-up-claude-overloaded"), "server"),
        (body!("04-up-claude-overloaded-messages"), "server"),
        (body!("04-up-disc"), "server"),
        (body!("04-up-e401"), "auth"),
        (body!("04-up-e429"), "rate_limit"),
        (body!("04-up-e503"), "server"),
        (body!("04-up-ectx"), "context_window"),
        (body!("04-up-efilter"), "content_filter"),
        (body!("04-up-slow"), "timeout"),
        (body!("06-auth-wrong-key-401"), "auth"),
        (body!("06-key-rpm-2-limited"), "rate_limit"),
        (body!("08-lonely-cooldown-3"), "rate_limit"),
    ] {
        let error = whole(body);
        assert!(error.usage().is_none() && error.failed(), "{error}");
        let found = error.partial().and_then(|known| known.error_class);
        assert_eq!(found.map(ErrorClass::as_str), Some(class), "{error}");
    }
    let unknown_path = whole(body!("02-err-unknown-path"));
    assert_eq!(unknown_path.partial(), None);
}
