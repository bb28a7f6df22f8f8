//! The scanner parses lines like serde: complete lines, damaged lines, and lines of other writers.

use std::borrow::Cow;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::tests::{documented, line, session_records};
use super::*;

/// The key by which records are distinguished.
#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(default, rename = "type", borrow, deserialize_with = "text::optional")]
    kind: Option<Cow<'a, str>>,
}

/// Parses a line with `serde_json` alone, as the reference: first its `type`, then its record.
fn reference(line: &[u8]) -> Result<Record<'_>, ParseRecordError> {
    let line = str::from_utf8(line).map_err(|_| ParseRecordError::NotUtf8)?;
    let not_json = |_: serde_json::Error| ParseRecordError::NotJson;
    let typed: Typed<'_> = serde_json::from_str(line).map_err(not_json)?;
    match typed.kind.as_deref() {
        None => serde_json::from_str(line).map(Record::Session),
        Some(Header::TYPE) => serde_json::from_str(line).map(Record::Header),
        Some(Span::TYPE) => serde_json::from_str(line).map(Record::Span),
        Some(SpanStart::TYPE) => serde_json::from_str(line).map(Record::SpanStart),
        Some(Event::TYPE) => serde_json::from_str(line).map(Record::Event),
        Some(Lost::TYPE) => serde_json::from_str(line).map(Record::Lost),
        Some(Rollup::TYPE) => serde_json::from_str(line).map(Record::Rollup),
        Some(Folded::TYPE) => serde_json::from_str(line).map(Record::Folded),
        Some(FoldedBatch::TYPE) => serde_json::from_str(line).map(Record::FoldedBatch),
        Some(RollupDays::TYPE) => serde_json::from_str(line).map(Record::RollupDays),
        Some(ScreenFrame::TYPE) => serde_json::from_str(line).map(Record::Screen),
        Some(_) => return Err(ParseRecordError::UnknownType),
    }
    .map_err(not_json)
}

fn check(line: &[u8]) -> Result<(), TestCaseError> {
    // serde also accepts an array of values for a struct, which no writer writes.
    if line.trim_ascii_start().starts_with(b"[") {
        return Ok(());
    }
    let (read, expected) = (Record::parse(line), reference(line));
    // serde does not distinguish the reasons why valid JSON is not a record.
    let read = read.map_err(|error| match error {
        ParseRecordError::UnusableCount(_) => ParseRecordError::NotJson,
        error => error,
    });
    prop_assert_eq!(
        format!("{read:?}"),
        format!("{expected:?}"),
        "{}",
        String::from_utf8_lossy(line)
    );
    Ok(())
}

fn documented_line() -> impl Strategy<Value = String> {
    let lines: Vec<_> = documented().into_iter().map(|(_, line)| line).collect();
    select(lines).prop_map(str::to_owned)
}

/// Pieces of valid and of invalid JSON.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u00e9",
        "\\ud800",
        "\\u",
        " ",
        "\t",
        "\r",
        "0",
        "-",
        "1",
        ".5",
        "e3",
        "null",
        "true",
        "nul",
        "\u{1}",
        "é",
        "\"type\":\"span\"",
        "\"type\":null,",
        "\"ts\":1,",
        "\"id\":7,",
        ",\"v\":1",
        "\"x\":[{\"y\":[1.5e-3,{}]},\"\\\"\"],",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
    ];
    select(pieces.map(str::to_owned).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_session_record_is_parsed_like_serde(record in session_records()) {
        check(line(&record).trim_ascii_end())?;
    }

    #[test]
    fn a_changed_line_is_parsed_like_serde(
        line in documented_line(),
        changes in prop::collection::vec((any::<Index>(), 0..6_usize, piece()), 1..4),
    ) {
        let mut line = line.into_bytes();
        for (at, removed, piece) in changes {
            let at = at.index(line.len() + 1);
            let end = (at + removed).min(line.len());
            line.splice(at..end, piece.into_bytes());
        }
        check(&line)?;
    }

    #[test]
    fn keys_in_any_order_and_spacing_are_parsed_like_serde(
        line in documented_line(),
        order in prop::collection::vec(any::<u32>(), 32),
        twice in prop::option::weighted(0.1, any::<Index>()),
        missing in prop::option::weighted(0.3, any::<Index>()),
        (before, after) in select(vec![("", ""), (" ", ""), ("", "\t"), ("\r\n", "  ")]),
        other in select(vec!["", "\"l\\u0061ter\":{\"a\":[[],{}]}", "\"src\":null", "\"n\\u0061me\":\"\\n\""]),
    ) {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
        let mut pairs: Vec<String> = object
            .iter()
            .map(|(key, value)| format!("\"{key}\"{before}:{after}{value}"))
            .collect();
        if let Some(twice) = twice {
            pairs.push(pairs[twice.index(pairs.len())].clone());
        }
        if let Some(missing) = missing {
            pairs.remove(missing.index(pairs.len()));
        }
        if !other.is_empty() {
            pairs.push(other.to_owned());
        }
        let mut ordered: Vec<_> = order.into_iter().cycle().zip(pairs).collect();
        ordered.sort_by_key(|(order, _)| *order);
        let pairs: Vec<_> = ordered.into_iter().map(|(_, pair)| pair).collect();
        check(format!("{before}{{{after}{}{before}}}{after}", pairs.join(&format!("{before},{after}"))).as_bytes())?;
    }

    #[test]
    fn any_value_is_parsed_like_serde(value in json(), key in select(vec!["src", "fields", "id", "x", "cost_usd"])) {
        for rest in ["\"type\":\"span\",\"name\":\"a\",\"dur_ns\":1", "\"session_id\":\"s\""] {
            check(format!("{{\"ts\":\"2026-11-22T18:54:00Z\",{rest},\"{key}\":{value}}}").as_bytes())?;
        }
    }
}

/// Returns text that is nearly JSON.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        piece(),
        "-?[0-9]{0,3}(\\.[0-9]{0,3})?([eE][-+]?[0-9]{0,2})?",
        "\"[a-z\\\\\"/nu0-9]{0,20}\"",
        any::<u64>().prop_map(|number| number.to_string()),
        ".{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(5, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec((".{0,4}", inner), 0..4).prop_map(|pairs| {
                let pairs: Vec<_> = pairs
                    .into_iter()
                    .map(|(key, value)| format!("{}:{value}", serde_json::to_string(&key).unwrap()))
                    .collect();
                format!("{{{}}}", pairs.join(" , "))
            }),
        ]
    })
}

#[test]
fn values_of_any_depth_are_skipped() {
    for depth in [1, 127, 128, 129, 1_000, 30_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let span = format!(
                r#"{{"ts":"2026-11-22T18:54:00.000000Z","type":"span","name":"a","id":1,"dur_ns":1,"fields":{nested}}}"#
            );
            let Ok(Record::Span(read)) = Record::parse(span.as_bytes()) else {
                panic!("{depth} levels of {open}");
            };
            assert_eq!(read.fields.unwrap().get(), nested);
            check(&span.as_bytes()[..span.len() - 2]).unwrap();
        }
    }
}
