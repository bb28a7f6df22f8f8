use std::fmt;

use proptest::prelude::*;

use super::*;
use crate::enabled::buffer::LineBuffer;
use crate::enabled::field::FieldValue;
use crate::enabled::frame::{Frame, FrameKind, FrameView};

/// Returns the JSON of the one field that `fill` adds.
fn json(fill: impl FnOnce(&mut Frame)) -> String {
    let mut frame = Frame::default();
    fill(&mut frame);
    let view = FrameView::new(frame.finish(FrameKind::Event, 0, crate::Outcome::Ok)).unwrap();
    let item = view.items().next().unwrap();
    let mut buffer = LineBuffer::default();
    buffer.line(|line| value(line, &item.value));
    String::from_utf8(buffer.lines().to_vec()).unwrap()
}

fn json_of(value: &(impl FieldValue + ?Sized)) -> String {
    json(|frame| frame.value("key", value))
}

/// Returns the JSON of a text of which `max` bytes may be stored.
fn capped(text_: &str, max: usize) -> serde_json::Value {
    let mut buffer = LineBuffer::default();
    buffer.line(|line| text(line, text_.as_bytes(), max, text_.len() as u64));
    serde_json::from_slice(buffer.lines()).unwrap()
}

#[test]
fn integers_are_exact_and_floats_read_back() {
    assert_eq!(json_of(&u128::MAX), u128::MAX.to_string());
    assert_eq!(json_of(&0_u128), "0");
    assert_eq!(json_of(&i64::MIN), i64::MIN.to_string());
    assert_eq!(json_of(&i128::MIN), i128::MIN.to_string());
    assert_eq!(json_of(&1e300), "1e300");
    assert_eq!(json_of(&0.1_f32), "0.1");
    assert_eq!(json_of(&f64::NAN), "\"NaN\"");
    assert_eq!(json_of(&f64::NEG_INFINITY), "\"-inf\"");
}

#[test]
fn long_texts_are_cut_at_a_character_and_marked() {
    assert_eq!(capped("äöü", 6), "äöü");
    assert_eq!(capped("äöü", 5), "äö…[+2 bytes]");
    let long = "ä".repeat(2_000);
    let stored = json_of(long.as_str());
    assert_eq!(stored, format!("\"{}…[+2976 bytes]\"", "ä".repeat(512)));
}

#[test]
fn values_without_room_are_replaced_by_their_length_and_then_counted() {
    let items: Vec<_> = (0..60).map(|_| "\u{1}".repeat(1_000)).collect();
    let mut frame = Frame::default();
    for text in &items {
        frame.value("key", text);
    }
    let view = FrameView::new(frame.finish(FrameKind::Event, 0, crate::Outcome::Ok)).unwrap();
    let mut buffer = LineBuffer::default();
    buffer.line(|line| fields(line, &mut KeyCache::new(), view.items(), 3));
    let text = String::from_utf8(buffer.lines().to_vec()).unwrap();
    // Each of these keys takes 6,000 bytes; the other keys are replaced by their lengths.
    assert_eq!(text.matches("\"key\":\"\\u0001").count(), 6);
    assert!(text.contains("\"key\":\"…[+1000 bytes]\""));
    assert!(text.ends_with(",\"fields_left_out\":3}"), "{text}");
}

#[test]
fn a_panicking_debug_implementation_is_caught() {
    struct Bad;
    impl fmt::Debug for Bad {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half of it")?;
            panic!("the host's own mistake")
        }
    }
    let stored = json(|frame| frame.formatted("key", format_args!("{Bad:?}")));
    assert_eq!(stored, "\"[panicked]\"");
}

#[test]
fn a_panic_whose_payload_panics_on_drop_is_caught() {
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
    let stored = json(|frame| frame.formatted("key", format_args!("{Bad}")));
    assert_eq!(stored, "\"[panicked]\"");
}

#[test]
fn a_token_longer_than_the_kept_part_of_a_text_is_masked() {
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
        let by_value = json_of(text.as_str());
        let by_display = json(|frame| frame.formatted("key", format_args!("{text}")));
        for stored in [by_value, by_display] {
            assert!(
                !stored.contains("aaaa") && stored.contains("[redacted]"),
                "{stored}"
            );
        }
    }
}

#[test]
fn of_a_key_across_the_cut_nothing_is_left() {
    let key = "sk-proj-abcdEFGH1234ijklMNOP5678";
    for before in 0..key.len() + 2 {
        let text = format!("{} {key} and more", "x".repeat(40 - before));
        let stored = capped(&text, 40);
        let stored = stored.as_str().unwrap();
        assert!(!stored.contains("sk-"), "{stored}");
        // The text after the cut stays behind it where the key in front became shorter.
        assert!(!stored.contains("more"), "{stored}");
    }
}

#[test]
fn a_key_in_debug_output_is_masked_behind_its_escapes() {
    #[derive(Debug)]
    struct Failure {
        #[expect(dead_code, reason = "Debug reads it")]
        body: String,
    }
    let failure = Failure {
        body: "first\nghp_0123456789abcdefghijABCDEFGHIJ012345\t{\"api_key\":\"hunter2\"}"
            .to_owned(),
    };
    let stored = json(|frame| frame.formatted("key", format_args!("{failure:?}")));
    assert!(
        !stored.contains("0123456789") && !stored.contains("hunter2"),
        "{stored}"
    );
}

proptest! {
    #[test]
    fn any_text_under_any_cap_is_json_within_the_cap(text: String, cap in 0_usize..64) {
        let read = capped(&text, cap);
        let read = read.as_str().unwrap();
        if text.len() <= cap {
            prop_assert_eq!(read, text);
        } else {
            let (kept, _) = read.rsplit_once("…[+").unwrap();
            prop_assert!(kept.len() <= cap);
            prop_assert!(text.starts_with(kept));
        }
    }

    #[test]
    fn a_text_is_parsed_back_however_it_was_recorded(text in "\\PC{0,80}|[ -~\n\t\"\\\\]{0,80}") {
        // Masking has tests of its own.
        prop_assume!(matches!(mask::mask(&text), std::borrow::Cow::Borrowed(_)));
        let read = |json: String| serde_json::from_str::<String>(&json).unwrap();
        prop_assert_eq!(&read(json_of(text.as_str())), &text);
        let formatted = json(|frame| frame.formatted("key", format_args!("{text}")));
        prop_assert_eq!(&read(formatted), &text);
    }
}
