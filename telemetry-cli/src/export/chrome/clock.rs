//! The time origin of a trace.

use std::fs::File;
use std::io::{self, Read};

use telemetry_schema::record::{MAX_LINE, Record, Records, Timestamp};
use telemetry_store::FileRole;

use crate::error::Error;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::records::time_of;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// The number of bytes at the start of a file that are searched for its first record.
const HEAD: u64 = 2 * MAX_LINE as u64;

/// Converts times to times since the midnight (UTC) before the first record of all files. A span can begin before the first
/// record of its file, but not before the launch that the name of the file has. Earlier times are clamped to the midnight,
/// as viewers omit negative times.
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
                firsts.extend(launch(&file).filter(|_| first.is_some()));
            }
        }
        let first = firsts.into_iter().min().unwrap_or_default().micros();
        let day = first.div_euclid(DAY);
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

/// Returns the time of the launch whose file this is.
fn launch(file: &LogFile) -> Option<Timestamp> {
    let FileRole::Segment(segment) = &file.part else {
        return None;
    };
    if file.kind != LogKind::Debug {
        // The time of a shared log's segment is that of its rotation.
        return None;
    }
    let stamp = &segment.stamp;
    let day = format!(
        "{}-{}-{}",
        stamp.get(..4)?,
        stamp.get(4..6)?,
        stamp.get(6..8)?
    );
    let (hour, minute, second) = (stamp.get(9..11)?, stamp.get(11..13)?, stamp.get(13..15)?);
    format!("{day}T{hour}:{minute}:{second}Z").parse().ok()
}

/// Returns the earliest start among the first records of a file: records are written when they end.
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
            first = Some(first.map_or(time, |first: Timestamp| first.min(time)));
        }
    })?;
    Ok(first)
}
