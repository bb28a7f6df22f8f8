use std::collections::BTreeMap;

/// How the writer is doing, counted since `init`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Records in the kernel.
    pub written: u64,
    /// Bytes in the kernel.
    pub bytes: u64,
    /// Records that could not be written; the sum of [`lost_by_cause`](Self::lost_by_cause).
    pub lost: u64,
    /// The same by cause, in the words of `lost` records for what a disk refused: `disk full`, `quota
    /// exceeded`, `file too large`, `permission denied`, `read-only file system`, `directory gone`, `not
    /// a directory`, else what the system said. Besides, and in no log: `telemetry ended`
    /// ([`lost_late`](Self::lost_late)); `no writer`, where no thread could be started in a forked
    /// process; `panic in host code`, of a [`UsageSource`](crate::UsageSource) that was asked; `panic of
    /// the writer`; `thread ended`, of a span that began in the destructor of a thread-local, after those
    /// of telemetry. More than 32 causes are `other`.
    pub lost_by_cause: BTreeMap<String, u64>,
    /// Their bytes, as far as they had any.
    pub lost_bytes: u64,
    /// Of the lost ones, those that ended when telemetry had been switched off already, so that no log
    /// can say that they are missing.
    pub lost_late: u64,
    /// The most bytes that waited for the writer in one thread's buffer, which has 256 KiB.
    pub queue_peak: u64,
    /// Records left out because their call site had its `max_per_second`; not among `lost`.
    pub limited: u64,
    /// What the last failure said, with the file it concerns; `None` while nothing failed.
    pub last_error: Option<String>,
    /// Segments closed because they were full.
    pub rotated: u64,
    /// Files removed to keep the budget.
    pub pruned: u64,
    /// Panics of a host's own `Debug`, `Display` or usage code, caught while a record was made.
    pub caught_panics: u64,
    /// Counts in answers that were refused: negative, fractional or too large.
    pub refused_counts: u64,
}
