//! Counters of the tokens and costs of all requests together.

use std::io::Write;

use serde_json::json;
use telemetry_schema::record::{NanoUsd, Timestamp};

use super::clock::TraceClock;
use super::{ExportSource, event, micros};
use crate::error::Error;
use crate::export::requests;
use crate::skipped_lines::SkippedLines;

/// The process id of the counters in the trace.
pub(super) const PID: u32 = 0;
/// The number of requests that are sorted at a time; each takes 48 bytes. A log is almost sorted, but the
/// logs of several homes follow one another.
const SORTED: usize = 1 << 20;

/// The increase of the counters at the end of a request, or their values at that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct CounterPoint {
    time: Timestamp,
    prompt: u64,
    completion: u64,
    /// Tokens that the record counts neither as prompt nor as completion.
    other: u64,
    cost: NanoUsd,
    /// The cost that answers from the proxy's cache saved.
    saved: NanoUsd,
}

impl CounterPoint {
    /// Adds the points to these values in the order of time, and writes the values after each point.
    fn write(
        &mut self,
        points: &mut Vec<CounterPoint>,
        clock: TraceClock,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        points.sort_unstable();
        for point in points.drain(..) {
            self.prompt = self.prompt.saturating_add(point.prompt);
            self.completion = self.completion.saturating_add(point.completion);
            self.other = self.other.saturating_add(point.other);
            self.cost = self.cost.plus(point.cost);
            self.saved = self.saved.plus(point.saved);
            let ts = micros(clock.nanos(point.time));
            let mut tokens = json!({"prompt": self.prompt, "completion": self.completion});
            if self.other > 0 {
                tokens["other"] = self.other.into();
            }
            event(
                out,
                &json!({"ph": "C", "name": "tokens", "pid": PID, "tid": 0, "ts": ts, "args": tokens}),
            )?;
            // `json!` would convert the cost to a float, which is not exact.
            write!(
                out,
                ",\n{{\"ph\":\"C\",\"name\":\"cost\",\"pid\":{PID},\"tid\":0,\"ts\":{ts:?},\"args\":{{\"usd\":{}",
                self.cost
            )?;
            if self.saved > NanoUsd(0) {
                write!(out, ",\"saved\":{}", self.saved)?;
            }
            out.write_all(b"}}")?;
        }
        Ok(())
    }
}

/// Writes the values of the counters after each request.
pub(super) fn write(
    source: &ExportSource<'_>,
    skips: &mut SkippedLines,
    clock: TraceClock,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut sums = CounterPoint::default();
    let mut points = Vec::new();
    requests(source, skips, |record| {
        let prompt = record.prompt_tokens.unwrap_or(0);
        let completion = record.completion_tokens.unwrap_or(0);
        let known = prompt.saturating_add(completion);
        points.push(CounterPoint {
            time: record.end(),
            prompt,
            completion,
            other: record.total().saturating_sub(known),
            cost: record.cost_usd.unwrap_or_default(),
            saved: record.saved_usd.unwrap_or_default(),
        });
        if points.len() == SORTED {
            sums.write(&mut points, clock, out)?;
        }
        Ok(())
    })?;
    sums.write(&mut points, clock, out)?;
    Ok(())
}
