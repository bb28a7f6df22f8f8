//! Trace and span ids that are equal in each export.

use telemetry_schema::record::Timestamp;

/// The ids of one process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    launch: u128,
    made: Timestamp,
}

/// FNV-1a with 128 bits: stable, and long enough to make collisions within a fleet improbable.
const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

fn hash(start: u128, bytes: &[u8]) -> u128 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

impl Ids {
    /// Returns the ids of the process whose first file is `file` and has a header of the time `made`. The
    /// names of later segments give the same ids.
    pub(super) fn of(file: &str, made: Timestamp) -> Self {
        let launch = file.split('.').next().unwrap_or(file);
        let launch = hash(BASIS, launch.as_bytes());
        Self { launch, made }
    }

    /// Returns the trace id for a text.
    pub(super) fn trace_of(text: &str) -> String {
        format!("{:032x}", hash(BASIS, text.as_bytes()).max(1))
    }

    /// Hashes a span id with its process. Processes on two machines can have equal process ids and start
    /// in the same second, in containers even regularly. The session, or without one the time of the header,
    /// distinguishes them.
    fn span_of(self, session: Option<&str>, id: u64) -> u128 {
        let launch = match session {
            Some(session) => hash(self.launch, session.as_bytes()),
            None => hash(self.launch, &self.made.micros().to_le_bytes()),
        };
        hash(launch, &id.to_le_bytes())
    }

    /// Returns a trace id: 32 hexadecimal digits, not all zero.
    pub(super) fn trace(self, session: Option<&str>, root: u64) -> String {
        let trace = hash(self.span_of(session, root), b"trace");
        format!("{:032x}", trace.max(1))
    }

    /// Returns a span id: 16 hexadecimal digits, not all zero.
    pub(super) fn span(self, session: Option<&str>, id: u64) -> String {
        let span = hash(self.span_of(session, id), b"span");
        let folded = u64::try_from(span >> 64).unwrap_or(0)
            ^ u64::try_from(span & u128::from(u64::MAX)).unwrap_or(0);
        format!("{:016x}", folded.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Option<&str> = Some("019ab2b1-7c3a-7def-8123-000000000001");

    #[test]
    fn ids_are_stable_and_shared_by_segments() {
        let of = |file| Ids::of(file, Timestamp::from_micros(7));
        let ids = of("20261122T185400Z-4242.jsonl");
        let segment = of("20261122T185400Z-4242.3.jsonl");
        assert_eq!(ids.span(SESSION, 17), segment.span(SESSION, 17));
        assert_eq!(
            (ids.trace(None, 3).len(), ids.span(None, 3).len()),
            (32, 16)
        );
        // A different id would duplicate the data in a backend.
        assert_eq!(ids.trace(SESSION, 3), "07e8115403d4e11f79ea2f54ebcf56d5");
        assert_eq!(ids.span(SESSION, 17), "e383dc3d8f6484a0");
        assert_eq!(ids.span(None, 17), "6e7bb9ec060dea16");
    }

    #[test]
    fn ids_of_two_machines_differ() {
        let of = |file, made| Ids::of(file, Timestamp::from_micros(made));
        let ids = of("20261122T185400Z-1.jsonl", 7);
        let later = of("20261122T185400Z-1.jsonl", 8);
        assert_ne!(ids.span(SESSION, 17), ids.span(SESSION, 18));
        assert_ne!(ids.span(SESSION, 17), ids.span(Some("another"), 17));
        assert_ne!(ids.trace(SESSION, 17), ids.trace(Some("another"), 17));
        assert_ne!(ids.span(None, 17), later.span(None, 17));
        // With a session, an id does not depend on the files that still exist.
        assert_eq!(ids.span(SESSION, 17), later.span(SESSION, 17));
        let another = of("20261122T185400Z-2.jsonl", 7);
        assert_ne!(ids.span(SESSION, 17), another.span(SESSION, 17));
    }
}
