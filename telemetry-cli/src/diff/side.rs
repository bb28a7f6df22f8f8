//! Usage and time of one side of a comparison.

use std::collections::BTreeMap;
use std::str::FromStr;

use hdrhistogram::Histogram;
use jiff::tz::TimeZone;
use telemetry_schema::record::{SessionRecord, Sums, Timestamp};

use crate::error::Error;
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::selection::{Period, SessionChoice, resolve};
use crate::skipped::Skips;
use crate::spans::{Filter, Top, launches, top};

/// The most models that are listed; the sums of further models are added up in one entry.
const MOST_MODELS: usize = 512;

/// The value of a side on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A session.
    Session(SessionChoice),
    /// A period `A..B`, unbounded where a time is missing. A single day is `A..A`.
    Period(Option<String>, Option<String>),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        match text.split_once("..") {
            Some((since, until)) => Ok(Self::Period(part(since), part(until))),
            None if is_day(text) => Ok(Self::Period(part(text), part(text))),
            None => text.parse().map(Self::Session),
        }
    }
}

/// Returns whether the text is a single day. A prefix of a session id has no dashes in these places.
fn is_day(text: &str) -> bool {
    matches!(text, "today" | "yesterday")
        || (text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-')
}

/// Sums over requests, of one model or of all.
#[derive(Clone, Debug)]
pub struct Requests {
    /// The sums.
    pub sums: Sums,
    latencies: Histogram<u32>,
}

impl Requests {
    fn new() -> Option<Self> {
        Some(Self {
            sums: Sums::default(),
            latencies: Histogram::new(2).ok()?,
        })
    }

    fn add(&mut self, sums: &Sums, latency_ms: Option<u64>) {
        self.sums.add(sums);
        if let Some(latency) = latency_ms {
            // The histogram resizes itself.
            let _ = self.latencies.record(latency);
        }
    }

    /// Returns a percentile of the latency in milliseconds, over the successful requests whose records are
    /// still there.
    pub fn latency_ms(&self, percent: f64) -> Option<u64> {
        (!self.latencies.is_empty()).then(|| self.latencies.value_at_percentile(percent))
    }
}

/// One side of the comparison.
#[derive(Debug)]
pub struct Side {
    /// Sums over all requests.
    pub all: Requests,
    /// Sums by requested model.
    pub models: BTreeMap<String, Requests>,
    /// Totals by span name.
    pub spans: Top,
}

/// The data that is extracted from a record.
struct Taken {
    model: String,
    sums: Sums,
    latency_ms: Option<u64>,
}

impl Side {
    /// Reads the records of a side.
    ///
    /// # Errors
    ///
    /// Fails if `choice` selects no session or is not a valid period, or if an existing file cannot be read.
    pub fn read(
        choice: &Choice,
        homes: &Homes,
        zone: &TimeZone,
        skips: &mut Skips,
    ) -> Result<Self, Error> {
        let filter = filter(choice, homes, zone)?;
        let model = |model: Option<&str>| model.unwrap_or("unknown").to_owned();
        let meant = |session: &str, time: Timestamp| filter.has(Some(session), time);
        let take = |record: &SessionRecord<'_>| {
            meant(&record.session_id, record.ts).then(|| Taken {
                model: model(record.model.as_deref()),
                sums: Sums::of(record),
                latency_ms: record.latency_ms.filter(|_| record.is_ok()),
            })
        };
        let only = filter.session.as_deref().map_or(Only::All, Only::Session);
        let start = Requests::new().map(|all| (all, BTreeMap::new()));
        let (found, skipped) = history::read(homes, only, take, start, |found, entry| {
            let Some((all, models)) = found else { return };
            let taken = match entry {
                Entry::Request(taken) => taken,
                Entry::Rollup(it) if meant(&it.session_id, it.ts) => Taken {
                    model: model(it.model.as_deref()),
                    sums: it.sums,
                    latency_ms: None,
                },
                Entry::Rollup(_) => return,
            };
            all.add(&taken.sums, taken.latency_ms);
            let name = if models.len() < MOST_MODELS || models.contains_key(&taken.model) {
                taken.model
            } else {
                "other models".to_owned()
            };
            if let Some(requests) = models.entry(name).or_insert_with(Requests::new) {
                requests.add(&taken.sums, taken.latency_ms);
            }
        })?;
        skips.join(&skipped);
        let spans = top(&launches(homes, &filter.period)?, &filter, skips)?;
        let (all, models) = found.ok_or_else(|| Error::new("no room for a histogram"))?;
        let models = models
            .into_iter()
            .filter_map(|(name, requests)| Some((name, requests?)));
        Ok(Self {
            all,
            models: models.collect(),
            spans,
        })
    }
}

fn filter(choice: &Choice, homes: &Homes, zone: &TimeZone) -> Result<Filter, Error> {
    let mut filter = Filter::default();
    match choice {
        Choice::Session(session) => filter.session = Some(resolve(session, homes)?),
        Choice::Period(since, until) => {
            let now = jiff::Timestamp::now();
            filter.period = Period::parse(since.as_deref(), until.as_deref(), zone, now)?;
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_days_and_periods_are_parsed() {
        let period = |since: Option<&str>, until: Option<&str>| {
            Ok(Choice::Period(
                since.map(str::to_owned),
                until.map(str::to_owned),
            ))
        };
        assert_eq!(
            "2026-11-20..2026-11-22".parse(),
            period(Some("2026-11-20"), Some("2026-11-22"))
        );
        assert_eq!("7d..".parse(), period(Some("7d"), None));
        assert_eq!(
            "yesterday".parse(),
            period(Some("yesterday"), Some("yesterday"))
        );
        assert_eq!(
            "2026-11-22".parse(),
            period(Some("2026-11-22"), Some("2026-11-22"))
        );
        assert_eq!("latest".parse(), Ok(Choice::Session(SessionChoice::Latest)));
        assert_eq!(
            "019AB2".parse(),
            Ok(Choice::Session(SessionChoice::Prefix("019ab2".to_owned())))
        );
    }
}
