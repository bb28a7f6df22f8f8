//! Time: durations from the monotonic clock, time stamps from the wall clock.
//!
//! A span reads the monotonic clock alone and keeps it raw: the processor's counter where it runs at a
//! constant rate, which `quanta` finds out and calibrates in the background, and the system's clock
//! until then and elsewhere. The writer makes nanoseconds of it ([`nanos`]).
//!
//! What makes a time stamp of a moment is its [`distance`] from the wall clock, which is taken at that
//! moment: a clock that is stepped later, or a machine that sleeps, changes nothing in it. It is
//! measured again whenever it is older than [`FRESH`].

use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_schema::record::Timestamp;

use super::fork;
use super::json::{self, Append};

/// A moment of the monotonic clock, or the time between two: raw counts, with [`COUNTED`] set in
/// those of the processor's counter, else nanoseconds since the process first asked.
pub(crate) type Ticks = u64;

/// Says that a moment is the counter's. The counter takes decades to get there.
const COUNTED: Ticks = 1 << 63;

/// For how long the distance of the two clocks is taken for granted: so long may a time stamp be
/// wrong after the wall clock was stepped. The counter is calibrated to some ten parts in a million;
/// within this it gets away by some nanoseconds.
const FRESH: Duration = Duration::from_millis(1);

static ORIGIN: OnceLock<Instant> = OnceLock::new();
static COUNTER: OnceLock<Counter> = OnceLock::new();
static WALL: Wall = Wall::new();

/// The calibrated counter, and where it took over from the system's monotonic clock.
#[derive(Debug)]
struct Counter {
    clock: quanta::Clock,
    raw: u64,
    nanos: u64,
    /// Nanoseconds of [`SCALED`] counts.
    scale: u64,
}

/// A power of two, as is what `quanta` multiplies by; some minutes, so that a nanosecond's rounding
/// is nothing.
const SCALED: Ticks = 1 << 40;

/// The monotonic clock, now.
#[inline]
pub(crate) fn now() -> Ticks {
    match COUNTER.get() {
        Some(counter) => counter.clock.raw() | COUNTED,
        None => system(),
    }
}

#[cold]
fn system() -> Ticks {
    let origin = ORIGIN.get().unwrap_or_else(|| {
        // A child would wait for whoever is about to do it.
        let _held_off = fork::hold_off();
        ORIGIN.get_or_init(Instant::now)
    });
    whole_nanos(origin.elapsed())
}

/// A moment in nanoseconds since the process first asked.
#[inline]
pub(crate) fn nanos(at: Ticks) -> u64 {
    match COUNTER.get() {
        Some(counter) if at & COUNTED != 0 => counter.nanos(at),
        _ => at,
    }
}

/// Nanoseconds between two moments; 0 where the later one is not later.
#[inline]
pub(crate) fn between(start: Ticks, end: Ticks) -> u64 {
    match COUNTER.get() {
        Some(counter) if start & COUNTED != 0 => counter.scaled(end.saturating_sub(start)),
        _ => nanos(end).saturating_sub(start),
    }
}

impl Counter {
    #[inline]
    fn nanos(&self, at: Ticks) -> u64 {
        let raw = at & !COUNTED;
        if raw >= self.raw {
            self.nanos + self.scaled(raw - self.raw)
        } else {
            // A span may have begun just before, on another thread.
            self.nanos.saturating_sub(self.scaled(self.raw - raw))
        }
    }

    /// Nanoseconds of so many counts.
    #[inline]
    fn scaled(&self, counts: Ticks) -> u64 {
        let scaled = u128::from(counts) * u128::from(self.scale) / u128::from(SCALED);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

/// Calibrates the counter on a thread of its own: it takes a millisecond, and up to 200 on a busy
/// machine. All others use the system's clock meanwhile, and for good where no thread can be started.
pub(crate) fn calibrate() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    // Once: a child of a fork does not wait for a thread that is not there.
    if !BEGUN.swap(true, Ordering::Relaxed) {
        let thread = std::thread::Builder::new().name("telemetry-clock".to_owned());
        let _ = thread.spawn(calibrate_here);
    }
}

fn calibrate_here() {
    let clock = quanta::Clock::new();
    let (nanos, raw) = (system(), clock.raw());
    let scale = clock.delta_as_nanos(0, SCALED);
    let counter = Counter {
        clock,
        raw,
        nanos,
        scale,
    };
    let _held_off = fork::hold_off();
    let _ = COUNTER.set(counter);
}

/// The wall clock's distance from the monotonic one, in nanoseconds: what has to be added to
/// [`nanos`] of a moment that just was to have nanoseconds since 1970.
#[inline]
pub(crate) fn distance(at: Ticks) -> i64 {
    WALL.distance(at, measure)
}

/// The wall clock at a moment that just was, in nanoseconds since 1970; 0 before it.
pub(crate) fn wall_nanos(at: Ticks) -> u64 {
    wall_at(at, distance(at))
}

/// The wall clock at a moment with its distance.
#[inline]
pub(crate) fn wall_at(at: Ticks, distance: i64) -> u64 {
    u64::try_from(signed(nanos(at)).saturating_add(distance)).unwrap_or(0)
}

/// The last measurement of the distance. Each value is right by itself, so it does no harm that two
/// threads measure at once.
#[derive(Debug)]
struct Wall {
    distance: AtomicI64,
    measured: AtomicU64,
    /// [`FRESH`] in ticks; 0 before the first measurement.
    fresh: AtomicU64,
}

/// What both clocks said at one moment.
#[derive(Clone, Copy, Debug)]
struct Measured {
    at: Ticks,
    distance: i64,
    /// How many ticks [`FRESH`] is.
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
        // A counter that went back, as over a suspend, or that took over from the system's clock is
        // far away as well.
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

/// Reads both clocks. Where the thread is interrupted in between, it does so again.
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

/// [`FRESH`] in the ticks of that moment: at most, since the counter's are not asked for but found.
fn fresh(at: Ticks) -> Ticks {
    let nanos = whole_nanos(FRESH);
    if at & COUNTED == 0 {
        return nanos;
    }
    // A counter runs at some megahertz or gigahertz.
    let per_probe = between(at, at + PROBE).max(1);
    u64::try_from(u128::from(nanos) * u128::from(PROBE) / u128::from(per_probe)).unwrap_or(nanos)
}

/// Counts of which the time is asked, to know how many counts a time is.
const PROBE: Ticks = 1 << 20;

fn whole_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn signed(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// Writes RFC 3339 time stamps; remembers the last millisecond, since most records share it with the
/// one before.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// Its first nanosecond since 1970.
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
            self.remember(wall_nanos);
        }
        let [a, b, c] = json::three_digits((wall_nanos - self.millisecond) / 1_000);
        out.append_first(&self.text, MILLISECOND_LEN)
            .append_first(&[a, b, c, b'Z'], 4)
    }

    #[cold]
    fn remember(&mut self, wall_nanos: u64) {
        self.millisecond = wall_nanos - wall_nanos % MILLISECOND;
        let micros = i64::try_from(wall_nanos / 1_000).unwrap_or(i64::MAX);
        let mut text = [0; "2026-11-22T18:54:00.123456Z".len()];
        // Fits: a `u64` of nanoseconds ends in the year 2554.
        let _ = write!(text.as_mut_slice(), "{}", Timestamp::from_micros(micros));
        self.text.copy_from_slice(&text[..MILLISECOND_LEN]);
    }
}

#[cfg(test)]
mod tests;
