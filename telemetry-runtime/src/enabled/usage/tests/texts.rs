//! Long and secret texts.

use super::*;
use crate::enabled::limits::MAX_LINE;

#[test]
fn long_texts_are_cut_and_long_ids_stay_different() {
    let (session, _entered) = session();
    let long = "é".repeat(100_000);
    annotated(
        |request| request.text("model", &long),
        || answer(&format!("{long}1")),
    );
    annotated(nothing, || answer(&format!("{long}2")));
    annotated(nothing, || answer(&format!("{long}2")));
    let records = records_of(&session);
    assert_eq!(records.len(), 2);
    assert!(
        records[0]
            .model
            .as_ref()
            .is_some_and(|model| model.len() <= 1024)
    );
}

#[test]
fn a_line_of_any_texts_stays_within_its_bound() {
    let (session, _entered) = session();
    for filling in ["\u{1}", "\\", "\"", "é", "\u{2028}"] {
        let long = |mark: &str| mark.to_owned() + &filling.repeat(2000);
        let said = Usage {
            request_id: Some(long("id")),
            model: Some(long("answered")),
            finish_reason: Some(long("why")),
            service_tier: Some(long("tier")),
            deployment_id: Some(long("deployment")),
            deployment_model: Some(long("deployed")),
            deployment_group: Some(long("group")),
            call_id: Some(long("call")),
            prompt_tokens: Some(u64::MAX),
            ..Usage::default()
        };
        annotated(
            |request| {
                for key in ["model", "effort", "retry_cause"] {
                    request.text(key, &long(key));
                }
            },
            || said,
        );
    }
    let records = records_of(&session);
    assert_eq!(records.len(), 5);
    for record in records {
        let line = serde_json::to_string(&record).unwrap();
        assert!(line.len() < MAX_LINE, "{}", line.len());
    }
}

#[test]
fn secrets_are_masked_and_ids_that_look_like_secrets_stay_different() {
    let (session, _entered) = session();
    let secret = |end: &str| format!("sk-proj-abcdefghijklmnopqrstuvwxyz0123456789{end}");
    annotated(
        |request| request.text("retry_cause", &format!("wrong key {}", secret("A"))),
        || answer(&secret("B")),
    );
    annotated(nothing, || answer(&secret("C")));
    annotated(nothing, || answer(&secret("C")));
    annotated(
        |request| request.text("request_id", &secret("D")),
        without_id,
    );
    let records = records_of(&session);
    assert_eq!(records.len(), 3);
    let written = format!("{records:?}");
    assert!(!written.contains("abcdefghijklmnop"), "{written}");
    assert!(written.contains("wrong key [redacted]"), "{written}");
    // A Responses id of LiteLLM is long, but it is not a secret.
    let id =
        "resp_gU3dFZLcUZAbM8_oqjdUuYKuVrjzBHJNT4WY296kPHxi7go_MjBy7aUUknUSQLB16OAJqVhHqe7T97LW";
    annotated(nothing, || answer(id));
    assert_eq!(records_of(&session)[3].request_id.as_deref(), Some(id));
}

#[test]
fn no_stored_value_can_be_computed_from_a_secret() {
    let fnv = |text: &str| {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{hash:016x}")
    };
    let secret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    let (session, _entered) = session();
    annotated(
        |request| {
            request.text("model", secret);
            request.text("effort", "AKIAIOSFODNN7EXAMPLE");
            request.text("retry_cause", secret);
        },
        || answer(secret),
    );
    let records = records_of(&session);
    let record = &records[0];
    for text in [&record.model, &record.reasoning_effort, &record.retry_cause] {
        assert_eq!(text.as_deref(), Some("[redacted]"));
    }
    let id = record.request_id.as_deref().unwrap();
    let suffix = id.strip_prefix("[redacted]…").unwrap();
    assert_eq!(suffix.len(), 16, "{id}");
    assert_ne!(suffix, fnv(secret));
    // The key of the hash is that of this process: a reader of the log cannot test guesses.
    let standard = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
    let standard = std::hash::BuildHasher::hash_one(&standard, secret);
    assert_ne!(suffix, format!("{standard:016x}"));
}

#[test]
fn an_id_is_stored_as_it_is_whatever_it_looks_like() {
    let (session, _entered) = session();
    let ids = [
        "018f2b1e-7c3a-7def-8123-456789abcdef",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "chatcmpl-9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "resp_x-hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
        "urn:uuid:018f2b1e-7c3a-7def-8123-456789abcdef",
    ];
    for id in ids {
        annotated(nothing, || answer(id));
    }
    let records = records_of(&session);
    let stored: Vec<_> = records
        .iter()
        .filter_map(|record| record.request_id.as_deref())
        .collect();
    assert_eq!(stored, ids);
}
