//! What this version did not write: other programs' numbers, files and lines.

use super::*;

#[test]
fn numbers_at_the_end_of_their_range_stay_there() {
    let id = SessionId::from_bytes([4; 16]);
    let max = u64::MAX;
    let mut lines = Vec::new();
    for request in 0..2 {
        writeln!(
            lines,
            r#"{{"ts":"2026-11-22T18:54:00Z","session_id":"{id}","turn":{max},"request_id":"{request}","prompt_tokens":{max},"completion_tokens":{max},"cached_tokens":{max},"latency_ms":{max},"cost_usd":9223372036}}"#
        )
        .unwrap();
    }
    let path = segment("20261119T000000Z-1", &lines);
    let session = Session::found(id).unwrap();
    write(&session, "2", |_| {});
    let totals = session.snapshot().totals;
    assert_eq!((totals.requests, totals.prompt_tokens), (3, max));
    assert_eq!((totals.total_tokens, totals.cost_nanos), (max, i64::MAX));
    assert!(session.snapshot().to_string().contains("requests"));
    assert_eq!(records_of(&session).last().unwrap().turn, Some(max));
    fs::remove_file(path).unwrap();
}
