//! Requests with records in folded and in staying segments.

use telemetry_schema::record::{Record, RepeatedRecords, RequestKeys, SessionRecord, write_line};

/// Requests with records in folded and in staying segments.
///
/// A reader counts the amounts of the staying records. The fold adds the amounts by which all records together exceed them.
#[derive(Clone, Debug, Default)]
pub(super) struct SpanningRequests {
    /// The answered requests of the staying segments.
    staying: RequestKeys,
    /// The requests of `staying` that also have a folded record.
    spanning: RequestKeys,
    /// All records of the spanning requests, and the staying ones among them.
    all: RepeatedRecords,
    rest: RepeatedRecords,
    /// The first folded line of each spanning request.
    lines: Vec<Vec<u8>>,
    has_line: RequestKeys,
}

impl SpanningRequests {
    /// Notes a record that stays.
    pub(super) fn stays(&mut self, record: &SessionRecord<'_>) {
        if !record.is_amendment() {
            self.staying.extend(record.answered_key());
        }
    }

    /// Notes a record that is folded. Returns whether its request also has a record that stays.
    pub(super) fn is_spanning(&mut self, record: &SessionRecord<'_>) -> bool {
        let Some(key) = record
            .answered_key()
            .filter(|key| self.staying.contains(key))
        else {
            return false;
        };
        self.spanning.insert(key);
        true
    }

    /// Takes the spanning requests. The staying segments stay known for the next part.
    pub(super) fn take(&mut self) -> Self {
        let rest = Self {
            staying: std::mem::take(&mut self.staying),
            ..Self::default()
        };
        std::mem::replace(self, rest)
    }

    pub(super) fn any(&self) -> bool {
        !self.spanning.is_empty()
    }

    /// Adds a record of a spanning request; other records are ignored. The records are added in the order of the logs,
    /// those that are folded first.
    pub(super) fn add(&mut self, record: &SessionRecord<'_>, stays: bool) {
        let key = record.answered_key();
        let Some(key) = key.filter(|key| self.spanning.contains(key)) else {
            return;
        };
        self.all.add(record);
        if stays {
            self.rest.add(record);
            return;
        }
        let mut line = Vec::new();
        // A record consists of strings, integers and raw decimals, which all have a JSON form.
        if self.has_line.insert(key) && write_line(&mut line, record).is_ok() {
            self.lines.push(line);
        }
    }

    /// Calls `add` with an amendment for each request whose records together exceed the staying ones.
    pub(super) fn each_increase(mut self, mut add: impl FnMut(&SessionRecord<'_>)) {
        self.all.each_amendment(|_| {});
        self.rest.each_amendment(|_| {});
        for line in &self.lines {
            if let Ok(Record::Session(record)) = Record::parse(line.trim_ascii_end())
                && let Some(increase) = self.all.increase_over(&self.rest, record)
            {
                add(&increase);
            }
        }
    }
}
