//! Ids of requests, sessions and traces stay as they are, wherever they stand.

use std::borrow::Cow;

use super::super::{is_id, mask};

/// Ids as providers, gateways and tracers make them.
const IDS: [&str; 22] = [
    "chatcmpl-9nQkLmZfC3sXy7TqVbW2eRt4UiOp1",
    "chatcmpl-5e1f0c1e-4c6f-4f0b-9d5a-0b7f3a1c2d3e",
    "cmpl-6Ypz3Hq0bTn2WcVxJkLmSdFgA1B2C",
    "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
    "resp_gU3dFZLcUZAbM8_oqjdUuYKuVrjzBHJNT4WY296kPHxi7go_MjBy7aUUknUSQLB16OAJqVhHqe7T97LW",
    "resp_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDpOb25lO3Jlc3BvbnNlX2lkOnJlc3BfNjg=",
    "msg_013Zva2CMHLNnjNjtJKqJ2EF",
    "msg_bdrk_01Hf8yXkRkZq3vT9mVwUuJpL",
    "req_011CSHoEeqs5C35K2UUqR7Fy",
    "req_8f14e45fceea167a5a36dedd4bea2543",
    "call_Q7wR2tYuIoPaSdFgHjKlZxCv",
    "toolu_01A09q90qw90lq917835lq9x",
    "gen-1741893450-KQ0FvJ8mWcXyZ2dNbT4s",
    "run_abc123DEF456ghi789JKL012mno",
    "thread_Ab3dEf6hIj9kLm2oPq5rSt8u",
    "0af7651916cd43dd8448eb211c80319c",
    "b7ad6b7169203331",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "01983f0e-7c3a-7b1d-9e5f-2a4c6b8d0e1f",
    "1-67891233-abcdef012345678912345678",
    "6f1c3a9e-0b2d-4e5f-8a7b-9c0d1e2f3a4b",
    "litellm_trace-3f2504e0-4f89-11d3-9a0c-0305e82c3301",
];

#[test]
fn ids_are_ids_and_stay_in_every_text() {
    for id in IDS {
        assert!(is_id(id), "{id}");
        for text in [
            id.to_owned(),
            format!("request {id} failed"),
            format!("x-request-id: {id}"),
            format!(r#"{{"id":"{id}","request_id":"{id}","trace_id":"{id}"}}"#),
            format!("request_id={id} session_id={id}"),
            format!("{:?}", format!("first\n{id}\n")),
        ] {
            assert!(
                matches!(mask(&text), Cow::Borrowed(_)),
                "{text}: {}",
                mask(&text)
            );
        }
    }
}

#[test]
fn an_id_may_have_parts() {
    for id in [
        "urn:uuid:0198c0de-0000-7000-8000-000000000001",
        "projects/agent/sessions/42",
        "req:42",
    ] {
        assert!(is_id(id), "{id}");
    }
}

#[test]
fn a_key_is_not_an_id() {
    for key in [
        "sk-proj-ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
        "Bearer abcdefghijklmnop12",
        "api_key=abcdefghijklmnop12",
        "https://ada:hunter2hunter@host.example",
        "password:hunter2Pw9x",
        "a/password:hunter2Pw9x",
        "",
        "==",
    ] {
        assert!(!is_id(key), "{key}");
    }
}
