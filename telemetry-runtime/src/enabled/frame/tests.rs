use proptest::prelude::*;

use super::item::copy_short;
use super::*;
use crate::enabled::encode;
use crate::enabled::line::{Buffer, Keys};

const KEYS: [&str; 4] = ["a", "b", "attempt", "slug"];

fn view(frame: &mut Frame) -> View<'_> {
    View::new(frame.finish(Kind::Span, 0, Outcome::Ok)).unwrap()
}

fn items(frame: &mut Frame) -> Vec<(Part, String, Raw<'_>)> {
    view(frame)
        .items()
        .map(|item| {
            (
                item.part,
                String::from_utf8_lossy(item.key.text()).into(),
                item.value,
            )
        })
        .collect()
}

/// The record that the writer makes of it.
fn written(frame: &mut Frame) -> serde_json::Value {
    let view = view(frame);
    let mut buffer = Buffer::default();
    buffer.line(|line| {
        encode::fields(
            line.put(b"{\"x\":0"),
            &mut Keys::new(),
            view.items(),
            view.left_out(),
        )
        .put(b"}")
    });
    serde_json::from_slice(buffer.lines()).unwrap()
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![
        Outcome::Ok,
        Outcome::Err,
        Outcome::Panic,
        Outcome::Cancelled,
    ])
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Span, Kind::SpanStart, Kind::Event, Kind::Text])
}

