//! The requests of a session log that is read file by file, each once.

use telemetry_schema::record::{GrownRequests, RequestKeys, SessionRecord, request_key};

/// The requests that were taken. A record that repeats one of them is not a request; its increase is an amendment.
#[derive(Debug, Default)]
pub(crate) struct TakenRequests {
    keys: RequestKeys,
    grown: GrownRequests,
}

impl TakenRequests {
    /// Returns whether the record repeats a request that was taken.
    #[cfg(feature = "otlp-send")]
    pub(crate) fn is_repeated(&self, record: &SessionRecord<'_>) -> bool {
        request_key(record).is_some_and(|key| self.keys.contains(&key))
    }

    /// Calls `each` with the record, or with the increase over the request that it repeats. Implausible values are removed, as
    /// in every report.
    pub(crate) fn take(
        &mut self,
        record: &SessionRecord<'_>,
        mut each: impl FnMut(&SessionRecord<'_>),
    ) {
        let is_new = request_key(record).is_none_or(|key| self.keys.insert(key));
        let plausible = record
            .is_implausible()
            .then(|| record.without_implausible());
        let record = match &plausible {
            None => record,
            Some(Some(record)) => record,
            Some(None) => return,
        };
        if is_new {
            self.grown.count(record);
            each(record);
        } else {
            self.grown.repeat(record);
        }
        self.grown.each_amendment(each);
    }
}
