//! The sessions whose ids start with a prefix: which of them is meant, and how a longer prefix selects another one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::ops::Bound::{Excluded, Unbounded};

use telemetry_schema::record::Timestamp;
use telemetry_schema::sort::sort_by_key;

use crate::terminal::counted;

/// The most sessions that a message lists.
const MAX_LISTED: usize = 10;

/// A session whose id starts with the prefix.
#[derive(Debug)]
struct SessionMatch {
    /// The time of its last record.
    last: Timestamp,
    /// The session that started it.
    parent: Option<String>,
}

/// The sessions whose ids start with a prefix.
#[derive(Debug, Default)]
pub(super) struct SessionMatches(BTreeMap<String, SessionMatch>);

impl SessionMatches {
    /// Adds a record of a session.
    pub(super) fn add(&mut self, id: &str, time: Timestamp, parent: Option<&str>) {
        let parent = parent.filter(|parent| *parent != id).map(str::to_owned);
        if let Some(found) = self.0.get_mut(id) {
            found.last = found.last.max(time);
            found.parent = found.parent.take().or(parent);
        } else {
            let last = time;
            self.0.insert(id.to_owned(), SessionMatch { last, parent });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Returns the only session, or the one whose whole id the prefix is: it may also be a prefix of another id.
    pub(super) fn only(&self, prefix: &str) -> Option<String> {
        let mut ids = self.0.keys();
        match (ids.next(), ids.next()) {
            (Some(id), None) => Some(id.clone()),
            _ => self.contains(prefix).then(|| prefix.to_owned()),
        }
    }

    /// Returns the session from which all others were started, directly or over others, or the only session.
    pub(super) fn origin(&self) -> Option<&str> {
        let mut origins = self.0.keys().filter(|id| self.parent(id).is_none());
        let origin = origins.next().filter(|_| origins.next().is_none())?;
        let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
        for id in self.0.keys() {
            if let Some(parent) = self.parent(id) {
                children.entry(parent).or_default().push(id);
            }
        }
        // Sessions that name each other as parents, in a damaged log, have no origin.
        let mut reached = 0;
        let mut open = vec![&**origin];
        while let Some(id) = open.pop() {
            reached += 1;
            open.extend(children.remove(id).unwrap_or_default());
        }
        (reached == self.len()).then_some(origin.as_str())
    }

    /// Returns the session that started this one, if its id starts with the prefix as well.
    fn parent(&self, id: &str) -> Option<&str> {
        let parent = self.0.get(id)?.parent.as_deref()?;
        self.0.contains_key(parent).then_some(parent)
    }

    /// Returns the shortest prefix that selects this session alone.
    fn shortest_prefix<'a>(&self, id: &'a str) -> &'a str {
        let before = self
            .0
            .range::<str, _>((Unbounded, Excluded(id)))
            .next_back();
        let mut after = self.0.range::<str, _>((Excluded(id), Unbounded));
        let common = |other: &String| {
            let both = id.bytes().zip(other.bytes());
            both.take_while(|(a, b)| a == b).count()
        };
        let before = before.map_or(0, |(other, _)| common(other));
        let common = before.max(after.next().map_or(0, |(other, _)| common(other)));
        shortened(id, common + 1)
    }

    /// Returns the message about a prefix that selects none of the sessions: each has the shortest prefix that selects it, and
    /// its relation to the others.
    pub(super) fn ambiguity(&self, prefix: &str) -> String {
        let mut started: HashMap<&str, u64> = HashMap::new();
        for parent in self.0.keys().filter_map(|id| self.parent(id)) {
            *started.entry(parent).or_default() += 1;
        }
        let mut list: Vec<(&String, &SessionMatch)> = self.0.iter().collect();
        sort_by_key(&mut list, |(id, found)| {
            (found.parent.is_some(), Reverse(found.last), *id)
        });
        let several = list.len();
        let order = if list.iter().any(|(_, found)| found.parent.is_some()) {
            "the latest first and subagents last:"
        } else {
            "the latest first:"
        };
        let mut message = format!(
            "{several} sessions begin with {prefix}: give more of the id of one of them, {order}"
        );
        for (id, found) in list.iter().take(MAX_LISTED) {
            // Without the fraction of a second.
            let time = &found.last.to_string()[..19];
            let short = self.shortest_prefix(id);
            let _ = write!(message, "\n  {id} last seen {time}Z, prefix {short}");
            if let Some(parent) = &found.parent {
                let parent = if self.contains(parent) {
                    self.shortest_prefix(parent)
                } else {
                    parent
                };
                let _ = write!(message, ", subagent of {parent}");
            }
            if let Some(started) = started.get(&***id) {
                let _ = write!(message, ", parent of {started}");
            }
        }
        if several > MAX_LISTED {
            let _ = write!(message, "\n  and {} more", several - MAX_LISTED);
        }
        message
    }

