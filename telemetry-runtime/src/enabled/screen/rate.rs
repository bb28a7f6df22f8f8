//! The rate limit of frames: a bucket of tokens. A burst is written frame by frame; a long animation is not.

/// Frames that are written one by one after a pause.
const BURST: u64 = 120;
/// Frames that are written in a second after the burst. Replayed, more are not seen, and an hour of them is about 40 MB.
const PER_SECOND: u32 = 20;

const SECOND: u64 = 1_000_000_000;

/// The time at which all tokens are back, in nanoseconds of the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct FrameRate {
    refilled: u64,
}

impl FrameRate {
    /// Returns whether a frame may be written now, and takes a token if so. `max_per_second` is the limit of the
    /// configuration, which counts if it is smaller.
    pub(super) fn admit(&mut self, now: u64, max_per_second: Option<u32>) -> bool {
        let due = self.due(max_per_second);
        if now < due {
            return false;
        }
        self.refilled = self.refilled.max(now) + interval(max_per_second);
        true
    }

    /// Returns the time from which the next frame may be written.
    pub(super) fn due(&self, max_per_second: Option<u32>) -> u64 {
        let burst = max_per_second.map_or(BURST, |max| BURST.min(u64::from(max)));
        self.refilled
            .saturating_sub(interval(max_per_second) * burst.saturating_sub(1))
    }
}

/// Returns the time in which one token is added.
fn interval(max_per_second: Option<u32>) -> u64 {
    SECOND / u64::from(max_per_second.unwrap_or(PER_SECOND).clamp(1, PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many of the calls at these times are admitted.
    fn admitted(rate: &mut FrameRate, times: impl Iterator<Item = u64>, max: Option<u32>) -> usize {
        times.filter(|now| rate.admit(*now, max)).count()
    }

    #[test]
    fn a_burst_is_admitted_and_then_the_rate() {
        let mut rate = FrameRate::default();
        let start = 7 * SECOND;
        assert_eq!(admitted(&mut rate, (0..500).map(|_| start), None), 120);
        // A thousand frames in the next second.
        let second = (1..=1000).map(|step| start + step * SECOND / 1000);
        assert_eq!(admitted(&mut rate, second, None), 20);
        // After a pause the burst is back.
        let later = start + 60 * SECOND;
        assert_eq!(admitted(&mut rate, (0..500).map(|_| later), None), 120);
        assert_eq!(rate.due(None), later + SECOND / 20);
    }

    #[test]
    fn a_smaller_limit_of_the_configuration_counts() {
        let mut rate = FrameRate::default();
        assert_eq!(admitted(&mut rate, (0..50).map(|_| SECOND), Some(5)), 5);
        let second = (1..=1000).map(|step| SECOND + step * SECOND / 1000);
        assert_eq!(admitted(&mut rate, second, Some(5)), 5);
        let mut rate = FrameRate::default();
        assert_eq!(admitted(&mut rate, (0..50).map(|_| SECOND), Some(1)), 1);
        assert!(rate.admit(2 * SECOND, Some(1)));
    }
}
