//! Time: durations from the monotonic clock, time stamps from the wall clock.
//!
//! A span reads the monotonic clock alone and keeps its raw value. If the processor's counter runs at a constant rate,
//! the raw value is that counter's: `quanta` checks the rate and calibrates it in the background. Until then, and on
//! other machines, it is the system clock's. The writer converts raw values to nanoseconds ([`nanos`]).
//!
//! A time stamp is the raw value plus its [`distance`] from the wall clock, which is measured at the same time. So a
//! time stamp stays right if the wall clock is stepped later or the machine sleeps. A measurement that is older than
//! [`FRESH`] is repeated.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use once_cell::race::OnceBox;
use telemetry_schema::record::Timestamp;

use super::json::{self, Append};
use super::sys;

/// A time of the monotonic clock, or the time between two: counts of the processor's counter with [`COUNTED`] set, or
/// nanoseconds since the process first read the clock.
pub(crate) type Ticks = u64;

/// Marks times of the counter. The counter itself takes decades to reach this bit.
const COUNTED: Ticks = 1 << 63;

/// How long a measured distance is used: for that long a time stamp may be wrong after the wall clock was stepped. The
/// calibration of the counter is accurate to some ten parts in a million, which is some nanoseconds in this time.
const FRESH: Duration = Duration::from_millis(1);

static ORIGIN: OnceBox<Instant> = OnceBox::new();
static COUNTER: OnceBox<CycleCounter> = OnceBox::new();
static WALL: Wall = Wall::new();

/// The calibrated counter, and its value at one time of the system's monotonic clock.
#[derive(Debug)]
struct CycleCounter {
    clock: quanta::Clock,
    raw: u64,
    nanos: u64,
    /// Nanoseconds of [`SCALED`] counts.
    scale: u64,
}

/// A power of two, as is the factor of `quanta`. It stands for some minutes, so that rounding to nanoseconds does not
/// matter.
const SCALED: Ticks = 1 << 40;

/// Reads the monotonic clock.
#[inline]
pub(crate) fn now() -> Ticks {
    match COUNTER.get() {
        Some(counter) => counter.clock.raw() | COUNTED,
        None => system(),
    }
}

#[cold]
fn system() -> Ticks {
    let origin = ORIGIN.get_or_init(|| Box::new(Instant::now()));
    whole_nanos(origin.elapsed())
}

/// Converts a time to nanoseconds since the process first read the clock.
#[inline]
pub(crate) fn nanos(at: Ticks) -> u64 {
    match COUNTER.get() {
        Some(counter) if at & COUNTED != 0 => counter.nanos(at),
        _ => at,
    }
}

/// Returns the nanoseconds between two times; 0 if `end` is before `start`.
#[inline]
pub(crate) fn between(start: Ticks, end: Ticks) -> u64 {
    match COUNTER.get() {
        Some(counter) if start & COUNTED != 0 => counter.scaled(end.saturating_sub(start)),
        _ => nanos(end).saturating_sub(start),
    }
}

impl CycleCounter {
    #[inline]
    fn nanos(&self, at: Ticks) -> u64 {
        let raw = at & !COUNTED;
        if raw >= self.raw {
            self.nanos + self.scaled(raw - self.raw)
        } else {
            // The span began on another thread just before the calibration ended.
            self.nanos.saturating_sub(self.scaled(self.raw - raw))
        }
    }

    /// Converts counts to nanoseconds.
    #[inline]
    fn scaled(&self, counts: Ticks) -> u64 {
        let scaled = u128::from(counts) * u128::from(self.scale) / u128::from(SCALED);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

/// Calibrates the counter on a thread of its own, which takes a millisecond, and up to 200 on a busy machine. Meanwhile
/// all threads use the system's clock; they keep to it if the thread cannot be started, and in a child that was
/// forked meanwhile.
pub(crate) fn calibrate() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if !BEGUN.swap(true, Ordering::Relaxed) {
        let _ = sys::spawn(c"telemetry-clock", calibrate_here);
    }
}

fn calibrate_here() {
    let clock = quanta::Clock::new();
    let (nanos, raw) = (system(), clock.raw());
    let scale = clock.delta_as_nanos(0, SCALED);
    let counter = CycleCounter {
        clock,
        raw,
        nanos,
        scale,
    };
    // Fails only in tests, which calibrate again.
    let _ = COUNTER.set(Box::new(counter));
}

/// Returns the distance of the wall clock from the monotonic clock, in nanoseconds: the sum of [`nanos`] of a time that
/// was just read and of its distance is the number of nanoseconds since 1970.
#[inline]
pub(crate) fn distance(at: Ticks) -> i64 {
    WALL.distance(at, measure)
}

/// Converts a time that was just read to nanoseconds since 1970; 0 for times before.
pub(crate) fn wall_nanos(at: Ticks) -> u64 {
    wall_at(at, distance(at))
}

/// Converts a time and its distance to nanoseconds since 1970.
#[inline]
pub(crate) fn wall_at(at: Ticks, distance: i64) -> u64 {
    u64::try_from(signed(nanos(at)).saturating_add(distance)).unwrap_or(0)
}

/// The last measurement of the distance. Each of its values is valid alone, so that two threads may measure at the same
/// time.
#[derive(Debug)]
struct Wall {
    distance: AtomicI64,
    measured: AtomicU64,
    /// [`FRESH`] in ticks; 0 before the first measurement.
    fresh: AtomicU64,
}

/// Both clocks at one time.
#[derive(Clone, Copy, Debug)]
struct Measured {
    at: Ticks,
    distance: i64,
    /// [`FRESH`] in ticks.
    fresh: Ticks,
}

impl Wall {
    const fn new() -> Self {
        Self {
            distance: AtomicI64::new(0),
            measured: AtomicU64::new(0),
            fresh: AtomicU64::new(0),
        }
    }

