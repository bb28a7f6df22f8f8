//! Captured records as typed values, read from the lines that a log would have.

use std::collections::BTreeMap;
use std::ops::Index;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use telemetry_schema::record::{Record, SessionRecord, Timestamp};

use crate::enabled::callsite::{self, Callsite, CallsiteKind};
use crate::enabled::capture::CapturedRecord;
use crate::enabled::frame::{
    DEBUG_LOG, FrameKind, FrameView, LENGTH, Route, kind_and_len, session,
};
use crate::enabled::line::{LineEncoder, Origin};
use crate::{Level, Outcome, SessionId};

/// A span that has ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CapturedSpan {
    /// The name in the attribute.
    pub name: &'static str,
    /// The level in the attribute.
    pub level: Level,
    /// Where the attribute is: `FILE:LINE`.
    pub source: &'static str,
    /// The id, which is unique in the process.
    pub id: u64,
    /// The id of the span around this one.
    pub parent: Option<u64>,
    /// The name of the thread on which the span ended.
    pub thread: String,
    /// The session at the entry.
    pub session_id: Option<SessionId>,
    /// The number of the turn that the span is, with the option `turn`. Only a turn in a session has a number.
    pub turn: Option<u64>,
    /// When the span began.
    pub start: SystemTime,
    /// The time from the entry to the end.
    pub duration: Duration,
    /// The time in polls, for the span of a future.
    pub busy: Option<Duration>,
    /// The number of polls, for the span of a future.
    pub polls: Option<u64>,
    /// How the function ended.
    pub outcome: Outcome,
    /// The text of the error, with the option `err`.
    pub error: Option<String>,
    /// The text of the return value, with the option `ret`.
    pub ret: Option<String>,
    /// The operation of an agent, with the option `operation`.
    pub operation: Option<String>,
    /// The name of the operation's tool.
    pub tool: Option<String>,
    /// The name of the operation's agent.
    pub agent: Option<String>,
    /// The fields of the entry, and those that `record!` added.
    pub fields: CapturedFields,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CapturedEvent {
    /// The name in the macro.
    pub name: &'static str,
    /// The level in the macro.
    pub level: Level,
    /// The log in the macro; `debug` without one.
    pub log: &'static str,
    /// Where the macro is: `FILE:LINE`.
    pub source: &'static str,
    /// The id of the span around the event.
    pub parent: Option<u64>,
    /// The name of the thread.
    pub thread: String,
    /// The current session.
    pub session_id: Option<SessionId>,
    /// When the event happened.
    pub time: SystemTime,
    /// The fields of the macro.
    pub fields: CapturedFields,
}

/// The usage record of one request. The keys without a field of this type are in [`keys`](Self::keys).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CapturedUsage {
    /// The session that the request counts for.
    pub session_id: Option<SessionId>,
    /// The provider's id of the request; `local-…` if it gave none.
    pub request_id: Option<String>,
    /// The requested model, otherwise the model that answered.
    pub model: Option<String>,
    /// The model that answered.
    pub response_model: Option<String>,
    /// The requested reasoning effort.
    pub reasoning_effort: Option<String>,
    /// All input tokens.
    pub prompt_tokens: Option<u64>,
    /// Input tokens read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// All output tokens.
    pub completion_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// All tokens.
    pub total_tokens: Option<u64>,
    /// The number of the attempt, from 1.
    pub attempt: Option<u32>,
    /// Why the attempt before failed.
    pub retry_cause: Option<String>,
    /// How the request ended.
    pub outcome: Outcome,
    /// The class of a failure, such as `rate_limit`.
    pub error_class: Option<String>,
    /// The cost, in nano-dollars.
    pub cost_nanos: Option<i64>,
    /// The source of the cost; `unpriced` if it is unknown.
    pub cost_source: Option<String>,
    /// Every key of the record, as in the session log.
    pub keys: CapturedFields,
}

