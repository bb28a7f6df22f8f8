//! Selection of the lines of a file that are purged.

use telemetry_schema::LogKind;
use telemetry_schema::record::Timestamp;

use super::Purge;

/// The decision about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Remove,
    /// The header of a file names the session: the id is overwritten.
    Anonymize,
    /// The line is of a session that the purged one has started.
    Child,
}

/// Decides about the lines of one file, in their order.
pub(super) struct Selector<'a> {
    kind: LogKind,
    purge: &'a Purge,
    /// The decision about the line before: lines without a time belong to it.
    last: Verdict,
}

impl<'a> Selector<'a> {
    pub(super) fn new(kind: LogKind, purge: &'a Purge) -> Self {
        Self {
            kind,
            purge,
            last: Verdict::Keep,
        }
    }

    /// Returns a text that every affected line contains, if there is one.
    pub(super) fn needle(&self) -> Option<&'a str> {
        match self.purge {
            Purge::Session(id) => Some(id),
            Purge::Before(_) => None,
        }
    }

    pub(super) fn verdict(&mut self, line: &[u8]) -> Verdict {
        match self.purge {
            Purge::Session(id) => of_session(line, id),
            Purge::Before(time) => {
                if is_header(line) {
                    // The header is kept, because it marks the file as a log of telemetry.
                    return Verdict::Keep;
                }
                if let Some(began) = time_of(line, self.kind) {
                    self.last = if began < *time {
                        Verdict::Remove
                    } else {
                        Verdict::Keep
                    };
                }
                self.last
            }
        }
    }
}

fn of_session(line: &[u8], id: &str) -> Verdict {
    let Ok(record) = serde_json::from_slice::<serde_json::Value>(line) else {
        // An incomplete line of a process that was killed.
        let key = format!("\"session_id\":\"{id}\"");
        let parent = format!("\"parent_session_id\":\"{id}\"");
        return match (find(line, &key), find(line, &parent)) {
            (true, false) => Verdict::Remove,
            _ => Verdict::Keep,
        };
    };
    let is = |key: &str| record.get(key).and_then(|value| value.as_str()) == Some(id);
    match (is("session_id"), is("parent_session_id")) {
        (true, _) if is_header(line) => Verdict::Anonymize,
        (true, _) => Verdict::Remove,
        (false, true) => Verdict::Child,
        (false, false) => Verdict::Keep,
    }
}

/// Returns the session of a record.
pub(super) fn session_of(line: &[u8]) -> Option<String> {
    let record: serde_json::Value = serde_json::from_slice(line).ok()?;
    Some(record.get("session_id")?.as_str()?.to_owned())
}

fn is_header(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"{\"ts\":\"");
    rest.and_then(|rest| rest.splitn(2, |byte| *byte == b'"').nth(1))
        .is_some_and(|rest| rest.starts_with(b",\"type\":\"header\""))
}

/// Returns the time with which a line begins.
fn time_of(line: &[u8], kind: LogKind) -> Option<Timestamp> {
    let text = if kind == LogKind::Tui {
        line.split(u8::is_ascii_whitespace).next()?
    } else {
        let rest = line.strip_prefix(b"{\"ts\":\"")?;
        rest.split(|byte| *byte == b'"').next()?
    };
    str::from_utf8(text).ok()?.parse().ok()
}

pub(super) fn find(text: &[u8], part: &str) -> bool {
    at(text, part).is_some()
}

/// Returns the offset of a part.
pub(super) fn at(text: &[u8], part: &str) -> Option<usize> {
    let mut windows = text.windows(part.len());
    windows.position(|window| window == part.as_bytes())
}
