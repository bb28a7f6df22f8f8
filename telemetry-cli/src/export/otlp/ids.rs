//! Trace and span ids that are equal in each export.
//!
//! Records have W3C ids. The parent of a span is a number, whose id is hashed with the id of the launch. Records of
//! versions without ids get ids that are hashed from the name of the process's files, the session and the number.

use telemetry_schema::launch::LaunchKeys;
use telemetry_schema::record::{Event, Header, SessionRecord, Span, Timestamp};

use super::links::{Links, SpanId, TraceId};

/// The ids of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpanIds {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
}

/// FNV-1a with 128 bits: stable, and long enough to make collisions within a fleet improbable.
const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

fn hash(start: u128, bytes: &[u8]) -> u128 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

/// Returns a stable hash of texts. A separator keeps (`ab`, `c`) apart from (`a`, `bc`).
pub(in crate::export) fn hash_of(parts: &[&[u8]]) -> u128 {
    parts
        .iter()
        .fold(BASIS, |start, part| hash(hash(start, part), &[0xff]))
}

/// Returns the id of a trace for a hash; it is not zero.
fn trace_of_hash(hash: u128) -> TraceId {
    hash.max(1).to_be_bytes()
}

/// Returns the id of a span for a hash; it is not zero.
pub(super) fn span_of_hash(hash: u128) -> SpanId {
    let folded = u64::try_from(hash >> 64).unwrap_or(0)
        ^ u64::try_from(hash & u128::from(u64::MAX)).unwrap_or(0);
    folded.max(1).to_be_bytes()
}

/// Parses an id of hexadecimal digits. `None` if the text has another length, or is zero.
fn parse<const N: usize>(text: Option<&str>) -> Option<[u8; N]> {
    let text = text?;
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = [0; N];
    for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    (id != [0; N]).then_some(id)
}

/// The ids of one process.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LaunchIds {
    /// The id of the launch, which headers have.
    launch: Option<LaunchKeys>,
    /// The hash of the name of the files, for records without ids.
    name: u128,
    made: Timestamp,
}

impl LaunchIds {
    /// Returns the ids of the process whose first file is `file` and has this header. The names of later segments give
    /// equal ids.
    pub(super) fn of(file: &str, header: Option<&Header<'_>>) -> Self {
        let launch = file.split('.').next().unwrap_or(file);
        let id = header.and_then(|header| parse(header.launch_id.as_deref()));
        Self {
            launch: id.map(|id| LaunchKeys::of(u128::from_be_bytes(id))),
            name: hash(BASIS, launch.as_bytes()),
            made: header.map(|header| header.ts).unwrap_or_default(),
        }
    }

    /// Returns the ids of a span.
    pub(super) fn of_span(self, it: &Span<'_>, links: &Links) -> SpanIds {
        let session = it.session_id.as_deref();
        let known = parse(it.trace_id.as_deref()).zip(parse(it.span_id.as_deref()));
        let Some((trace, span)) = known else {
            return SpanIds {
                trace: self.old_trace(it.id, session, links),
                span: self.old_span(session, it.id),
                parent: it
                    .parent
                    .map(|parent| self.old_span(links.session(parent, session), parent)),
            };
        };
        let local = || Some(self.span(it.parent?)?.to_be_bytes());
        SpanIds {
            trace,
            span,
            parent: parse(it.parent_span_id.as_deref()).or_else(local),
        }
    }

    /// Returns the ids of the trace and of the span in which an event happened.
    pub(super) fn of_parent(
        self,
        parent: u64,
        session: Option<&str>,
        links: &Links,
    ) -> (TraceId, SpanId) {
        let span = links.ids(parent).or_else(|| {
            let root = links.root(parent);
            Some((
                links
                    .ids(root)
                    .map_or_else(|| self.trace(root), |(trace, _)| Some(trace))?,
                self.span(parent)?.to_be_bytes(),
            ))
        });
        span.unwrap_or_else(|| {
            let id = self.old_span(links.session(parent, session), parent);
            (self.old_trace(parent, session, links), id)
        })
    }

    /// Returns the ids of the trace and of the span in which an event happened, if its record has the id of the trace.
    pub(super) fn of_event(self, it: &Event<'_>) -> Option<(TraceId, SpanId)> {
        let local = || Some(self.span(it.parent?)?.to_be_bytes());
        let span = parse(it.parent_span_id.as_deref()).or_else(local)?;
        Some((parse(it.trace_id.as_deref())?, span))
    }

    /// Returns the ids like [`of_parent`](Self::of_parent); `None` if the record of the parent is not known, and the ids
    /// would be guessed.
    #[cfg(feature = "otlp-send")]
    pub(super) fn of_known_parent(
        self,
        parent: u64,
        session: Option<&str>,
        links: &Links,
    ) -> Option<(TraceId, SpanId)> {
        let is_known = self.launch.is_none() || links.ids(parent).is_some();
        is_known.then(|| self.of_parent(parent, session, links))
    }

    /// Returns a hash of the process.
    #[cfg(feature = "otlp-send")]
    pub(super) fn process_hash(self) -> u128 {
        self.launch.map_or(self.name, LaunchKeys::id)
    }

    /// Returns the id of the span with this number, as the runtime makes it.
    fn span(self, number: u64) -> Option<u64> {
        Some(self.launch?.span_id(number))
    }