    /// Returns the message about a prefix that selects the origin of the other sessions.
    pub(super) fn choice(&self, prefix: &str, origin: &str) -> String {
        let several = self.len();
        let others = counted((several - 1) as u64, "other one was", "others were");
        format!(
            "{several} sessions begin with {prefix}; {origin} is read, from which {others} started"
        )
    }
}

/// Returns the first `len` bytes of an id, without a hyphen at the end; the whole id if it is shorter.
pub fn shortened(id: &str, len: usize) -> &str {
    id.get(..len).unwrap_or(id).trim_end_matches('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn matches(sessions: &[(&str, i64, Option<&str>)]) -> SessionMatches {
        let mut matches = SessionMatches::default();
        for (id, second, parent) in sessions {
            matches.add(id, time(*second), *parent);
        }
        matches
    }

    #[test]
    fn the_session_that_started_all_others_is_the_origin() {
        let of = |sessions: &[_]| matches(sessions).origin().map(str::to_owned);
        let origin = Some("aa10".to_owned());
        assert_eq!(of(&[("aa10", 1, None)]), origin);
        let chain = [
            ("aa10", 1, None),
            ("aa11", 2, Some("aa10")),
            ("aa12", 3, Some("aa11")),
        ];
        assert_eq!(of(&chain), origin);
        // The parent of the origin has another prefix.
        assert_eq!(
            of(&[("aa10", 1, Some("bb")), ("aa11", 2, Some("aa10"))]),
            origin
        );
        // Two subagents of a session with another prefix.
        assert_eq!(
            of(&[("aa10", 1, Some("bb")), ("aa11", 2, Some("bb"))]),
            None
        );
        assert_eq!(of(&[("aa10", 1, None), ("aa11", 2, None)]), None);
        let circle = [
            ("aa10", 1, None),
            ("aa11", 2, Some("aa12")),
            ("aa12", 3, Some("aa11")),
        ];
        assert_eq!(of(&circle), None);
        assert_eq!(of(&[("aa10", 1, Some("aa10"))]), origin);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn a_short_id_ends_without_a_hyphen() {
        assert_eq!(shortened("018f2b1e-7c3a", 9), "018f2b1e");
        assert_eq!(shortened("018f", 9), "018f");
    }

    #[test]
    fn each_session_has_the_shortest_prefix_that_selects_it() {
        let matches = matches(&[
            ("aa10-0", 1, None),
            ("aa10-12", 2, None),
            ("aa10-123", 3, None),
            ("aa1é", 4, None),
            ("aa1è", 4, None),
        ]);
        for (id, prefix) in [
            ("aa10-0", "aa10-0"),
            ("aa10-12", "aa10-12"),
            ("aa10-123", "aa10-123"),
            ("aa1é", "aa1é"),
        ] {
            assert_eq!(matches.shortest_prefix(id), prefix);
        }
    }

    #[test]
    fn an_ambiguity_names_parents_subagents_and_prefixes() {
        let found = matches(&[
            ("aa10-0000", 1, None),
            ("aa20-0000", 2, None),
            ("aa20-1000", 3, Some("aa20-0000")),
            ("aa30-0000", 4, Some("bb00-0000")),
        ]);
        assert_eq!(
            found.ambiguity("aa"),
            "4 sessions begin with aa: give more of the id of one of them, the latest first and subagents last:
  aa20-0000 last seen 1970-01-01T00:00:02Z, prefix aa20-0, parent of 1
  aa10-0000 last seen 1970-01-01T00:00:01Z, prefix aa1
  aa30-0000 last seen 1970-01-01T00:00:04Z, prefix aa3, subagent of bb00-0000
  aa20-1000 last seen 1970-01-01T00:00:03Z, prefix aa20-1, subagent of aa20-0"
        );
    }
}