    #[inline]
    fn distance(&self, at: Ticks, measure: impl FnOnce() -> Measured) -> i64 {
        // The age is also large if the counter went back, as over a suspend, or replaced the system's clock
        // since the measurement.
        let age = at.wrapping_sub(self.measured.load(Ordering::Relaxed));
        if age < self.fresh.load(Ordering::Relaxed) {
            self.distance.load(Ordering::Relaxed)
        } else {
            self.measured(measure())
        }
    }

    #[cold]
    fn measured(&self, now: Measured) -> i64 {
        self.distance.store(now.distance, Ordering::Relaxed);
        self.measured.store(now.at, Ordering::Relaxed);
        self.fresh.store(now.fresh, Ordering::Relaxed);
        now.distance
    }
}

/// Reads both clocks, again if the thread was interrupted in between.
#[cold]
fn measure() -> Measured {
    const TRIES: usize = 4;
    const GOOD: u64 = 10_000;
    let read = || {
        let before = now();
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => signed(whole_nanos(since)),
            Err(before) => -signed(whole_nanos(before.duration())),
        };
        let at = now();
        let gap = between(before, at);
        (gap, at, wall.saturating_sub(signed(nanos(at) - gap / 2)))
    };
    let mut best = read();
    for _ in 1..TRIES {
        if best.0 <= GOOD {
            break;
        }
        let again = read();
        if again.0 < best.0 {
            best = again;
        }
    }
    let (_, at, distance) = best;
    Measured {
        at,
        distance,
        fresh: fresh(at),
    }
}

/// Converts [`FRESH`] to ticks of the clock that `at` was read from, rounded down.
fn fresh(at: Ticks) -> Ticks {
    let nanos = whole_nanos(FRESH);
    if at & COUNTED == 0 {
        return nanos;
    }
    // Counters run at megahertz or gigahertz, so that this is not 0.
    let per_probe = between(at, at + PROBE).max(1);
    u64::try_from(u128::from(nanos) * u128::from(PROBE) / u128::from(per_probe)).unwrap_or(nanos)
}

/// Counts whose duration is computed, to find the number of counts in a duration.
const PROBE: Ticks = 1 << 20;

fn whole_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// Writes RFC 3339 time stamps. Caches the text of the last millisecond, because most records are within the millisecond
/// of the record before.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// The start of the cached millisecond, in nanoseconds since 1970.
    millisecond: u64,
    text: [u8; MILLISECOND_LEN],
}

const MILLISECOND_LEN: usize = "2026-11-22T18:54:00.123".len();
const MILLISECOND: u64 = 1_000_000;

impl Stamp {
    pub(crate) const fn new() -> Self {
        Self {
            millisecond: 0,
            text: *b"1970-01-01T00:00:00.000",
        }
    }

    /// Appends `2026-11-22T18:54:00.123456Z`.
    #[inline]
    pub(crate) fn write<A: Append>(&mut self, out: A, wall_nanos: u64) -> A {
        if wall_nanos.wrapping_sub(self.millisecond) >= MILLISECOND {
            self.cache(wall_nanos);
        }
        let [a, b, c] = json::three_digits((wall_nanos - self.millisecond) / 1_000);
        out.append_first(&self.text, MILLISECOND_LEN)
            .append_first(&[a, b, c, b'Z'], 4)
    }

    #[cold]
    fn cache(&mut self, wall_nanos: u64) {
        self.millisecond = wall_nanos - wall_nanos % MILLISECOND;
        let micros = i64::try_from(wall_nanos / 1_000).unwrap_or(i64::MAX);
        let mut text = [0; "2026-11-22T18:54:00.123456Z".len()];
        // The text fits: a `u64` of nanoseconds ends in the year 2554.
        let _ = write!(text.as_mut_slice(), "{}", Timestamp::from_micros(micros));
        self.text.copy_from_slice(&text[..MILLISECOND_LEN]);
    }
}

#[cfg(test)]
mod tests;
