use super::*;
use proptest::prelude::*;

fn limits(max_field_bytes: usize) -> Limits {
    Limits {
        max_field_bytes,
        log_content: false,
    }
}

fn json_of(value: &(impl Value + ?Sized), max: usize) -> serde_json::Value {
    let mut out = Vec::new();
    assert!(value.encode(&mut out, limits(max)));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn integers_are_exact_and_floats_read_back() {
    for (value, text) in [(u128::MAX, u128::MAX.to_string()), (0, "0".to_owned())] {
        let mut out = Vec::new();
        value.encode(&mut out, limits(8));
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }
    assert_eq!(json_of(&i64::MIN, 8), i64::MIN);
    assert_eq!(json_of(&1e300, 8), 1e300);
    assert_eq!(json_of(&f64::NAN, 8), "NaN");
    assert_eq!(json_of(&f64::NEG_INFINITY, 8), "-inf");
}

#[test]
fn none_is_left_out() {
    assert!(!None::<u8>.encode(&mut Vec::new(), limits(8)));
}

#[test]
fn long_texts_are_cut_at_a_character_and_marked() {
    assert_eq!(json_of("äöü", 6), "äöü");
    assert_eq!(json_of("äöü", 5), "äö…[+2 bytes]");
}

#[test]
fn a_panicking_debug_is_caught() {
    struct Bad;
    impl fmt::Debug for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("the host's own mistake")
        }
    }
    let mut out = Vec::new();
    formatted(&mut out, format_args!("{Bad:?}"), limits(8));
    assert_eq!(out, b"\"[panicked]\"");
}

#[test]
fn a_token_longer_than_what_is_looked_at_is_masked() {
    let token = format!(
        "eyJ{}.eyJ{}.{}",
        "a".repeat(700),
        "b".repeat(900),
        "c".repeat(86)
    );
    for text in [
        token.clone(),
        format!("the token is {token} and more"),
        token.repeat(3),
    ] {
        let stored = json_of(text.as_str(), 1024).to_string();
        assert!(
            !stored.contains("aaaa") && stored.contains("[redacted]"),
            "{stored}"
        );
    }
}

#[test]
fn a_panic_whose_payload_panics_as_well_is_caught() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("the payload's own mistake")
        }
    }
    struct Bad;
    impl fmt::Display for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            std::panic::panic_any(Payload)
        }
    }
    let mut out = Vec::new();
    formatted(&mut out, format_args!("{Bad}"), limits(8));
    assert_eq!(out, b"\"[panicked]\"");
}

proptest! {
    #[test]
    fn any_text_under_any_cap_is_json_within_it(text: String, cap in 0_usize..64) {
        let mut out = Vec::new();
        formatted(&mut out, format_args!("{text}"), limits(cap));
        let read: String = serde_json::from_slice(&out).unwrap();
        if text.len() <= cap {
            prop_assert_eq!(read, text);
        } else {
            let (kept, _) = read.rsplit_once("…[+").unwrap();
            prop_assert!(kept.len() <= cap);
            prop_assert!(text.starts_with(kept));
        }
    }
}
