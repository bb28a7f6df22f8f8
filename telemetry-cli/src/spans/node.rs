//! The nodes of a span tree.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use telemetry_schema::record::{Event, Json, Span, SpanStart, Timestamp};

use crate::records::{end_of, has_failed};

/// The kind of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// An ended span.
    Span,
    /// A span that had not ended when the log was read. Needs `span_events = "full"`.
    Open,
    /// An event.
    Event,
    /// A span that occurs only as the parent of others: it has not ended, or its line was lost.
    #[default]
    Missing,
}

/// A node of a tree. The fields have the names of the record's keys.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "docs/schema documents the keys of the records")]
pub struct Node {
    pub kind: NodeKind,
    pub ts: Timestamp,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dur_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The last 64 bits of the trace id, or 0 without one.
    #[serde(skip)]
    pub trace: u64,
    /// The number of the turn that the span is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src: Option<String>,
    /// A JSON value in its form in the line.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    pub fields: Option<String>,
    /// The keys of the fields that are lengths, as a JSON array.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    pub lengths: Option<String>,
}

/// Serializes the text as the JSON value that it contains.
#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn raw<S: Serializer>(json: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let json = json.as_deref().map(serde_json::from_str::<&RawValue>);
    json.transpose().ok().flatten().serialize(serializer)
}

fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}

fn json(value: Option<Json<'_>>) -> Option<String> {
    value.map(|json| json.get().to_owned())
}

/// Returns the last 64 bits of a trace id, or 0 for none.
fn trace(id: Option<&str>) -> u64 {
    let digits = id.and_then(|id| id.get(id.len().checked_sub(16)?..));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.unwrap_or(0)
}

impl Node {
    /// Returns the node of an ended span.
    pub fn span(it: Span<'_>) -> Self {
        Self {
            trace: trace(it.trace_id.as_deref()),
            kind: NodeKind::Span,
            ts: it.ts,
            name: it.name.into_owned(),
            id: Some(it.id),
            parent: it.parent,
            dur_ns: Some(it.dur_ns),
            busy_ns: it.busy_ns,
            polls: it.polls,
            outcome: owned(it.outcome),
            error: owned(it.error),
            ret: owned(it.ret),
            level: owned(it.level),
            thread: owned(it.thread),
            session_id: owned(it.session_id),
            turn: it.turn,
            operation: owned(it.operation),
            tool: owned(it.tool),
            agent: owned(it.agent),
            src: owned(it.src),
            fields: json(it.fields),
            lengths: json(it.lengths),
        }
    }

    /// Returns the node of a span that was entered.
    pub fn open(it: SpanStart<'_>) -> Self {
        Self {
            kind: NodeKind::Open,
            ts: it.ts,
            name: it.name.into_owned(),
            id: Some(it.id),
            parent: it.parent,
            level: owned(it.level),
            thread: owned(it.thread),
            session_id: owned(it.session_id),
            operation: owned(it.operation),
            tool: owned(it.tool),
            agent: owned(it.agent),
            src: owned(it.src),
            fields: json(it.fields),
            lengths: json(it.lengths),
            ..Self::default()
        }
    }

    /// Returns the node of an event.
    pub fn event(it: Event<'_>) -> Self {
        Self {
            trace: trace(it.trace_id.as_deref()),
            kind: NodeKind::Event,
            ts: it.ts,
            name: it.name.into_owned(),
            parent: it.parent,
            level: owned(it.level),
            thread: owned(it.thread),
            session_id: owned(it.session_id),
            src: owned(it.src),
            fields: json(it.fields),
            lengths: json(it.lengths),
            ..Self::default()
        }
    }

    /// Returns the node of a span without a record, whose first child started at `ts`.
    pub fn missing(ts: Timestamp, id: Option<u64>) -> Self {
        Self {
            ts,
            id,
            ..Self::default()
        }
    }

    /// Returns whether the span ended with an outcome other than `ok`.
    pub fn has_failed(&self) -> bool {
        has_failed(self.outcome.as_deref())
    }

    /// Returns the end of the span, or the start of a node without a duration.
    pub fn end(&self) -> Timestamp {
        end_of(self.ts, self.dur_ns.unwrap_or(0))
    }

    /// Returns the memory that the node uses, in bytes.
    pub fn bytes(&self) -> usize {
        let texts = [
            &self.outcome,
            &self.error,
            &self.ret,
            &self.level,
            &self.thread,
            &self.session_id,
            &self.operation,
            &self.tool,
            &self.agent,
            &self.src,
            &self.fields,
            &self.lengths,
        ];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        size_of::<Self>() + self.name.len() + texts
    }
}