/// Fields by their keys. `fields["key"]` panics if the key is absent; [`get`](Self::get) does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CapturedFields(BTreeMap<String, CapturedValue>);

impl CapturedFields {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&CapturedValue> {
        self.0.get(key)
    }

    /// Returns the keys and their values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CapturedValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the record has no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(object: Option<&Map<String, Value>>) -> Self {
        let fields = object.into_iter().flatten();
        Self(
            fields
                .map(|(key, value)| (key.clone(), CapturedValue::of(value)))
                .collect(),
        )
    }
}

impl Index<&str> for CapturedFields {
    type Output = CapturedValue;

    #[track_caller]
    fn index(&self, key: &str) -> &CapturedValue {
        let keys = || self.0.keys().map(String::as_str).collect::<Vec<_>>();
        match self.0.get(key) {
            Some(value) => value,
            None => panic!("no field `{key}`; recorded: {}", keys().join(", ")),
        }
    }
}

/// The value of a field. It can be compared with numbers, texts and booleans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CapturedValue {
    /// A boolean.
    Bool(bool),
    /// An integer that is not negative.
    Unsigned(u64),
    /// A negative integer.
    Signed(i64),
    /// Another number.
    Float(f64),
    /// A text; also a number of 128 bits and a float that is not finite.
    Text(String),
    /// The JSON of another value, such as that of a text that was cut.
    Json(String),
}

impl CapturedValue {
    fn of(value: &Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => Self::Unsigned(value),
                (_, Some(value), _) => Self::Signed(value),
                (_, _, Some(value)) => Self::Float(value),
                _ => Self::Json(number.to_string()),
            },
            other => Self::Json(other.to_string()),
        }
    }

    fn as_i128(&self) -> Option<i128> {
        match *self {
            Self::Unsigned(value) => Some(value.into()),
            Self::Signed(value) => Some(value.into()),
            _ => None,
        }
    }
}

macro_rules! compares_with_integers {
    ($($integer:ty)*) => {$(
        impl PartialEq<$integer> for CapturedValue {
            fn eq(&self, other: &$integer) -> bool {
                self.as_i128().is_some() && self.as_i128() == i128::try_from(*other).ok()
            }
        }
    )*};
}
compares_with_integers!(i32 u32 i64 u64 usize);

impl PartialEq<f64> for CapturedValue {
    fn eq(&self, other: &f64) -> bool {
        matches!(self, Self::Float(value) if value == other)
    }
}

impl PartialEq<bool> for CapturedValue {
    fn eq(&self, other: &bool) -> bool {
        matches!(self, Self::Bool(value) if value == other)
    }
}

impl PartialEq<str> for CapturedValue {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Text(text) if text == other)
    }
}

impl PartialEq<&str> for CapturedValue {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// A frame, read as the line that the debug log would have.
struct ReadFrame {
    callsite: &'static Callsite,
    line: Map<String, Value>,
}

impl ReadFrame {
    /// Reads a frame of this kind.
    fn of(record: &CapturedRecord, kind: FrameKind) -> Option<Self> {
        let CapturedRecord::Frame {
            session: id,
            thread,
            bytes,
        } = record
        else {
            return None;
        };
        let mut bytes = bytes.clone();
        if kind_and_len(*bytes.first_chunk::<LENGTH>()?).0 != kind {
            return None;
        }
        let number = FrameView::new(&bytes)?.head(kind).route.number();
        // A line of the TUI log is text: every frame is read as one of the debug log.
        bytes[4..8].copy_from_slice(&Route::new(DEBUG_LOG, number).bits().to_le_bytes());
        let mut encoder = LineEncoder::new();
        let mut origin = Origin::of_thread(thread);
        encoder.add(&session(*id), FrameKind::Session, &mut origin);
        encoder.add(&bytes, kind, &mut origin);
        let line = encoder.buffers.get(DEBUG_LOG as usize)?.lines();
        Some(Self {
            callsite: callsite::by_number(number)?,
            line: serde_json::from_slice(line).ok()?,
        })
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.line.get(key)?.as_u64()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.line.get(key)?.as_str()
    }