proptest! {
    #[test]
    fn a_head_reads_back(
        (kind, outcome) in (kind(), outcome()),
        (place, id, parent, start, end, distance) in any::<(u32, u64, u64, u64, u64, i64)>(),
        text: String,
    ) {
        let head = Head { kind, place, id, parent, start, end, distance, outcome };
        let mut frame = Frame::default();
        frame.text("key", &text);
        frame.begin(place, id, parent, start, distance);
        let bytes = frame.finish(kind, end, outcome);
        let (found, len) = kind_and_len(*bytes.first_chunk().unwrap());
        prop_assert_eq!((found, len), (kind, bytes.len()));
        let view = View::new(bytes).unwrap();
        prop_assert_eq!(view.head(found), head);
        prop_assert!(!view.has_more());
        prop_assert_eq!(view.left_out(), 0);
    }

    #[test]
    fn a_session_reads_back(id: Option<[u8; 16]>) {
        let id = id.map(SessionId::from_bytes);
        let bytes = session(id);
        prop_assert_eq!(session_of(&bytes), id);
        prop_assert_eq!(kind_and_len(*bytes.first_chunk().unwrap()), (Kind::Session, bytes.len()));
    }

    #[test]
    fn every_value_reads_back(
        (unsigned, signed, long, longest) in any::<(u64, i64, i128, u128)>(),
        (float, short) in any::<(f64, f32)>(),
        (yes, uuid) in any::<(bool, [u8; 16])>(),
        (count, busy) in any::<(u64, u64)>(),
        (text, formatted) in ("\\PC{0,40}", "\\PC{1,40}"),
    ) {
        let mut frame = Frame::default();
        frame.value("u", &unsigned);
        frame.value("i", &signed);
        frame.value("I", &long);
        frame.value("U", &longest);
        frame.value("f", &float);
        frame.value("s", &short);
        frame.value("b", &yes);
        frame.value("id", &SessionId::from_bytes(uuid));
        frame.value("none", &None::<u64>);
        frame.value("text", &text);
        frame.formatted("formatted", format_args!("{formatted}"));
        frame.redacted("key");
        frame.polls(count, busy);
        frame.error(format_args!("{formatted}"));
        frame.returned(format_args!("{formatted}"));
        let cut = Raw::Cut {
            text: formatted.as_bytes(),
            cap: 1024,
            full: formatted.len() as u64,
        };
        let expected = [
            (Part::Field, "u", Raw::Unsigned(unsigned)),
            (Part::Field, "i", Raw::Signed(signed)),
            (Part::Field, "I", Raw::LongSigned(long)),
            (Part::Field, "U", Raw::LongUnsigned(longest)),
            (Part::Field, "f", Raw::Float(float)),
            (Part::Field, "s", Raw::ShortFloat(short)),
            (Part::Field, "b", Raw::Bool(yes)),
            (Part::Field, "id", Raw::Uuid(uuid)),
            (Part::Field, "text", Raw::Text(text.as_bytes())),
            (Part::Field, "formatted", cut),
            (Part::Field, "key", Raw::Redacted),
            (Part::Polls, "", Raw::Polls { count, busy }),
            (Part::Error, "", cut),
            (Part::Returned, "", cut),
        ];
        // NaN is equal to nothing.
        prop_assume!(!float.is_nan() && !short.is_nan());
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(part, key, value)| (part, key.to_owned(), value))
            .collect();
        prop_assert_eq!(items(&mut frame), expected);
    }

    /// What is in a ring is what a frame put there; were it not, the writer must live through it.
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(view) = View::new(&bytes) {
            for kind in [Kind::Span, Kind::SpanStart, Kind::Event, Kind::Text] {
                let _ = view.head(kind);
            }
            Buffer::default().line(|line| {
                encode::fields(line, &mut Keys::new(), view.items(), view.left_out())
            });
        }
        let _ = session_of(&bytes);
        if let Some(first) = bytes.first_chunk() {
            prop_assert!(kind_and_len(*first).1 >= LENGTH);
        }
    }

    #[test]
    fn a_short_copy_is_a_copy(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut to = vec![0; bytes.len()];
        copy_short(&mut to, &bytes);
        prop_assert_eq!(to, bytes);
    }

    #[test]
    fn of_late_fields_the_last_word_counts_and_each_key_stands_once(
        early in prop::collection::btree_map(0_usize..4, "[a-z\"]{0,6}", 0..4),
        late in prop::collection::vec((0_usize..4, "[a-z\"]{0,6}"), 0..12),
    ) {
        let mut frame = Frame::default();
        let mut expected = serde_json::Map::new();
        for (key, value) in &early {
            frame.value(KEYS[*key], value.as_str());
            expected.insert(KEYS[*key].to_owned(), value.clone().into());
        }
        for (key, value) in &late {
            let mut more = Frame::default();
            more.value(KEYS[*key], value.as_str());
            frame.append(&more);
            expected.insert(KEYS[*key].to_owned(), value.clone().into());
        }
        let keys: Vec<String> = items(&mut frame).into_iter().map(|(_, key, _)| key).collect();
        prop_assert_eq!(keys.len(), expected.len(), "{:?}", keys);
        let read = written(&mut frame);
        if expected.is_empty() {
            prop_assert!(read.get("fields").is_none());
        } else {
            prop_assert_eq!(read["fields"].as_object(), Some(&expected));
        }
    }

    #[test]
    fn a_loop_that_says_a_key_again_makes_the_record_no_longer(count in 1_usize..80) {
        let mut frame = Frame::default();
        for _ in 0..count {
            let mut more = Frame::default();
            more.value("a", "x".repeat(900).as_str());
            more.value("b", &1);
            frame.append(&more);
        }
        prop_assert_eq!(&written(&mut frame)["fields"]["b"], &1);
        prop_assert_eq!(frame.left_out, 0);
        prop_assert!(frame.len < 1_000);
    }

    #[test]
    fn a_frame_is_bounded_and_what_is_left_out_is_counted(
        lens in prop::collection::vec(0_usize..1_000, 1..400),
        late: bool,
    ) {
        static KEYS: [&str; 8] = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
        let mut frame = Frame::default();
        for (index, len) in lens.iter().enumerate() {
            let text = "\u{1}".repeat(*len);
            if late {
                let mut more = Frame::default();
                more.value(KEYS[index % 8], text.as_str());
                frame.append(&more);
            } else {
                frame.value(KEYS[index % 8], text.as_str());
            }
        }
        frame.error(format_args!("{}", "e".repeat(5_000)));
        let kept = items(&mut frame).len() - 1;
        let left_out = frame.left_out as usize;
        prop_assert!(frame.len < crate::enabled::limits::MAX_LINE);
        if late {
            prop_assert_eq!((kept, left_out), (lens.len().min(8), 0));
        } else {
            prop_assert_eq!(kept + left_out, lens.len());
        }
        let mut buffer = Buffer::default();
        let view = view(&mut frame);
        buffer.line(|line| {
            encode::fields(line, &mut Keys::new(), view.items(), view.left_out())
        });
        prop_assert!(buffer.lines().len() <= crate::enabled::limits::MAX_FIELDS + 64);
    }
}
