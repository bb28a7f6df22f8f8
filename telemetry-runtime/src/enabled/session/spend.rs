//! Limits on the spending of a day, and the callbacks of a host.
//!
//! A request adds its cost to a counter. When the counter shows that a limit may be exceeded, or a minute after the last
//! check, a short-lived thread reads the requests of the day from the log: those of all processes, each once. Only this
//! sum decides, so that no estimate causes a callback. The thread calls the callbacks after it has released all locks.
//!
//! Every process calls its callbacks, because each may stop at the limit. A note in the directory marks the first of them.

use std::fmt;
use std::ops::Range;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use once_cell::race::OnceBox;
use telemetry_schema::record::{Record, Records, SessionRecord, Timestamp, Totals};
use telemetry_store::regular::{self, Opened};
use telemetry_store::{Fold, daily_note, rollup};

use super::consistent_read;
use super::log_files::{self, SessionLogFiles};
use crate::DailySpend;
use crate::enabled::log::background::BackgroundWork;
use crate::enabled::panics::catch_user_panic;
use crate::enabled::process::{Inherited, PerProcess};
use crate::enabled::{reentry, stats, sys};

type Callback = Arc<dyn Fn(DailySpend) + Send + Sync>;

/// How long the spending of other processes may stay unread while this process records requests.
const READ_AGAIN: Duration = Duration::from_mins(1);

/// One limit of the host.
struct SpendLimit {
    usd: f64,
    nanos: i64,
    callback: Callback,
    /// The start of the day for which the callback was called, in seconds since 1970.
    called_for: AtomicI64,
}

static LIMITS: Inherited<Vec<Arc<SpendLimit>>> = Inherited::new();
/// Whether there is a limit, so that a request without one costs a load.
static HAS_LIMITS: AtomicBool = AtomicBool::new(false);
static STATE: PerProcess<State> = PerProcess::new(State::default);

/// The spending of this process, and the time of the next check of the limits.
#[derive(Default)]
struct State {
    /// The cost of the requests of this process, in nano-dollars.
    own: AtomicI64,
    /// The value of `own` beyond which the log is read again.
    check_at: AtomicI64,
    /// The time of the next check, in milliseconds of [`millis`].
    check_after: AtomicU64,
    is_checking: AtomicBool,
}

/// Adds a limit.
pub(crate) fn add_spend_limit(daily_usd: f64, callback: Callback) {
    if daily_usd.is_nan() {
        return stats::failed("a daily spend limit that is not a number is ignored".to_owned());
    }
    let limit = Arc::new(SpendLimit {
        usd: daily_usd,
        nanos: nanos_of(daily_usd),
        callback,
        called_for: AtomicI64::new(i64::MIN),
    });
    let mut limits = LIMITS
        .load()
        .map(|limits| Vec::clone(&limits))
        .unwrap_or_default();
    limits.push(limit);
    LIMITS.replace(Some(Arc::new(limits)));
    HAS_LIMITS.store(true, Ordering::Release);
    let state = STATE.get();
    state.check_at.store(i64::MIN, Ordering::Release);
    check_in_background(state);
}

