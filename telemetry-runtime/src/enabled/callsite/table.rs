//! All call sites that ran at least once, by number.
//!
//! The table only grows. Its chunks double in size, so that no entry ever moves and no lock is needed.

use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::race::{OnceBox, OnceRef};

use super::Callsite;
use crate::enabled::frame::Route;

/// Entries of the first chunk.
const FIRST: u32 = 64;
/// Chunks for all numbers that a route can hold.
const CHUNKS: usize = ((Route::MAX_NUMBER + 1) / FIRST).ilog2() as usize + 1;

type Chunk = Vec<OnceRef<'static, Callsite>>;

static TABLE: [OnceBox<Chunk>; CHUNKS] = [const { OnceBox::new() }; CHUNKS];
/// The next free number. An entry below it may be empty: another thread is about to fill it, or was at a fork.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Enters a call site, and returns its number; `None` if the table is full.
pub(super) fn insert(callsite: &'static Callsite) -> Option<u32> {
    let free = |next: u32| (next <= Route::MAX_NUMBER).then_some(next + 1);
    let number = NEXT
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, free)
        .ok()?;
    let (chunk, index) = position(number);
    let chunk = TABLE.get(chunk)?.get_or_init(|| {
        let len = (FIRST as usize) << chunk;
        Box::new((0..len).map(|_| OnceRef::new()).collect())
    });
    // Cannot fail: no other thread has the number.
    let _ = chunk.get(index)?.set(callsite);
    Some(number)
}

/// Returns the call site of a number.
pub(crate) fn by_number(number: u32) -> Option<&'static Callsite> {
    let (chunk, index) = position(number);
    TABLE.get(chunk)?.get()?.get(index)?.get()
}

/// Returns all call sites with their numbers.
pub(super) fn all() -> impl Iterator<Item = (u32, &'static Callsite)> {
    let numbers = 0..NEXT.load(Ordering::Acquire);
    numbers.filter_map(|number| Some((number, by_number(number)?)))
}

/// Returns the chunk of a number, and the index in it.
const fn position(number: u32) -> (usize, usize) {
    let shifted = number + FIRST;
    let chunk = (shifted / FIRST).ilog2();
    (chunk as usize, (shifted - (FIRST << chunk)) as usize)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::Level;

    #[test]
    fn each_number_has_an_entry_of_its_own() {
        let mut expected = (0, 0);
        for number in 0..10_000 {
            assert_eq!(position(number), expected, "{number}");
            expected.1 += 1;
            if expected.1 == (FIRST as usize) << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert!(position(Route::MAX_NUMBER).0 < CHUNKS);
    }

    #[test]
    fn threads_that_insert_at_the_same_time_get_different_numbers() {
        let new = || -> &'static Callsite {
            Box::leak(Box::new(Callsite::span(
                "table.test",
                Level::Info,
                "a.rs:1",
            )))
        };
        let insert = || -> Vec<_> {
            let callsites = (0..200).map(|_| new());
            callsites.map(|new| (insert(new).unwrap(), new)).collect()
        };
        let mut all: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(insert)).collect();
            let joined = threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap());
            joined.collect()
        });
        for (number, callsite) in &all {
            assert!(std::ptr::eq(by_number(*number).unwrap(), *callsite));
        }
        all.sort_by_key(|(number, _)| *number);
        all.dedup_by_key(|(number, _)| *number);
        assert_eq!(all.len(), 800);
        let known = super::all().filter(|(_, callsite)| callsite.name == "table.test");
        assert_eq!(known.count(), 800);
    }
}
