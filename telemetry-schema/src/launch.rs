//! The ids of the spans and traces of a launch.
//!
//! A launch is a run of a process, and has a random id of 128 bits, which is in the header of its files. A span has a number, which
//! is unique in its launch. The W3C id of a span is a hash of the launch and the number, and the id of a trace that began in the
//! launch is a hash of the number of its root. So the writer and the readers compute equal ids, and a record names its parent by
//! the number alone.

/// The keys with which the numbers of a launch are hashed: the halves of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchKeys {
    trace_key: u64,
    span_key: u64,
}

impl LaunchKeys {
    /// Returns the keys of the launch with this id.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "each half is a u64")]
    pub const fn of(launch: u128) -> Self {
        Self {
            trace_key: (launch >> 64) as u64,
            span_key: launch as u64,
        }
    }

    /// Returns the id of the launch.
    #[must_use]
    pub const fn id(self) -> u128 {
        join(self.trace_key, self.span_key)
    }

    /// Returns the id of the span with this number; it is not zero. The ids of one launch differ from each other.
    #[must_use]
    #[inline]
    pub const fn span_id(self, number: u64) -> u64 {
        match mix(number, self.span_key) {
            // Zero is not a valid id.
            0 => 1,
            id => id,
        }
    }

    /// Returns the id of the trace that the root span with this number began. Its lower half is the id of that span.
    #[must_use]
    #[inline]
    pub const fn trace_id(self, root: u64) -> u128 {
        join(self.upper_trace_id(root), self.span_id(root))
    }

    /// Returns the upper half of the id of the trace that the root span with this number began.
    #[must_use]
    #[inline]
    pub const fn upper_trace_id(self, root: u64) -> u64 {
        mix(root, self.trace_key)
    }
}

const fn join(upper: u64, lower: u64) -> u128 {
    (upper as u128) << 64 | lower as u128
}

/// Mixes the bits of a number and a key: for each key, another permutation of all numbers (the finalizer of `SplitMix64`).
#[inline]
const fn mix(number: u64, key: u64) -> u64 {
    let mut bits = number ^ key;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const LAUNCH: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

    #[test]
    fn ids_of_one_launch_differ_and_are_not_zero() {
        let keys = LaunchKeys::of(LAUNCH);
        let spans: HashSet<u64> = (0..10_000).map(|number| keys.span_id(number)).collect();
        let traces: HashSet<u128> = (0..10_000).map(|number| keys.trace_id(number)).collect();
        assert_eq!((spans.len(), traces.len()), (10_000, 10_000));
        // The number whose hash is zero.
        assert_eq!(keys.span_id(keys.span_key), 1);
        assert_eq!(keys.id(), LAUNCH);
    }

    #[test]
    fn two_launches_have_no_id_in_common() {
        let of = |launch| (0..10_000).map(move |number| LaunchKeys::of(launch).span_id(number));
        let first: HashSet<u64> = of(LAUNCH).collect();
        assert!(of(!LAUNCH).all(|id| !first.contains(&id)));
    }

    /// Another hash would give other ids to existing records.
    #[test]
    fn ids_stay_as_they_are() {
        let keys = LaunchKeys::of(LAUNCH);
        assert_eq!(keys.span_id(1), 0x3448_5a68_975c_4bf2);
        assert_eq!(keys.trace_id(1), 0x965d_5ac0_f592_2375_3448_5a68_975c_4bf2);
    }
}
