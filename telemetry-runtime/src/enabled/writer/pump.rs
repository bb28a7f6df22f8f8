//! The writer thread.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use super::core::Core;
use crate::enabled::{limiter, stats};

/// Between two rounds: with the round itself well below the 10 ms of the promise.
const ROUND: Duration = Duration::from_millis(4);
/// Rounds without work before the writer sleeps until it is woken: an idle program is not disturbed.
const IDLE_ROUNDS: u32 = 8;
/// How often a disk that refused is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// How often a file is let go that another process rotated since: what is open cannot be removed,
/// and a program may be silent for days. Some ten times a minute disturbs nobody.
const LET_GO: Duration = Duration::from_secs(5);
/// How often the logs say what the limiter left out.
const TELL: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(super) fn spawn(core: &Arc<Core>) -> io::Result<()> {
    let shared = Arc::clone(core);
    let handle = Builder::new().name("telemetry".to_owned()).spawn(move || {
        let mut pump = Pump::new();
        while !shared.is_closed() {
            // The writer must outlive whatever goes wrong in a round.
            if catch_unwind(AssertUnwindSafe(|| pump.round(&shared))).is_err() {
                stats::failed("the writer panicked, and goes on".to_owned());
                thread::park_timeout(RETRY);
            }
        }
    })?;
    core.set_writer(handle);
    Ok(())
}

struct Pump {
    idle: u32,
    retried: Instant,
    let_go: Instant,
    told: Instant,
}

impl Pump {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            idle: 0,
            retried: now,
            let_go: now,
            told: now,
        }
    }

    fn round(&mut self, core: &Core) {
        core.signal().begin_round();
        #[cfg(test)]
        super::ring::tests::fault::meet_round(core);
        let found = core.drain_rings();
        let now = Instant::now();
        if now.duration_since(self.retried) >= RETRY {
            core.retry();
            self.retried = now;
        }
        if now.duration_since(self.let_go) >= LET_GO {
            core.let_go();
            self.let_go = now;
        }
        if now.duration_since(self.told) >= TELL {
            core.tell_left_out();
            self.told = now;
        }
        // Woken, and nothing there: somebody else wrote it, by a flush or for want of room. The
        // writer is awake again all the same, and must not sleep before it has said so.
        let woken = self.idle > IDLE_ROUNDS && core.signal().was_woken();
        self.idle = if found || woken { 0 } else { self.idle + 1 };
        if self.idle <= IDLE_ROUNDS {
            core.signal().stay_awake();
            thread::park_timeout(ROUND);
        } else if self.idle == IDLE_ROUNDS + 1 {
            // From here on threads wake the writer; the next round sees what one of them wrote
            // without having seen this.
            core.signal().fall_asleep();
            thread::park_timeout(ROUND);
        } else if core.is_waiting() {
            thread::park_timeout(RETRY);
        } else if limiter::is_set() {
            // What is left out wakes nobody.
            thread::park_timeout(TELL);
        } else {
            thread::park_timeout(LET_GO);
        }
    }
}
