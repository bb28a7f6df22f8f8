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
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use telemetry_schema::record::Timestamp;

use super::json;

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
}

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
    whole_nanos(ORIGIN.get_or_init(Instant::now).elapsed())
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
        Some(counter) if start & COUNTED != 0 => counter.clock.delta_as_nanos(start, end),
        _ => nanos(end).saturating_sub(start),
    }
}

impl Counter {
    #[inline]
    fn nanos(&self, at: Ticks) -> u64 {
        let (raw, first) = (at & !COUNTED, self.raw);
        // A span may have begun just before, on another thread.
        let before = self.clock.delta_as_nanos(raw, first);
        (self.nanos + self.clock.delta_as_nanos(first, raw)).saturating_sub(before)
    }
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
        let (nanos, raw) = (system(), clock.raw());
        Counter { clock, raw, nanos }
    });
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
        let micros = wall_nanos / 1_000 - second * 1_000_000;
        json::six_digits(out, u32::try_from(micros).unwrap_or_default());
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            let (ours, systems) = (between(before, after), system_after - system_before);
            assert!(
                ours.abs_diff(nanos(after) - nanos(before)) <= 1,
                "two roundings"
            );
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

    /// A machine with its clocks: what is done to them, and what is asked of [`Wall`] in between.
    #[derive(Clone, Debug)]
    enum Act {
        /// Nanoseconds pass.
        Pass(u64),
        /// The wall clock is stepped.
        Step(i64),
        /// The machine sleeps: the wall clock goes on, the counter stands, or begins anew.
        Suspend { nanos: u64, reset: bool },
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            8 => (0_u64..5_000_000).prop_map(Act::Pass),
            4 => (0_u64..86_400_000_000_000).prop_map(Act::Pass),
            1 => (-3_600_000_000_000_i64..3_600_000_000_000).prop_map(Act::Step),
            1 => (1_000_000_000_u64..36_000_000_000_000, any::<bool>())
                .prop_map(|(nanos, reset)| Act::Suspend { nanos, reset }),
        ]
    }

    proptest! {
        /// Over days, with a counter that runs wrong by up to 50 parts in a million.
        #[test]
        fn a_time_stamp_is_the_wall_clock_s_to_a_millisecond(
            acts in prop::collection::vec(act(), 0..200),
            wrong in -50_i64..50,
        ) {
            let (mut counter, mut wall) = (7_000_000_000_u64, 1_800_000_000_000_000_000_i64);
            // When the wall clock last jumped, on the counter; a jump back of the counter is one too.
            let mut jumped: Option<u64> = None;
            let tested = Wall::new();
            for act in acts {
                match act {
                    Act::Pass(nanos) => {
                        wall += i64::try_from(nanos).unwrap();
                        let gained = i128::from(nanos) * i128::from(wrong) / 1_000_000;
                        counter += u64::try_from(i128::from(nanos) + gained).unwrap();
                    }
                    Act::Step(by) => {
                        wall += by;
                        jumped = Some(counter);
                    }
                    Act::Suspend { nanos, reset } => {
                        wall += i64::try_from(nanos).unwrap();
                        if reset {
                            counter %= 1_000;
                        }
                        jumped = Some(counter);
                    }
                }
                let distance = tested.distance(counter, || Measured {
                    at: counter,
                    distance: wall - i64::try_from(counter).unwrap(),
                    fresh: 1_000_000,
                });
                let stamped = i64::try_from(counter).unwrap() + distance;
                let settled = jumped.is_none_or(|at| counter.wrapping_sub(at) >= 1_000_000);
                if settled {
                    prop_assert!((stamped - wall).abs() < 1_000_000, "{stamped} {wall}");
                }
            }
        }
    }

    #[test]
    fn a_distance_is_fresh_for_a_millisecond_of_either_clock() {
        assert_eq!(fresh(5), 1_000_000);
        calibrate_here();
        let at = now();
        let ticks = fresh(at);
        let nanos = between(at, at + ticks);
        assert!(
            (990_000..=1_010_000).contains(&nanos),
            "{ticks} are {nanos}"
        );
    }

    #[test]
    fn a_span_over_the_end_of_the_calibration_has_the_right_length() {
        let start = system();
        calibrate_here();
        let (end, system_end) = (now(), system());
        let (ours, systems) = (between(start, end), system_end - start);
        assert!(
            ours.abs_diff(systems) < 1_000_000 + systems / 100,
            "{ours} {systems}"
        );
        assert_eq!(between(end, start), 0, "never negative");
    }
}
