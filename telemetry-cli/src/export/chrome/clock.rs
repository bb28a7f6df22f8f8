//! The time origin of a trace.

use std::fs::File;
use std::io::{self, Read};

use telemetry_schema::record::{MAX_LINE, Record, Records, Timestamp};

use crate::error::Error;
use crate::home::{Homes, LogKind, open};
use crate::records::time_of;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// The number of bytes at the start of a file that are searched for its first record.
const HEAD: u64 = 2 * MAX_LINE as u64;

/// The number of days before the first record at which the trace starts. Spans can start before their
/// file, and the files of their start may have been pruned.
const BEFORE: i64 = 7;

/// Converts times to times since the midnight (UTC) a week before the first record of all files. Earlier
/// times are clamped to it, as viewers omit negative times.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraceClock(Timestamp);

impl TraceClock {
    pub(super) fn of(homes: &Homes) -> Result<Self, Error> {
        let mut firsts = Vec::new();
        for file in homes.files()? {
            if matches!(file.kind, LogKind::Debug | LogKind::Session)
                && let Some(open) = open(&file.path)?
            {
                let first = first(open).map_err(|error| Error::io("read", &file.path, error))?;
                firsts.extend(first);
            }
        }
        let first = firsts.into_iter().min().unwrap_or_default().micros();
        let day = first.div_euclid(DAY) - BEFORE;
        Ok(Self(Timestamp::from_micros(day.saturating_mul(DAY))))
    }

    /// Returns the time origin, which is a midnight in UTC.
    pub(super) fn zero(self) -> Timestamp {
        self.0
    }

    /// Returns the nanoseconds since the time origin.
    pub(super) fn nanos(self, time: Timestamp) -> i128 {
        let micros = i128::from(time.micros()) - i128::from(self.0.micros());
        micros.max(0) * 1000
    }
}

/// Returns the start of the first record of a file.
fn first(file: File) -> io::Result<Option<Timestamp>> {
    let mut first = None;
    Records::new(file.take(HEAD)).each(|record| {
        let is_of_host = !matches!(
            record,
            Record::Lost(_)
                | Record::Rollup(_)
                | Record::Folded(_)
                | Record::FoldedBatch(_)
                | Record::RollupDays(_)
        );
        if let Some(time) = time_of(&record).filter(|_| is_of_host) {
            first.get_or_insert(time);
        }
    })?;
    Ok(first)
}
