use std::collections::BTreeMap;

/// The state of the writer. All counts begin at `init`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Records that were passed to the kernel.
    pub written: u64,
    /// Bytes that were passed to the kernel.
    pub bytes: u64,
    /// Records that could not be written; the sum of [`lost_by_cause`](Self::lost_by_cause).
    pub lost: u64,
    /// The lost records by cause. Causes of a refused write are those of `lost` records: `disk full`,
    /// `quota exceeded`, `file too large`, `permission denied`, `read-only file system`, `directory gone`,
    /// `not a directory`, `unsafe directory`, `not a log of telemetry`, or the error text of the operating
    /// system. These causes appear here only: `telemetry ended` (see [`lost_late`](Self::lost_late));
    /// `no writer`, if no writer thread could be started in a forked process; `panic in host code`, for a
    /// [`UsageSource`](crate::UsageSource) that panicked; `panic of the writer`; `inside telemetry`, for a record
    /// that an allocator or a signal handler of the host began while its thread was running code of
    /// telemetry; `thread ended`, for a span that began in the destructor of a thread-local after
    /// telemetry's thread-local state was destroyed. After 32 causes, further ones are counted as `other`.
    pub lost_by_cause: BTreeMap<String, u64>,
    /// The bytes of the lost records, as far as these were encoded.
    pub lost_bytes: u64,
    /// Lost records that ended after telemetry was disabled, so that no log contains a `lost` record for
    /// them.
    pub lost_late: u64,
    /// Requests that the session log keeps in memory because the disk refuses them. They are not part of `lost` until telemetry
    /// ends; the debug log then has a `lost` record for them.
    pub held: u64,
    /// The largest number of bytes that were waiting for the writer in one thread's buffer of 256 KiB.
    pub queue_peak: u64,
    /// Records that were not written because their call site exceeded `max_per_second`. They are not part
    /// of `lost`.
    pub limited: u64,
    /// Spans and events that were not written because of `sample`. They are not part of `lost`.
    pub sampled_out: u64,
    /// The text of the last failure, with its file; `None` if nothing has failed. A failure need not lose a record: an event
    /// of a log that no `[telemetry.logs.NAME]` declares is one and is not part of [`lost`](Self::lost), and so is a file
    /// that could not be removed. Report the two separately.
    pub last_error: Option<String>,
    /// Segments that were closed because they were full.
    pub rotated: u64,
    /// Files that were removed to keep the budget.
    pub pruned: u64,
    /// Panics of the host's `Debug`, `Display` or usage code that were caught while a record was made.
    pub caught_panics: u64,
    /// Counts in answers that were refused: negative, fractional or too large.
    pub refused_counts: u64,
    /// Answers with the id of a request that had ended before they were asked for. Only the increase of their counts over
    /// that request is counted, so that the costs may be too low.
    pub repeated_request_ids: u64,
}
