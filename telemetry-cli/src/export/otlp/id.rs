//! Ids that a second export makes again.

/// Those of one process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids(u128);

/// FNV-1a with 128 bits: stable, and long enough that no two of a fleet's spans meet by chance.
const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

fn hash(start: u128, bytes: &[u8]) -> u128 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

impl Ids {
    /// Of the process whose first file has this name; that of a later segment says the same.
    pub(super) fn of(file: &str) -> Self {
        let launch = file.split('.').next().unwrap_or(file);
        Self(hash(BASIS, launch.as_bytes()))
    }

    /// Of what any text names.
    pub(super) fn trace_of(text: &str) -> String {
        format!("{:032x}", hash(BASIS, text.as_bytes()).max(1))
    }

    /// 32 hexadecimal digits, never all zero.
    pub(super) fn trace(self, root: u64) -> String {
        let trace = hash(hash(self.0, b"trace"), &root.to_le_bytes());
        format!("{:032x}", trace.max(1))
    }

    /// 16 of them.
    pub(super) fn span(self, id: u64) -> String {
        let span = hash(hash(self.0, b"span"), &id.to_le_bytes());
        let folded = u64::try_from(span >> 64).unwrap_or(0)
            ^ u64::try_from(span & u128::from(u64::MAX)).unwrap_or(0);
        format!("{:016x}", folded.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_stay_what_they_are_and_segments_share_them() {
        let ids = Ids::of("20261122T185400Z-4242.jsonl");
        assert_eq!(
            ids.span(17),
            Ids::of("20261122T185400Z-4242.3.jsonl").span(17)
        );
        assert_ne!(ids.span(17), ids.span(18));
        assert_ne!(
            ids.span(17),
            Ids::of("20261122T185400Z-4243.jsonl").span(17)
        );
        assert_eq!((ids.trace(3).len(), ids.span(3).len()), (32, 16));
        // A change here doubles what a backend has.
        assert_eq!(ids.trace(3), "c4a001006c5ef88f4a2a4b55e2e343d4");
        assert_eq!(ids.span(17), "5295054f654b4fca");
    }
}
