//! New ids: version 7 UUIDs, which sort by time.
//!
//! The ids are built here from a clamped time and from random bytes that may be missing, because the constructors of the
//! library panic where the system has no random bytes, and calculate with the time without checks.

use std::sync::Mutex;
use std::time::SystemTime;

use uuid::{Builder, Uuid};

use crate::SessionId;
use crate::enabled::process::{PerProcess, lock};
use crate::enabled::random::random_bytes;

/// The highest time of an id, in milliseconds since 1970: the year 10889.
const MAX_MILLIS: u64 = (1 << 48) - 1;
/// The highest count within a millisecond.
const MAX_COUNT: u16 = 0xfff;
/// The first count of a millisecond is random below this, so that counts remain for further ids.
const FIRST_COUNTS: u16 = 0x800;
/// The distance up to which ids remain ahead of a clock that was set back. Beyond it, they follow the clock.
const MAX_AHEAD: u64 = 10_000;

/// The state that orders the ids of one millisecond. A forked child has its own, because it may inherit a locked lock.
static ORDER: PerProcess<Mutex<IdOrder>> = PerProcess::new(|| Mutex::new(IdOrder::default()));

/// The time and the count of the last id.
#[derive(Debug, Default)]
struct IdOrder {
    millis: u64,
    count: u16,
}

impl IdOrder {
    /// Returns the time and the count of the next id. `random` is random.
    fn next(&mut self, now: u64, random: u16) -> (u64, u16) {
        let now = now.min(MAX_MILLIS);
        if now > self.millis || self.millis - now > MAX_AHEAD {
            (self.millis, self.count) = (now, random % FIRST_COUNTS);
        } else if self.count < MAX_COUNT {
            self.count += 1;
        } else {
            (self.millis, self.count) = ((self.millis + 1).min(MAX_MILLIS), random % FIRST_COUNTS);
        }
        (self.millis, self.count)
    }
}

/// Makes a version 7 UUID. Never panics: a clock before 1970 counts as 1970.
pub(crate) fn new_uuid() -> Uuid {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(MAX_MILLIS);
    let mut bytes: [u8; 10] = random_bytes();
    let random = u16::from_be_bytes([bytes[0], bytes[1]]);
    let (millis, count) = lock(ORDER.get()).next(now, random);
    bytes[..2].copy_from_slice(&count.to_be_bytes());
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// Makes the id of a new session.
pub(super) fn new_session_id() -> SessionId {
    new_uuid().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_within_a_millisecond_and_while_the_clock_goes_back() {
        let mut order = IdOrder::default();
        let mut last = (0, 0);
        // More ids than one millisecond has counts, then a clock that is set back by seconds.
        let times = std::iter::repeat_n(5_000, 10_000).chain((0..5_000).rev());
        for now in times {
            let next = order.next(now, 0xffff);
            assert!(next > last, "{next:?} after {last:?}");
            last = next;
        }
        assert_eq!(order.next(1_000_000, 0).0, 1_000_000);
        assert_eq!(
            order.next(7, 0).0,
            7,
            "a clock that was set back far is followed"
        );
    }

    #[test]
    fn times_beyond_the_range_are_clamped() {
        let mut order = IdOrder::default();
        for now in [u64::MAX, MAX_MILLIS, 0, u64::MAX] {
            for _ in 0..10_000 {
                assert!(order.next(now, u16::MAX).0 <= MAX_MILLIS);
            }
        }
    }

    #[test]
    fn ids_have_the_version_and_the_time() {
        let before = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let id = new_uuid();
        assert_eq!(
            (id.get_version_num(), id.get_variant()),
            (7, uuid::Variant::RFC4122)
        );
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        let before = before.unwrap_or_default().as_secs();
        assert!(seconds.abs_diff(before) < 100, "{seconds} {before}");
    }
}
