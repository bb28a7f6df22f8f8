//! The names of the JSON keys of every record, in one place.

/// The start of what is recorded: RFC 3339, UTC, microseconds.
pub const TS: &str = "ts";
/// `header`, `span`, `event` or `lost`.
pub const TYPE: &str = "type";
/// The session's UUID.
pub const SESSION_ID: &str = "session_id";
