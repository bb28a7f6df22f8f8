//! The root above each span, which names its trace.

use std::collections::HashMap;

/// Links that are kept: some 100 MB for the largest process. Spans beyond them are roots of their own
/// traces.
const MOST: usize = 4_000_000;

/// From each span to its parent.
#[derive(Debug, Default)]
pub(super) struct Roots(HashMap<u64, u64>);

impl Roots {
    /// Adds spans and their parents.
    pub(super) fn extend(&mut self, links: impl IntoIterator<Item = (u64, u64)>) {
        for (id, parent) in links {
            if self.0.len() < MOST {
                self.0.insert(id, parent);
            }
        }
    }

    /// The topmost span above one; of ids that form a cycle, the smallest.
    pub(super) fn root(&self, id: u64) -> u64 {
        let (mut slow, mut fast) = (id, id);
        loop {
            for _ in 0..2 {
                match self.0.get(&fast) {
                    Some(parent) => fast = *parent,
                    None => return fast,
                }
            }
            slow = self.0.get(&slow).copied().unwrap_or(slow);
            if slow == fast {
                return self.smallest_of_cycle(slow);
            }
        }
    }

    fn smallest_of_cycle(&self, id: u64) -> u64 {
        let (mut smallest, mut at) = (id, id);
        while let Some(parent) = self.0.get(&at).filter(|parent| **parent != id) {
            at = *parent;
            smallest = smallest.min(at);
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use super::Roots;

    #[test]
    fn chains_lead_up_and_cycles_end() {
        let mut roots = Roots::default();
        roots.extend([
            (2, 1),
            (3, 2),
            (4, 3),
            (10, 12),
            (11, 10),
            (12, 11),
            (13, 12),
            (20, 20),
        ]);
        for (id, root) in [
            (1, 1),
            (4, 1),
            (3, 1),
            (10, 10),
            (12, 10),
            (13, 10),
            (20, 20),
            (30, 30),
        ] {
            assert_eq!(roots.root(id), root, "{id}");
        }
    }
}
