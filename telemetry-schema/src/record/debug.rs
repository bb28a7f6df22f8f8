//! The records of the debug log and of further JSONL logs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Json, Timestamp, tag::tag, text};

tag!(
    /// `header`
    HeaderTag for Header = "header"
);
tag!(
    /// `span`
    SpanTag for Span = "span"
);
tag!(
    /// `span_start`
    SpanStartTag for SpanStart = "span_start"
);
tag!(
    /// `event`
    EventTag for Event = "event"
);
tag!(
    /// `lost`
    LostTag for Lost = "lost"
);

/// The first line of a file: who wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Header<'a> {
    pub ts: Timestamp,
    #[serde(rename = "type")]
    pub tag: HeaderTag,
    pub v: u32,
    pub pid: u32,
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub app: Option<Cow<'a, str>>,
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub app_version: Option<Cow<'a, str>>,
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub session_id: Option<Cow<'a, str>>,
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub os: Option<Cow<'a, str>>,
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub arch: Option<Cow<'a, str>>,
}

/// A span that has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Span<'a> {
    /// When it was entered.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: SpanTag,
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// `error`, `warn`, `debug` or `trace`; absent means `info`.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub level: Option<Cow<'a, str>>,
    /// Unique in its file.
    pub id: u64,
    /// The span around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// The thread that entered it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub thread: Option<Cow<'a, str>>,
    /// From entry to end, in nanoseconds.
    pub dur_ns: u64,
    /// The time spent in its polls, in nanoseconds; of futures only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_ns: Option<u64>,
    /// How often it was polled; of futures only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polls: Option<u64>,
    /// `ok`, `err`, `panic` or `cancelled`.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub outcome: Option<Cow<'a, str>>,
    /// The error's text, where the attribute asks for it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub error: Option<Cow<'a, str>>,
    /// The returned value, where the attribute asks for it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub ret: Option<Cow<'a, str>>,
    /// The session that was current.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub session_id: Option<Cow<'a, str>>,
    /// `file:line` of the annotated function.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub src: Option<Cow<'a, str>>,
    /// Its fields: a JSON object, unread.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Json<'a>>,
}

/// A span at its entry, with `span_events = "full"` only.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SpanStart<'a> {
    /// When it was entered.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: SpanStartTag,
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// `error`, `warn`, `debug` or `trace`; absent means `info`.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub level: Option<Cow<'a, str>>,
    /// The [`Span`]'s, unique in its file.
    pub id: u64,
    /// The span around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// The thread that entered it.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub thread: Option<Cow<'a, str>>,
    /// The session that was current.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub session_id: Option<Cow<'a, str>>,
    /// `file:line` of the annotated function.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub src: Option<Cow<'a, str>>,
    /// The fields that it was entered with: a JSON object, unread.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Json<'a>>,
}

/// One event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Event<'a> {
    /// When it happened.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: EventTag,
    /// Its name.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// `error`, `warn`, `debug` or `trace`; absent means `info`.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub level: Option<Cow<'a, str>>,
    /// The span in which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// The thread.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub thread: Option<Cow<'a, str>>,
    /// The session that was current.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub session_id: Option<Cow<'a, str>>,
    /// `file:line`.
    #[serde(
        default,
        borrow,
        deserialize_with = "text::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub src: Option<Cow<'a, str>>,
    /// Its fields: a JSON object, unread.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Json<'a>>,
}

/// Records that could not be written, told once the disk takes records again; or records that
/// `max_per_second` left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lost<'a> {
    /// When it was told.
    pub ts: Timestamp,
    #[serde(rename = "type")]
    #[allow(missing_docs)]
    pub tag: LostTag,
    /// How many.
    pub count: u64,
    /// Their bytes; 0 where they were left out before they had any.
    pub bytes: u64,
    /// What the last failure said, or `max_per_second: NAME`.
    #[serde(borrow)]
    pub cause: Cow<'a, str>,
}
