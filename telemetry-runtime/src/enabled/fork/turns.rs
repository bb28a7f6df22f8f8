//! What may take long, by one thread at a time.

use std::thread::{self, Thread};
#[cfg(test)]
use std::time::Instant;

use super::{Mutex, Parking, process};

/// Whose turn it is. In a forked child it is nobody's, whoever was at it: what it left half done is
/// for the next one to do again.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// In which process it was taken.
    taken: Option<u64>,
    waiting: Vec<Thread>,
}

/// It is this thread's turn until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State {
            taken: None,
            waiting: Vec::new(),
        }))
    }

    /// Waits for the turn.
    pub(crate) fn take(&self) -> Turn<'_> {
        let mut parking = Parking::default();
        loop {
            {
                let mut state = self.0.lock();
                if !state.is_taken() {
                    state.taken = Some(process());
                    return Turn(self);
                }
                state.waiting.push(thread::current());
            }
            parking.park();
        }
    }

    /// Waits until it is nobody's turn, for as long as there is time; whether it is so.
    #[cfg(test)]
    pub(crate) fn is_over_before(&self, deadline: Instant) -> bool {
        let mut parking = Parking::default();
        loop {
            {
                let mut state = self.0.lock();
                if !state.is_taken() {
                    return true;
                }
                if Instant::now() >= deadline {
                    return false;
                }
                state.waiting.push(thread::current());
            }
            parking.park_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

impl State {
    fn is_taken(&mut self) -> bool {
        if self.taken.is_some_and(|taken| taken != process()) {
            // Those who waited are the parent's threads.
            *self = Self::default();
        }
        self.taken.is_some()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.0.lock();
            state.taken = None;
            std::mem::take(&mut state.waiting)
        };
        waiting.iter().for_each(Thread::unpark);
    }
}
