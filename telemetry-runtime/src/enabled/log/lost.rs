//! Lines that say that records are missing from a log.

use crate::enabled::clock::{self, Stamp};
use crate::enabled::json;

/// The format of a log's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Missing records are reported as a `lost` record.
    Json,
    /// Missing records are reported as a line of text.
    Text,
    /// Missing records are not reported: lines that cannot be written are kept and tried again.
    Session,
}

/// Records that are missing from a log, and why.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    pub(crate) count: u64,
    /// 0 if the records never became lines.
    pub(crate) bytes: u64,
    pub(crate) cause: String,
}

impl Lost {
    /// Describes records of one call site that were rate-limited.
    pub(crate) fn rate_limited(name: &str, count: u64) -> Self {
        Self {
            count,
            bytes: 0,
            cause: format!("max_per_second: {name}"),
        }
    }

    /// Appends a line of that format, or nothing if nothing is missing.
    pub(crate) fn write(&self, format: Format, out: &mut Vec<u8>) {
        if self.count == 0 || format == Format::Session {
            return;
        }
        let now = |out: &mut Vec<u8>| {
            Stamp::new().write(out, clock::wall_nanos(clock::now()));
        };
        let Self {
            count,
            bytes,
            cause,
        } = self;
        if format == Format::Json {
            out.extend_from_slice(b"{\"ts\":\"");
            now(out);
            out.extend_from_slice(b"\",\"type\":\"lost\",\"count\":");
            json::unsigned(&mut *out, *count);
            out.extend_from_slice(b",\"bytes\":");
            json::unsigned(&mut *out, *bytes);
            out.extend_from_slice(b",\"cause\":");
            json::string(&mut *out, cause);
            out.push(b'}');
        } else {
            now(out);
            let text = match bytes {
                0 => format!("  WARN telemetry: {count} lines left out: {cause}"),
                _ => format!("  WARN telemetry: {count} lines ({bytes} bytes) lost: {cause}"),
            };
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'\n');
    }
}
