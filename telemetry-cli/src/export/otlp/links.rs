//! Parents and sessions of the spans of a process, collected before the spans are written.

use std::collections::HashMap;

use indexmap::IndexSet;

/// The id of a trace.
pub(super) type TraceId = [u8; 16];
/// The id of a span.
pub(super) type SpanId = [u8; 8];

/// The most spans, about 100 MB. Further spans become roots of their own traces.
const MOST: usize = 2_000_000;

/// The parent and the session of a span.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// The parent, or the topmost ancestor if `is_root_known`. One field for both limits the memory.
    ancestor: Option<u64>,
    /// An index into [`Links::sessions`].
    session: u32,
    is_root_known: bool,
    /// The id in the record, and the index of the trace in [`Links::traces`].
    ids: Option<(SpanId, u32)>,
}

/// The data of a span that is added to [`Links`].
#[derive(Clone, Debug)]
pub(super) struct SpanLink {
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) session: Option<Box<str>>,
    pub(super) ids: Option<(TraceId, SpanId)>,
}

/// A map from spans to their parents and sessions.
#[derive(Debug, Default)]
pub(super) struct Links {
    spans: HashMap<u64, Link>,
    sessions: IndexSet<Option<Box<str>>>,
    traces: IndexSet<TraceId>,
}

impl Links {
    /// Adds a span.
    pub(super) fn add(&mut self, found: SpanLink) {
        if self.spans.len() >= MOST {
            return;
        }
        let (session, _) = self.sessions.insert_full(found.session);
        let session = u32::try_from(session).unwrap_or(u32::MAX);
        let link = Link {
            ancestor: found.parent,
            session,
            is_root_known: false,
            ids: found.ids.map(|(trace, span)| {
                let (trace, _) = self.traces.insert_full(trace);
                (span, u32::try_from(trace).unwrap_or(u32::MAX))
            }),
        };
        self.spans.insert(found.id, link);
    }

    /// Returns the session of a span, or `otherwise` if the span has no record.
    pub(super) fn session<'a>(&'a self, id: u64, otherwise: Option<&'a str>) -> Option<&'a str> {
        match self.spans.get(&id) {
            Some(link) => self.sessions.get_index(link.session as usize)?.as_deref(),
            None => otherwise,
        }
    }

    /// Returns the ids in the record of a span; `None` without a record, and if the record has none.
    pub(super) fn ids(&self, id: u64) -> Option<(TraceId, SpanId)> {
        let (span, trace) = self.spans.get(&id)?.ids?;
        Some((*self.traces.get_index(trace as usize)?, span))
    }

    /// Finds the topmost ancestor of every span, in time linear in the number of spans. For ids that form a cycle, it is
    /// the smallest id of the cycle.
    pub(super) fn find_roots(&mut self) {
        let ids: Vec<u64> = self.spans.keys().copied().collect();
        let mut path = Vec::new();
        // The places of the current path's spans in it.
        let mut places: HashMap<u64, usize> = HashMap::new();
        for id in ids {
            let mut at = id;
            let root = loop {
                let Some(link) = self.spans.get(&at) else {
                    break at;
                };
                if link.is_root_known {
                    break link.ancestor.unwrap_or(at);
                }
                if let Some(begin) = places.get(&at) {
                    let cycle = path[*begin..].iter().copied();
                    break cycle.min().unwrap_or(at);
                }
                places.insert(at, path.len());
                path.push(at);
                match link.ancestor {
                    Some(parent) => at = parent,
                    None => break at,
                }
            };
            for id in path.drain(..) {
                if let Some(link) = self.spans.get_mut(&id) {
                    link.ancestor = Some(root);
                    link.is_root_known = true;
                }
            }
            places.clear();
        }
    }

    /// Returns the topmost ancestor of a span, which [`find_roots`](Self::find_roots) found. A span without a record has
    /// no known ancestor and is returned itself.
    pub(super) fn root(&self, id: u64) -> u64 {
        let found = self.spans.get(&id).filter(|link| link.is_root_known);
        found.and_then(|link| link.ancestor).unwrap_or(id)
    }
}

#[cfg(test)]
mod tests {
    use super::{Links, SpanLink};

    fn links(pairs: &[(u64, u64)]) -> Links {
        let mut links = Links::default();
        for (id, parent) in pairs {
            links.add(SpanLink {
                id: *id,
                parent: Some(*parent),
                session: (*id > 10).then(|| "s".into()),
                ids: None,
            });
        }
        links.find_roots();
        links
    }

    #[test]
    fn roots_are_found_and_cycles_end() {
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

    /// A walk to the root from each span would not end.
    #[test]
    fn roots_of_a_deep_chain_are_found_in_linear_time() {
        let pairs: Vec<(u64, u64)> = (1..1_000_000).map(|id| (id + 1, id)).collect();
        let links = links(&pairs);
        assert_eq!((links.root(1_000_000), links.root(500_000)), (1, 1));
    }

    #[test]
    fn an_unknown_span_has_the_session_of_its_child() {
        let links = links(&[(2, 1), (11, 2)]);
        assert_eq!(links.session(2, Some("t")), None);
        assert_eq!(links.session(11, Some("t")), Some("s"));
        assert_eq!(links.session(1, Some("t")), Some("t"));
    }
}