    /// Returns the text of an error or a return value, which is an object if it was cut.
    fn end_text(&self, key: &str) -> Option<String> {
        let value = self.line.get(key)?;
        let text = value.as_str().map(str::to_owned);
        Some(text.unwrap_or_else(|| value.to_string()))
    }

    fn session_id(&self) -> Option<SessionId> {
        self.text("session_id")?.parse().ok()
    }

    fn time(&self) -> Option<SystemTime> {
        let time: Timestamp = self.text("ts")?.parse().ok()?;
        Some(time.to_system_time())
    }

    fn fields(&self) -> CapturedFields {
        CapturedFields::of(self.line.get("fields").and_then(Value::as_object))
    }
}

impl CapturedSpan {
    pub(super) fn read(record: &CapturedRecord) -> Option<Self> {
        let read = ReadFrame::of(record, FrameKind::Span)?;
        Some(Self {
            name: read.callsite.name,
            level: read.callsite.level,
            source: read.callsite.src,
            id: read.number("id")?,
            parent: read.number("parent"),
            thread: read.text("thread")?.to_owned(),
            session_id: read.session_id(),
            start: read.time()?,
            duration: Duration::from_nanos(read.number("dur_ns")?),
            turn: read.number("turn"),
            busy: read.number("busy_ns").map(Duration::from_nanos),
            polls: read.number("polls"),
            outcome: outcome(read.text("outcome")),
            error: read.end_text("error"),
            ret: read.end_text("ret"),
            operation: read.end_text("operation"),
            tool: read.end_text("tool"),
            agent: read.end_text("agent"),
            fields: read.fields(),
        })
    }
}

impl CapturedEvent {
    pub(super) fn read(record: &CapturedRecord) -> Option<Self> {
        let read = ReadFrame::of(record, FrameKind::Event)?;
        Some(Self {
            name: read.callsite.name,
            level: read.callsite.level,
            log: match read.callsite.kind {
                CallsiteKind::Event { log: Some(log) } => log,
                _ => "debug",
            },
            source: read.callsite.src,
            parent: read.number("parent"),
            thread: read.text("thread")?.to_owned(),
            session_id: read.session_id(),
            time: read.time()?,
            fields: read.fields(),
        })
    }
}

impl CapturedUsage {
    pub(super) fn read(record: &CapturedRecord) -> Option<Self> {
        let CapturedRecord::Usage(line) = record else {
            return None;
        };
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let Ok(Record::Session(record)) = Record::parse(line) else {
            return None;
        };
        let keys: Map<String, Value> = serde_json::from_slice(line).ok()?;
        Some(Self::of(record, CapturedFields::of(Some(&keys))))
    }

    fn of(record: SessionRecord<'_>, keys: CapturedFields) -> Self {
        Self {
            session_id: record.session_id.parse().ok(),
            request_id: record.request_id.map(Into::into),
            model: record.model.map(Into::into),
            response_model: record.response_model.map(Into::into),
            reasoning_effort: record.reasoning_effort.map(Into::into),
            prompt_tokens: record.prompt_tokens,
            cached_tokens: record.cached_tokens,
            completion_tokens: record.completion_tokens,
            reasoning_tokens: record.reasoning_tokens,
            total_tokens: record.total_tokens,
            attempt: record.attempt,
            retry_cause: record.retry_cause.map(Into::into),
            outcome: record.outcome.unwrap_or_default(),
            error_class: record.error_class.map(Into::into),
            cost_nanos: record.cost_usd.map(|cost| cost.0),
            cost_source: record.cost_source.map(Into::into),
            keys,
        }
    }
}

fn outcome(text: Option<&str>) -> Outcome {
    match text {
        Some("err") => Outcome::Err,
        Some("panic") => Outcome::Panic,
        Some("cancelled") => Outcome::Cancelled,
        _ => Outcome::Ok,
    }
}
