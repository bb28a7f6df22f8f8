//! A table that only grows. Finding an entry takes no lock, so that a forked child can use the table whatever its
//! parent's threads were doing.

use once_cell::race::OnceRef;

use crate::enabled::reentry;

/// Entries by their hashes. They are never freed.
pub(crate) struct Chains<T: 'static, const N: usize>([Next<T>; N]);

type Next<T> = OnceRef<'static, Link<T>>;

struct Link<T: 'static> {
    value: T,
    next: Next<T>,
}

impl<T: Send + Sync + 'static, const N: usize> Chains<T, N> {
    pub(crate) const fn new() -> Self {
        Self([const { OnceRef::new() }; N])
    }

    /// Returns the first entry with that hash for which `is_wanted` returns true.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Option<&'static T> {
        let mut place = self.chain(hash);
        while let Some(link) = place.get() {
            if is_wanted(&link.value) {
                return Some(&link.value);
            }
            place = &link.next;
        }
        None
    }

    /// Adds an entry. Of two threads that add equal entries at the same time both succeed, and [`find`](Self::find) returns
    /// the first one from then on.
    #[cold]
    pub(crate) fn insert(&self, hash: u64, value: T) -> &'static T {
        let _inside = reentry::enter();
        let link: &'static Link<T> = Box::leak(Box::new(Link {
            value,
            next: OnceRef::new(),
        }));
        let mut place = self.chain(hash);
        while place.set(link).is_err() {
            // Another thread has filled the place, which therefore has a link.
            let Some(taken) = place.get() else { break };
            place = &taken.next;
        }
        &link.value
    }

    #[inline]
    fn chain(&self, hash: u64) -> &Next<T> {
        // The upper bits are the better ones of a product.
        let [.., first, second] = hash.to_le_bytes();
        &self.0[usize::from(u16::from_le_bytes([first, second])) % N]
    }
}

/// Returns a hash of a number whose upper bits are well mixed.
#[inline]
pub(crate) const fn mix(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn every_entry_is_found_when_threads_insert_at_the_same_time() {
        static TABLE: Chains<u64, 16> = Chains::new();
        let insert = |thread: u64| {
            for number in 0..500 {
                let number = number * 4 + thread;
                assert_eq!(*TABLE.insert(mix(number), number), number);
            }
        };
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || insert(thread));
            }
        });
        for number in 0..2000 {
            assert_eq!(
                TABLE.find(mix(number), |found| *found == number),
                Some(&number)
            );
        }
        assert_eq!(TABLE.find(mix(2000), |found| *found == 2000), None);
    }
}
