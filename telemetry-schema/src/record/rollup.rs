//! The records of the rollup: what is left of removed session segments.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::totals::RollupTotals;
use super::{Timestamp, Totals, tag::tag, text};

tag!(
    /// `rollup`
    RollupTag for Rollup = "rollup"
);
tag!(
    /// `folded`
    FoldedTag for Folded = "folded"
);

/// The sums of one day (in UTC), session and model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rollup<'a> {
    /// When the first request started.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: RollupTag,
    /// The version of the schema.
    pub v: u32,
    /// The day in UTC, as `2026-11-22`.
    #[serde(borrow)]
    pub day: Cow<'a, str>,
    /// The session's UUID.
    #[serde(borrow)]
    pub session_id: Cow<'a, str>,
    /// The session that this one was started from: a fork's, a subagent's.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub parent_session_id: Option<Cow<'a, str>>,
    /// The model asked for, else the one that answered.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub model: Option<Cow<'a, str>>,
    /// When the last request started.
    pub last: Timestamp,
    /// When the request that ended last ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end: Option<Timestamp>,
    /// The reasoning effort of the last request that had one.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_effort: Option<Cow<'a, str>>,
    /// When that request started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_effort_ts: Option<Timestamp>,
    /// The sums.
    #[serde(with = "RollupTotals")]
    pub sums: Totals,
}

/// A segment of the session log whose records are in the rollup: whoever finds the file still
/// there must not count it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Folded<'a> {
    /// When it was folded.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: FoldedTag,
    /// The version of the schema.
    pub v: u32,
    /// The segment's file name, without its directory.
    #[serde(borrow)]
    pub segment: Cow<'a, str>,
}
