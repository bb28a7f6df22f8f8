use proptest::prelude::*;

use super::item::copy_short;
use super::*;
use crate::enabled::buffer::LineBuffer;
use crate::enabled::encode;
use crate::enabled::encode::KeyCache;

const KEYS: [&str; 4] = ["a", "b", "attempt", "slug"];

fn view(frame: &mut Frame) -> FrameView<'_> {
    FrameView::new(frame.finish(FrameKind::Span, 0, Outcome::Ok)).unwrap()
}

fn items(frame: &mut Frame) -> Vec<(ItemRole, String, RawValue<'_>)> {
    view(frame)
        .items()
        .map(|item| {
            (
                item.role,
                String::from_utf8_lossy(item.key.text()).into(),
                item.value,
            )
        })
        .collect()
}

/// Returns the record that the encoder makes of the frame.
fn encoded(frame: &mut Frame) -> serde_json::Value {
    let view = view(frame);
    let mut buffer = LineBuffer::default();
    buffer.line(|line| {
        encode::fields(
            line.put(b"{\"x\":0"),
            &mut KeyCache::new(),
            view.items(),
            view.omitted(),
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

fn kind() -> impl Strategy<Value = FrameKind> {
    prop::sample::select(vec![
        FrameKind::Span,
        FrameKind::SpanStart,
        FrameKind::Event,
        FrameKind::Text,
    ])
}

proptest! {
    #[test]
    fn a_head_reads_back(
        (kind, outcome) in (kind(), outcome()),
        (route, (id, parent, root), start, end, distance) in any::<(u32, (u64, u64, u64), u64, u64, i64)>(),
        text: String,
    ) {
        let route = Route::from_bits(route);
        let head = FrameHead { kind, route, id, parent, root, start, end, distance, outcome };
        let mut frame = Frame::default();
        frame.text("key", &text);
        frame.begin(route, SpanIds { id, parent, root }, start, distance);
        let bytes = frame.finish(kind, end, outcome);
        let (found, len) = kind_and_len(*bytes.first_chunk().unwrap());
        prop_assert_eq!((found, len), (kind, bytes.len()));
        let view = FrameView::new(bytes).unwrap();
        prop_assert_eq!(view.head(found), head);
        prop_assert!(!view.has_more());
        prop_assert_eq!(view.omitted(), 0);
    }

    #[test]
    fn a_session_reads_back(id: Option<[u8; 16]>) {
        let id = id.map(SessionId::from_bytes);
        let bytes = session(id);
        prop_assert_eq!(session_of(&bytes), id);
        prop_assert_eq!(kind_and_len(*bytes.first_chunk().unwrap()), (FrameKind::Session, bytes.len()));
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
        let cut = RawValue::Cut {
            text: formatted.as_bytes(),
            cap: 1024,
            full: formatted.len() as u64,
        };
        let expected = [
            (ItemRole::Field, "u", RawValue::Unsigned(unsigned)),
            (ItemRole::Field, "i", RawValue::Signed(signed)),
            (ItemRole::Field, "I", RawValue::LongSigned(long)),
            (ItemRole::Field, "U", RawValue::LongUnsigned(longest)),
            (ItemRole::Field, "f", RawValue::Float(float)),
            (ItemRole::Field, "s", RawValue::ShortFloat(short)),
            (ItemRole::Field, "b", RawValue::Bool(yes)),
            (ItemRole::Field, "id", RawValue::Uuid(uuid)),
            (ItemRole::Field, "text", RawValue::Text(text.as_bytes())),
            (ItemRole::Field, "formatted", cut),
            (ItemRole::Field, "key", RawValue::Redacted),
            (ItemRole::Polls, "", RawValue::Polls { count, busy }),
            (ItemRole::Error, "", cut),
            (ItemRole::Returned, "", cut),
        ];
        // NaN is not equal to itself, so that the values could not be compared.
        prop_assume!(!float.is_nan() && !short.is_nan());
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(role, key, value)| (role, key.to_owned(), value))
            .collect();
        prop_assert_eq!(items(&mut frame), expected);
    }

    /// A ring contains only frames, but the writer must not panic over other bytes.
    #[test]
    fn reading_arbitrary_bytes_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Some(view) = FrameView::new(&bytes) {
            for kind in [FrameKind::Span, FrameKind::SpanStart, FrameKind::Event, FrameKind::Text] {
                let _ = view.head(kind);
            }
            LineBuffer::default().line(|line| {
                encode::fields(line, &mut KeyCache::new(), view.items(), view.omitted())
            });
        }
        let _ = session_of(&bytes);
        if let Some(first) = bytes.first_chunk() {
            prop_assert!(kind_and_len(*first).1 >= LENGTH);
        }
    }

    #[test]
    fn short_bytes_are_copied(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut to = vec![0; bytes.len()];
        copy_short(&mut to, &bytes);
        prop_assert_eq!(to, bytes);
    }

    #[test]
    fn a_late_field_replaces_the_earlier_one_with_its_key(
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
        let read = encoded(&mut frame);
        if expected.is_empty() {
            prop_assert!(read.get("fields").is_none());
        } else {
            prop_assert_eq!(read["fields"].as_object(), Some(&expected));
        }
    }

    #[test]
    fn recording_one_key_in_a_loop_does_not_grow_the_frame(count in 1_usize..80) {
        let mut frame = Frame::default();
        for _ in 0..count {
            let mut more = Frame::default();
            more.value("a", "x".repeat(900).as_str());
            more.value("b", &1);
            frame.append(&more);
        }
        prop_assert_eq!(&encoded(&mut frame)["fields"]["b"], &1);
        prop_assert_eq!(frame.omitted, 0);
        prop_assert!(frame.len < 1_000);
    }

    #[test]
    fn a_frame_is_bounded_and_omitted_fields_are_counted(
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
        let omitted = frame.omitted as usize;
        prop_assert!(frame.len < crate::enabled::limits::MAX_LINE);
        if late {
            prop_assert_eq!((kept, omitted), (lens.len().min(8), 0));
        } else {
            prop_assert_eq!(kept + omitted, lens.len());
        }
        let mut buffer = LineBuffer::default();
        let view = view(&mut frame);
        buffer.line(|line| {
            encode::fields(line, &mut KeyCache::new(), view.items(), view.omitted())
        });
        prop_assert!(buffer.lines().len() <= crate::enabled::limits::MAX_FIELDS + 64);
    }
}

#[test]
fn a_route_holds_a_log_and_a_number() {
    let route = Route::new(TUI_LOG, Route::MAX_NUMBER);
    assert_eq!((route.log(), route.number()), (TUI_LOG, Route::MAX_NUMBER));
    assert_eq!(Route::from_bits(route.bits()), route);
}
