//! Time: durations from the monotonic clock, time stamps from the wall clock.
//!
//! A span reads the monotonic clock alone: the processor's counter where it runs at a constant rate,
//! which `quanta` finds out and calibrates in the background, and the system's clock until then
//! and elsewhere. The wall clock's distance from it is measured again whenever it is older than
//! [`SYNCHRONISE`], so a stepped clock, or a machine that slept, shows in the next time stamps.

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_schema::record::Timestamp;

use super::json;

/// Nanoseconds of the monotonic clock since the process first asked.
pub(crate) type Ticks = u64;

/// For how long the distance of the two clocks is taken for granted, in nanoseconds. The counter is
/// calibrated to some ten parts in a million: within this it cannot get away by a microsecond.
const SYNCHRONISE: Ticks = 10_000_000;

static ORIGIN: OnceLock<Instant> = OnceLock::new();
static COUNTER: OnceLock<Counter> = OnceLock::new();
/// Wall-clock nanoseconds since 1970 at tick 0.
static WALL_AT_ORIGIN: AtomicI64 = AtomicI64::new(0);
/// From when on that has to be measured again.
static STALE_AT: AtomicU64 = AtomicU64::new(0);

/// The calibrated counter, and where it took over from the system's monotonic clock.
#[derive(Debug)]
struct Counter {
    clock: quanta::Clock,
    raw: u64,
    ticks: Ticks,
}

/// The monotonic clock, now.
#[inline]
pub(crate) fn now() -> Ticks {
    match COUNTER.get() {
        Some(counter) => counter.now(),
        None => system(),
    }
}

impl Counter {
    #[inline]
    fn now(&self) -> Ticks {
        self.ticks + self.clock.delta_as_nanos(self.raw, self.clock.raw())
    }
}

fn system() -> Ticks {
    nanos(ORIGIN.get_or_init(Instant::now).elapsed())
}

/// Calibrates the counter on a thread of its own: it takes a millisecond, and up to 200 on a busy
/// machine. All others use the system's clock meanwhile, and for good where no thread can be started.
pub(crate) fn calibrate() {
    if COUNTER.get().is_none() {
        let thread = std::thread::Builder::new().name("telemetry-clock".to_owned());
        let _ = thread.spawn(calibrate_here);
    }
}

fn calibrate_here() {
    COUNTER.get_or_init(|| {
        let clock = quanta::Clock::new();
        let (ticks, raw) = (system(), clock.raw());
        Counter { clock, raw, ticks }
    });
}

/// Measures the distance between the two clocks.
fn synchronise() {
    let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => signed(nanos(since)),
        Err(before) => -signed(nanos(before.duration())),
    };
    let at = now();
    WALL_AT_ORIGIN.store(wall.saturating_sub(signed(at)), Ordering::Relaxed);
    STALE_AT.store(at.saturating_add(SYNCHRONISE), Ordering::Relaxed);
}

/// The wall clock at a moment that just was on the monotonic one, in nanoseconds since 1970; 0
/// before it.
#[inline]
pub(crate) fn wall_nanos(at: Ticks) -> u64 {
    if at >= STALE_AT.load(Ordering::Relaxed) {
        synchronise();
    }
    let wall = WALL_AT_ORIGIN
        .load(Ordering::Relaxed)
        .saturating_add(signed(at));
    u64::try_from(wall).unwrap_or(0)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// Writes RFC 3339 time stamps; remembers the last second, since most records share it with the
/// one before.
#[derive(Debug)]
pub(crate) struct Stamp {
    second: u64,
    text: [u8; SECOND_LEN],
}

const SECOND_LEN: usize = "2026-11-22T18:54:00".len();

impl Stamp {
    pub(crate) const fn new() -> Self {
        Self {
            second: 0,
            text: *b"1970-01-01T00:00:00",
        }
    }

    /// Appends `2026-11-22T18:54:00.123456Z`.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, wall_nanos: u64) {
        let second = wall_nanos / 1_000_000_000;
        if second != self.second {
            self.second = second;
            let micros = i64::try_from(second.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
            let mut text = [0; "2026-11-22T18:54:00.123456Z".len()];
            // Fits: a `u64` of nanoseconds ends in the year 2554.
            let _ = write!(text.as_mut_slice(), "{}", Timestamp::from_micros(micros));
            self.text.copy_from_slice(&text[..SECOND_LEN]);
        }
        out.extend_from_slice(&self.text);
        out.push(b'.');
        json::padded::<6>(out, wall_nanos / 1_000 % 1_000_000);
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(wall_nanos: u64) -> String {
        let mut out = Vec::new();
        Stamp::new().write(&mut out, wall_nanos);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_moments() {
        assert_eq!(stamp(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(
            stamp(951_782_400_000_000_000),
            "2000-02-29T00:00:00.000000Z"
        );
        assert_eq!(
            stamp(1_795_375_546_123_456_789),
            "2026-11-22T19:25:46.123456Z"
        );
        assert_eq!(
            stamp(4_107_542_399_999_999_999),
            "2100-02-28T23:59:59.999999Z"
        );
        assert_eq!(
            stamp(4_107_542_400_000_000_000),
            "2100-03-01T00:00:00.000000Z"
        );
    }

    #[test]
    fn a_remembered_second_is_not_reused_for_another() {
        let (mut stamp, mut out) = (Stamp::new(), Vec::new());
        for wall in [1_500_000_000, 1_900_000_000, 2_000_000_000, 1_000_000_000] {
            stamp.write(&mut out, wall);
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "1970-01-01T00:00:01.500000Z1970-01-01T00:00:01.900000Z\
             1970-01-01T00:00:02.000000Z1970-01-01T00:00:01.000000Z"
        );
    }

    #[test]
    fn the_counter_goes_on_where_the_system_s_clock_was() {
        for _ in 0..2 {
            let (before, system_before) = (now(), system());
            calibrate_here();
            let (after, system_after) = (now(), system());
            let (ours, systems) = (after - before, system_after - system_before);
            assert!(
                ours.abs_diff(systems) < 1_000_000 + systems / 100,
                "{ours} {systems}"
            );
        }
    }

    #[test]
    fn the_wall_clock_follows_the_system() {
        let ours = UNIX_EPOCH + Duration::from_nanos(wall_nanos(now()));
        let apart = ours
            .duration_since(SystemTime::now())
            .unwrap_or_else(|before| before.duration());
        assert!(apart < Duration::from_millis(500), "{apart:?}");
    }
}
