//! The writer thread.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::core::Core;
use crate::enabled::{deferred, limiter, stats, sys};

/// The pause between two rounds. The pause and a round together take far less than the promised 10 ms.
const ROUND: Duration = Duration::from_millis(4);
/// The number of rounds without work before the writer sleeps until it is woken, so that it does not disturb an idle
/// program.
const IDLE_ROUNDS: u32 = 8;
/// The interval at which the writer tries again to write lines that the disk refused.
const RETRY: Duration = Duration::from_millis(100);
/// The pause after a round that panicked.
const PAUSE_AFTER_PANIC: Duration = Duration::from_millis(100);
/// The interval at which the writer closes files that other processes have rotated, because an open file cannot be removed, and
/// a program may make no record for days.
const CLOSE_ROTATED: Duration = Duration::from_secs(5);
/// The interval at which the writer reports omitted records in the logs.
const REPORT_RATE_LIMITED: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(super) fn spawn(core: &Arc<Core>) -> io::Result<()> {
    let mut pump = Pump::new();
    spawn_rounds(core, move |core| pump.round(core))
}

/// Starts a thread that calls `round` until the writer is closed.
pub(super) fn spawn_rounds(
    core: &Arc<Core>,
    mut round: impl FnMut(&Core) + Send + 'static,
) -> io::Result<()> {
    let shared = Arc::clone(core);
    let handle = sys::spawn(c"telemetry", move || {
        shared.set_writer(thread::current());
        while !shared.is_closed() {
            // A panic in a round must not end the writer.
            if catch_unwind(AssertUnwindSafe(|| round(&shared))).is_err() {
                stats::failed("the writer panicked, and goes on".to_owned());
                thread::park_timeout(PAUSE_AFTER_PANIC);
            }
        }
    })?;
    core.set_handle(handle);
    Ok(())
}

/// The state of the writer from round to round.
pub(super) struct Pump {
    idle_rounds: u32,
    retried: Instant,
    closed_rotated: Instant,
    reported: Instant,
}

impl Pump {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            idle_rounds: 0,
            retried: now,
            closed_rotated: now,
            reported: now,
        }
    }

    pub(super) fn round(&mut self, core: &Core) {
        core.signal().begin_round();
        let mut found = core.drain_rings();
        while core.write_deferred() {
            // The records of threads wait for one entry at most.
            core.drain_rings();
            found = true;
        }
        // Further entries may become due without a thread that wakes the writer.
        found |= deferred::is_any();
        let now = Instant::now();
        if now.duration_since(self.retried) >= RETRY {
            core.retry();
            self.retried = now;
        }
        if now.duration_since(self.closed_rotated) >= CLOSE_ROTATED {
            core.close_rotated();
            self.closed_rotated = now;
        }
        if now.duration_since(self.reported) >= REPORT_RATE_LIMITED {
            core.report_omitted();
            self.reported = now;
        }
        // The writer may be woken and find nothing, because a flush or a full ring's thread has written it. It is
        // awake then, and must not sleep before it has announced that.
        let was_woken = self.idle_rounds > IDLE_ROUNDS && core.signal().was_woken();
        self.idle_rounds = if found || was_woken {
            0
        } else {
            self.idle_rounds + 1
        };
        if self.idle_rounds <= IDLE_ROUNDS {
            core.signal().stay_awake();
            thread::park_timeout(ROUND);
        } else if self.idle_rounds == IDLE_ROUNDS + 1 {
            // From here on threads wake the writer. The next round finds the frames of a thread that has not yet
            // seen this.
            core.signal().fall_asleep();
            thread::park_timeout(ROUND);
        } else if core.is_waiting() {
            thread::park_timeout(RETRY);
        } else if limiter::is_set() {
            // An omitted record does not wake the writer.
            thread::park_timeout(REPORT_RATE_LIMITED);
        } else {
            thread::park_timeout(CLOSE_ROTATED);
        }
    }
}
