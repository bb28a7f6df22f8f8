//! What is known of a process's spans before they are written: whose session each is, and which root is
//! above it.

use std::collections::HashMap;

/// Spans that are kept: some 100 MB for the largest process. Those beyond them are roots of their own
/// traces.
const MOST: usize = 2_000_000;

/// A span's own session, and its parent.
#[derive(Clone, Copy, Debug)]
struct Link {
    parent: Option<u64>,
    /// In the order in which they came.
    session: u32,
}

/// A span as its record says it, before it is one of [`Links`].
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) session: Option<Box<str>>,
}

/// From each span to its parent, and to its session.
#[derive(Debug, Default)]
pub(super) struct Links {
    spans: HashMap<u64, Link>,
    sessions: Vec<Option<Box<str>>>,
    by_name: HashMap<Option<Box<str>>, u32>,
}

impl Links {
    /// Adds a span.
    pub(super) fn add(&mut self, found: Found) {
        if self.spans.len() >= MOST {
            return;
        }
        let Self {
            sessions, by_name, ..
        } = self;
        let session = *by_name.entry(found.session).or_insert_with_key(|session| {
            sessions.push(session.clone());
            u32::try_from(sessions.len() - 1).unwrap_or(u32::MAX)
        });
        let parent = found.parent;
        self.spans.insert(found.id, Link { parent, session });
    }

    /// The session of a span: `otherwise` where its record is not there.
    pub(super) fn session<'a>(&'a self, id: u64, otherwise: Option<&'a str>) -> Option<&'a str> {
        match self.spans.get(&id) {
            Some(link) => self.sessions.get(link.session as usize)?.as_deref(),
            None => otherwise,
        }
    }

    fn parent(&self, id: u64) -> Option<u64> {
        self.spans.get(&id)?.parent
    }

    /// The topmost span above one; of ids that form a cycle, the smallest.
    pub(super) fn root(&self, id: u64) -> u64 {
        let (mut slow, mut fast) = (id, id);
        loop {
            for _ in 0..2 {
                match self.parent(fast) {
                    Some(parent) => fast = parent,
                    None => return fast,
                }
            }
            slow = self.parent(slow).unwrap_or(slow);
            if slow == fast {
                return self.smallest_of_cycle(slow);
            }
        }
    }

    fn smallest_of_cycle(&self, id: u64) -> u64 {
        let (mut smallest, mut at) = (id, id);
        while let Some(parent) = self.parent(at).filter(|parent| *parent != id) {
            at = parent;
            smallest = smallest.min(at);
        }
        smallest
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Links};

    fn links(pairs: &[(u64, u64)]) -> Links {
        let mut links = Links::default();
        for (id, parent) in pairs {
            links.add(Found {
                id: *id,
                parent: Some(*parent),
                session: (*id > 10).then(|| "s".into()),
            });
        }
        links
    }

    #[test]
    fn chains_lead_up_and_cycles_end() {
        let links = links(&[
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
            assert_eq!(links.root(id), root, "{id}");
        }
    }

    #[test]
    fn a_span_has_its_own_session_and_an_unknown_one_that_of_who_names_it() {
        let links = links(&[(2, 1), (11, 2)]);
        assert_eq!(links.session(2, Some("t")), None);
        assert_eq!(links.session(11, Some("t")), Some("s"));
        assert_eq!(links.session(1, Some("t")), Some("t"));
    }
}
