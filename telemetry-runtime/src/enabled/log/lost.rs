//! Lines that report the records that are missing from a log.

use telemetry_schema::LogKind;
use telemetry_text::counted;

use crate::enabled::clock::{self, Stamp};
use crate::enabled::json;

/// Records that are missing from a log, and why.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    pub(crate) count: u64,
    /// 0 if the records never became lines.
    pub(crate) bytes: u64,
    pub(crate) cause: String,
}

impl Lost {
    /// Describes records of one call site that a setting omitted. `cause` is `SETTING: NAME`.
    pub(crate) fn omitted(cause: &str, count: u64) -> Self {
        Self {
            count,
            bytes: 0,
            cause: cause.to_owned(),
        }
    }

    /// Describes answers whose request id was that of an earlier request, in whose record they are.
    pub(crate) fn repeated_requests(count: u64) -> Self {
        Self {
            count,
            bytes: 0,
            cause: "repeated request id".to_owned(),
        }
    }

    /// Describes these records for another log: they are missing from the session log, which has no `lost` records.
    pub(crate) fn of_session_log(self) -> Self {
        Self {
            cause: format!("session log: {}", self.cause),
            ..self
        }
    }

    /// Returns the line that [`write`](Self::write) appends.
    pub(crate) fn line(&self, kind: LogKind) -> Vec<u8> {
        let mut line = Vec::new();
        self.write(kind, &mut line);
        line
    }

    /// Appends a line in the format of a log of this kind, or nothing if no record is missing.
    pub(crate) fn write(&self, kind: LogKind, out: &mut Vec<u8>) {
        if self.count == 0 || kind == LogKind::Session {
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
        if kind.is_json() {
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
            let lines = counted(*count, "line", "lines");
            let what = if *bytes == 0 {
                format!("{lines} omitted")
            } else {
                format!("{lines} ({}) lost", counted(*bytes, "byte", "bytes"))
            };
            let text = format!("  WARN telemetry: {what}: {cause}");
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b'\n');
    }
}
