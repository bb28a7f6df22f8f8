//! What all requests together used and cost, as it grew.

use std::io::Write;

use serde_json::json;
use telemetry_schema::record::{NanoUsd, Timestamp};

use super::clock::Clock;
use super::{Source, event, micros};
use crate::error::Error;
use crate::export::requests;
use crate::skipped::Skips;

/// The process that they belong to.
pub(super) const PID: u32 = 0;
/// Requests that are sorted together, in 32 bytes each. Logs are in about the order of time, but those
/// of several homes come one after the other.
const SORTED: usize = 1 << 20;

/// A request, when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    time: Timestamp,
    prompt: u64,
    completion: u64,
    /// Of what does not say which of both.
    other: u64,
    cost: NanoUsd,
}

#[derive(Default)]
struct Sums {
    prompt: u64,
    completion: u64,
    other: u64,
    cost: NanoUsd,
}

impl Sums {
    fn write(
        &mut self,
        points: &mut Vec<Point>,
        clock: Clock,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        points.sort_unstable();
        for point in points.drain(..) {
            self.prompt = self.prompt.saturating_add(point.prompt);
            self.completion = self.completion.saturating_add(point.completion);
            self.other = self.other.saturating_add(point.other);
            self.cost = self.cost.plus(point.cost);
            let ts = micros(clock.nanos(point.time));
            let mut tokens = json!({"prompt": self.prompt, "completion": self.completion});
            if self.other > 0 {
                tokens["other"] = self.other.into();
            }
            event(
                out,
                &json!({"ph": "C", "name": "tokens", "pid": PID, "tid": 0, "ts": ts, "args": tokens}),
            )?;
            // The exact decimal, not through a float.
            write!(
                out,
                ",\n{{\"ph\":\"C\",\"name\":\"cost\",\"pid\":{PID},\"tid\":0,\"ts\":{ts:?},\"args\":{{\"usd\":{}}}}}",
                self.cost
            )?;
        }
        Ok(())
    }
}

/// Writes a value of each counter for each request.
pub(super) fn write(
    source: &Source<'_>,
    skips: &mut Skips,
    clock: Clock,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut sums = Sums::default();
    let mut points = Vec::new();
    requests(source, skips, |record| {
        let prompt = record.prompt_tokens.unwrap_or(0);
        let completion = record.completion_tokens.unwrap_or(0);
        let known = prompt.saturating_add(completion);
        points.push(Point {
            time: record.end(),
            prompt,
            completion,
            other: record.total().saturating_sub(known),
            cost: record.cost_usd.unwrap_or_default(),
        });
        if points.len() == SORTED {
            sums.write(&mut points, clock, out)?;
        }
        Ok(())
    })?;
    sums.write(&mut points, clock, out)?;
    Ok(())
}