    /// Returns the id of the trace whose root has this number, as the runtime makes it.
    fn trace(self, root: u64) -> Option<TraceId> {
        Some(self.launch?.trace_id(root).to_be_bytes())
    }

    /// Hashes a span's number with its process. Processes on two machines can have equal process ids and start
    /// in the same second, in containers even regularly. The session, or without one the time of the header,
    /// distinguishes them.
    fn old_hash(self, session: Option<&str>, id: u64) -> u128 {
        let launch = match session {
            Some(session) => hash(self.name, session.as_bytes()),
            None => hash(self.name, &self.made.micros().to_le_bytes()),
        };
        hash(launch, &id.to_le_bytes())
    }

    fn old_span(self, session: Option<&str>, id: u64) -> SpanId {
        span_of_hash(hash(self.old_hash(session, id), b"span"))
    }

    fn old_trace(self, id: u64, session: Option<&str>, links: &Links) -> TraceId {
        let root = links.root(id);
        let session = links.session(root, session);
        trace_of_hash(hash(self.old_hash(session, root), b"trace"))
    }
}

/// Returns the ids in a span record that has ids.
pub(super) fn recorded(it: &Span<'_>) -> Option<(TraceId, SpanId)> {
    parse(it.trace_id.as_deref()).zip(parse(it.span_id.as_deref()))
}

/// Returns the ids of the span of a request. A record without ids has those of a hash: a trace for each session.
pub(super) fn of_request(it: &SessionRecord<'_>) -> SpanIds {
    let known = parse(it.trace_id.as_deref()).zip(parse(it.span_id.as_deref()));
    if let Some((trace, span)) = known {
        return SpanIds {
            trace,
            span,
            parent: parse(it.parent_span_id.as_deref()),
        };
    }
    SpanIds {
        trace: trace_of_hash(hash(BASIS, it.session_id.as_bytes())),
        span: span_of_hash(request_hash(it)),
        parent: None,
    }
}

/// Returns the id of the span that a request names, if it names one.
pub(super) fn span_of_request(it: &SessionRecord<'_>) -> Option<SpanId> {
    parse::<16>(it.trace_id.as_deref()).and(parse(it.span_id.as_deref()))
}

/// Returns a hash that differs between the requests of a fleet, and between a request and its amendments.
pub(super) fn request_hash(it: &SessionRecord<'_>) -> u128 {
    let number = |number: Option<u64>| number.map_or([0; 8], u64::to_le_bytes);
    hash_of(&[
        it.session_id.as_bytes(),
        it.request_id.as_deref().unwrap_or_default().as_bytes(),
        &it.ts.micros().to_le_bytes(),
        &number(it.attempt.map(u64::from)),
        &[u8::from(it.is_amendment()), u8::from(it.is_ok())],
        &number(it.prompt_tokens),
        &number(it.completion_tokens),
        &number(it.total_tokens),
        &it.cost_usd.map_or([0; 8], |cost| cost.0.to_le_bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const SESSION: Option<&str> = Some("019ab2b1-7c3a-7def-8123-000000000001");

    fn ids(file: &str, made: i64) -> LaunchIds {
        let header = Header {
            ts: Timestamp::from_micros(made),
            ..Header::default()
        };
        LaunchIds::of(file, Some(&header))
    }

    fn hex(id: &[u8]) -> String {
        id.iter().fold(String::new(), |mut digits, byte| {
            write!(digits, "{byte:02x}").unwrap();
            digits
        })
    }

    #[test]
    fn ids_of_records_without_ids_are_stable_and_shared_by_segments() {
        let first = ids("20261122T185400Z-4242.jsonl", 7);
        let segment = ids("20261122T185400Z-4242.3.jsonl", 7);
        assert_eq!(first.old_span(SESSION, 17), segment.old_span(SESSION, 17));
        let trace = first.old_trace(3, SESSION, &Links::default());
        // A different id would duplicate the data in a backend.
        assert_eq!(hex(&trace), "07e8115403d4e11f79ea2f54ebcf56d5");
        assert_eq!(hex(&first.old_span(SESSION, 17)), "e383dc3d8f6484a0");
        assert_eq!(hex(&first.old_span(None, 17)), "6e7bb9ec060dea16");
    }

    #[test]
    fn ids_of_two_machines_differ() {
        let one = ids("20261122T185400Z-1.jsonl", 7);
        let later = ids("20261122T185400Z-1.jsonl", 8);
        assert_ne!(one.old_span(SESSION, 17), one.old_span(SESSION, 18));
        assert_ne!(one.old_span(SESSION, 17), one.old_span(Some("another"), 17));
        assert_ne!(one.old_span(None, 17), later.old_span(None, 17));
        // With a session, an id does not depend on the files that still exist.
        assert_eq!(one.old_span(SESSION, 17), later.old_span(SESSION, 17));
        let another = ids("20261122T185400Z-2.jsonl", 7);
        assert_ne!(one.old_span(SESSION, 17), another.old_span(SESSION, 17));
    }

    #[test]
    fn ids_of_records_are_parsed() {
        assert_eq!(parse::<8>(Some("00f067aa0ba902b7")).unwrap()[1], 0xf0);
        for text in [
            "",
            "00f067aa0ba902b",
            "0000000000000000",
            "00f067aa0ba902bg",
            "+0f067aa0ba902b7",
        ] {
            assert_eq!(parse::<8>(Some(text)), None, "{text}");
        }
    }
}