/// Removes all limits.
pub(crate) fn remove_spend_limits() {
    HAS_LIMITS.store(false, Ordering::Release);
    LIMITS.replace(None);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the conversion saturates, and nano-dollars are exact enough for a limit"
)]
fn nanos_of(usd: f64) -> i64 {
    (usd * 1e9).round().max(0.0) as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the exact number of nano-dollars is beside it"
)]
fn dollars(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// Notes a request that was recorded.
pub(super) fn recorded(record: &SessionRecord<'_>) {
    if HAS_LIMITS.load(Ordering::Relaxed) {
        note(record.cost_usd.map_or(0, |cost| cost.0.max(0)));
    }
}

#[cold]
fn note(nanos: i64) {
    let state = STATE.get();
    let own = state
        .own
        .fetch_add(nanos, Ordering::AcqRel)
        .saturating_add(nanos);
    if own > state.check_at.load(Ordering::Acquire)
        || millis() >= state.check_after.load(Ordering::Acquire)
    {
        check_in_background(state);
    }
}

/// Milliseconds since the first call.
fn millis() -> u64 {
    static START: OnceBox<Instant> = OnceBox::new();
    let elapsed = START.get_or_init(|| Box::new(Instant::now())).elapsed();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// Starts a check, unless one is running: that one begins again if a limit may be exceeded at its end.
fn check_in_background(state: &'static State) {
    let _inside = reentry::enter();
    if state.is_checking.swap(true, Ordering::AcqRel) {
        return;
    }
    let started = sys::spawn(c"telemetry-spend", move || {
        let mut exceeded = Vec::new();
        {
            let _work = BackgroundWork::begin();
            loop {
                exceeded.append(&mut check(state));
                state.is_checking.store(false, Ordering::Release);
                let is_due =
                    state.own.load(Ordering::Acquire) > state.check_at.load(Ordering::Acquire);
                if !is_due || state.is_checking.swap(true, Ordering::AcqRel) {
                    break;
                }
            }
        }
        for Exceeded { limit, day, spend } in exceeded {
            call(&limit, day, spend);
        }
    });
    if started.is_err() {
        // The next request tries again.
        state.is_checking.store(false, Ordering::Release);
    }
}

/// Calls a callback of the host, which may record.
fn call(limit: &Arc<SpendLimit>, day: i64, mut spend: DailySpend) {
    let is_valid = |limits: &Vec<Arc<SpendLimit>>| limits.iter().any(|own| Arc::ptr_eq(own, limit));
    if LIMITS.load().is_some_and(|limits| is_valid(&limits)) {
        spend.is_first = log_files::current().is_none_or(|files| {
            let what = format!("spend:{}", limit.nanos);
            daily_note::is_first(&files.log.directory, day, &what)
        });
        let _outside = reentry::leave();
        catch_user_panic(|| (limit.callback)(spend));
    }
}

/// A limit that the spending of a day exceeds.
struct Exceeded {
    limit: Arc<SpendLimit>,
    /// The start of the day, in seconds since 1970.
    day: i64,
    spend: DailySpend,
}

/// Reads the spending of the day, and returns the limits that it exceeds for the first time on this day.
fn check(state: &State) -> Vec<Exceeded> {
    let again = u64::try_from(READ_AGAIN.as_millis()).unwrap_or(u64::MAX);
    state
        .check_after
        .store(millis().saturating_add(again), Ordering::Release);
    let (Some(limits), Some(files)) = (LIMITS.load(), log_files::current()) else {
        state.check_at.store(i64::MAX, Ordering::Release);
        return Vec::new();
    };
    let own = state.own.load(Ordering::Acquire);
    let day = sys::local_day(now());
    let sums = spent_in(&files, &day);
    let mut room = i64::MAX;
    let mut exceeded = Vec::new();
    for limit in limits.iter() {
        if limit.called_for.load(Ordering::Acquire) == day.start {
            continue;
        }
        if sums.cost_nanos > limit.nanos {
            limit.called_for.store(day.start, Ordering::Release);
            let spend = DailySpend {
                limit_usd: limit.usd,
                limit_nanos: limit.nanos,
                spent_usd: dollars(sums.cost_nanos),
                spent_nanos: sums.cost_nanos,
                unpriced_requests: sums.unpriced(),
                is_first: false,
            };
            exceeded.push(Exceeded {
                limit: Arc::clone(limit),
                day: day.start,
                spend,
            });
        } else {
            room = room.min(limit.nanos.saturating_sub(sums.cost_nanos));
        }
    }
    state
        .check_at
        .store(own.saturating_add(room), Ordering::Release);
    exceeded
}

fn now() -> i64 {
    Timestamp::from(SystemTime::now())
        .micros()
        .div_euclid(1_000_000)
}

/// Adds up the requests that began in a period, in seconds since 1970, from the segments of a log and its rollup. Files that
/// cannot be read add nothing; values that no request can have are excluded.
fn spent_in(files: &SessionLogFiles, day: &Range<i64>) -> Totals {
    let is_in = |time: Timestamp| day.contains(&time.micros().div_euclid(1_000_000));
    consistent_read::read(slice::from_ref(files), |segments| {
        let mut sums = Totals::default();
        let folded = match regular::open(&files.rollup) {
            Ok(Opened::File(file)) => rollup::read_sums(&file, |sum| {
                if is_in(sum.ts) && !sum.is_implausible() {
                    sums.add(&sum.sums);
                }
            }),
            _ => Ok(rollup::RollupIndex::default()),
        };
        let folded = folded.unwrap_or_default().folded;
        let mut requests = Fold::default();
        for segment in segments.iter().flatten() {
            let name = segment.file_name().unwrap_or_default().to_string_lossy();
            if folded.contains(&*name) || !is_changed_since(segment, day.start) {
                continue;
            }
            let _ = regular::each_record(segment, Records::new, |record| match record {
                Record::Session(record) if is_in(record.ts) => {
                    let plausible = record.without_implausible();
                    requests.add(plausible.as_ref().unwrap_or(&record));
                }
                _ => {}
            });
        }
        requests.settle();
        for sum in requests.rollups() {
            sums.add(&sum.sums);
        }
        sums
    })
}

/// Returns whether a file may have records of the time since `start`.
fn is_changed_since(path: &std::path::Path, start: i64) -> bool {
    let changed = path.metadata().and_then(|metadata| metadata.modified());
    changed.map_or(true, |changed| {
        Timestamp::from(changed).micros() / 1_000_000 >= start
    })
}

impl fmt::Debug for SpendLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpendLimit")
            .field("usd", &self.usd)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use telemetry_store::Naming;

    use super::*;

    fn request(day: u32, id: u32, rest: &str) -> String {
        format!(
            "{{\"ts\":\"2026-11-{day}T10:00:00Z\",\"session_id\":\"s\",\"request_id\":\"{id}\",\"prompt_tokens\":5{rest}}}\n"
        )
    }

    #[test]
    fn the_spending_of_a_day_is_that_of_all_segments_and_each_request_counts_once() {
        let directory = tempfile::tempdir().unwrap();
        let live = directory.path().join("codex-litellm-session.jsonl");
        let closed = directory
            .path()
            .join("codex-litellm-session.20261122T000000Z-7.jsonl");
        let cost = ",\"cost_usd\":0.25";
        let text = [
            request(21, 1, cost),
            request(22, 2, cost),
            "torn\n".to_owned(),
            request(22, 3, ""),
        ];
        fs::write(closed, text.concat()).unwrap();
        let amended = request(22, 2, ",\"cost_usd\":0.5,\"amends\":true");
        let text = [
            request(22, 2, cost),
            request(22, 4, cost),
            amended,
            request(23, 5, cost),
        ];
        fs::write(&live, text.concat()).unwrap();
        let files = SessionLogFiles {
            log: Naming::shared(&live).unwrap(),
            rollup: directory.path().join(rollup::ROLLUP_FILE),
        };
        let start: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let start = start.micros() / 1_000_000;
        let spent = spent_in(&files, &(start..start + 24 * 60 * 60));
        assert_eq!(
            (spent.cost_nanos, spent.requests, spent.unpriced()),
            (1_000_000_000, 3, 1)
        );
    }

    #[test]
    fn limits_are_nano_dollars() {
        assert_eq!(nanos_of(4.5e-6), 4500);
        assert_eq!(nanos_of(-1.0), 0);
        assert_eq!(nanos_of(f64::INFINITY), i64::MAX);
    }
}
