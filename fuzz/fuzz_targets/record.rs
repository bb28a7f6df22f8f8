//! The scanner reads a line like serde, and each line of a log is either a record or counted as skipped.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telemetry_schema::record::{Lines, Record, Records, SessionRecord, Span};

fuzz_target!(|log: &[u8]| {
    let mut records = Records::new(log);
    let mut read = 0_u64;
    records.each(|_| read += 1).unwrap();
    let skipped = records.skipped().total();

    let (mut lines, mut count) = (Lines::new(log), 0);
    while let Some(line) = lines.next_line().unwrap() {
        count += 1;
        match Record::parse(line) {
            Ok(Record::Span(span)) => {
                let expected: Span<'_> = serde_json::from_slice(line).expect("serde accepts the line");
                assert_eq!(format!("{span:?}"), format!("{expected:?}"));
            }
            Ok(Record::Session(record)) => {
                let expected: SessionRecord<'_> = serde_json::from_slice(line).expect("serde accepts the line");
                assert_eq!(record, expected);
            }
            _ => {}
        }
    }
    assert_eq!(read + skipped, count + lines.too_long());
});
