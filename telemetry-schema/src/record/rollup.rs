//! The records of the rollup: the totals of removed session segments.

use std::borrow::Cow;

use super::declare::{fields, reader, record, tag};
use super::totals::RollupTotals;
use super::{Timestamp, Totals};

record! {
    /// The totals of one day (in UTC), session and model.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Rollup<'a> {
        /// When the first request started.
        ts: Timestamp,
        type RollupTag = "rollup",
        /// The version of the schema.
        v: u32,
        /// The day in UTC, as `2026-11-22`.
        day: Cow<'a, str>,
        /// The UUID of the session.
        session_id: Cow<'a, str>,
        /// The session that started this one, as a fork or a subagent.
        parent_session_id: Option<Cow<'a, str>>,
        /// The project of the session; the greatest, if its records name several.
        project: Option<Cow<'a, str>>,
        /// The user of the session; the greatest, if its records name several.
        user: Option<Cow<'a, str>>,
        /// The requested model, otherwise the model that answered.
        model: Option<Cow<'a, str>>,
        /// When the last request started.
        last: Timestamp,
        /// The end of the request that ended last.
        last_end: Option<Timestamp>,
        /// The reasoning effort of the last request that had one.
        last_effort: Option<Cow<'a, str>>,
        /// When the last request with a reasoning effort started.
        last_effort_ts: Option<Timestamp>,
        /// The highest number of a turn, if the host marks turns.
        last_turn: Option<u64>,
        /// The totals.
        #[serde(with = "RollupTotals")]
        sums: Totals,
        /// The fold that appended this record. The record counts only if a [`FoldedBatch`] with this number follows;
        /// otherwise the process was killed before. Absent in records that were written with the whole file.
        batch: Option<u64>,
    }
}

record! {
    /// A segment of the session log whose records are in the rollup. A reader that still finds the file must not
    /// count it again.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Folded<'a> {
        /// When the segment was folded.
        ts: Timestamp,
        type FoldedTag = "folded",
        /// The version of the schema.
        v: u32,
        /// The file name of the segment, without its directory.
        segment: Cow<'a, str>,
    }
}

record! {
    /// Segments of the session log whose records are in the rollup, because the sums with the number of this batch precede
    /// it. A reader that still finds a file must not count it again.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct FoldedBatch<'a> {
        /// When the segments were folded.
        ts: Timestamp,
        type FoldedBatchTag = "folded_batch",
        /// The version of the schema.
        v: u32,
        /// The number of the batch.
        batch: u64,
        /// The file names of the segments, without their directory.
        segments: Vec<Cow<'a, str>>,
        /// The offset of the first record that is in the rollup, if only the end of the segment is. A reader that still finds
        /// the file reads the records before the offset.
        offset: Option<u64>,
    }
}
