//! Reads the values of the status line. Of the session logs only the end is read: from the start of the day, or from the start of the
//! session if that is earlier.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;

use telemetry_schema::pricing::PriceMap;
use telemetry_schema::record::{SessionRecord, Timestamp, Totals};

use super::StatuslineInput;
use crate::error::Error;
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::hourly_cost::HourlyCost;
use crate::selection::{Calendar, Grouping, latest};

/// The values of the status line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statusline {
    /// The id of the session.
    pub session: Option<String>,
    /// The model of the latest request, otherwise the one on stdin.
    pub model: Option<String>,
    /// The sums of the session.
    pub of_session: Totals,
    /// The sums of all sessions since the start of the day.
    pub of_today: Totals,
    /// The cost per hour of all sessions.
    pub of_hour: HourlyCost,
    /// The tokens of the latest answered request and of its answer.
    pub context_tokens: Option<u64>,
    /// The most input tokens of the model.
    pub context_window: Option<u64>,
    /// The part of the context that is left, in percent.
    pub context_left: Option<u64>,
}

/// The sums of a session, and its latest request.
#[derive(Debug, Default)]
struct SessionSums {
    sums: Totals,
    /// The time, the model and the tokens of the latest answered request whose tokens are known.
    last: Option<(Timestamp, Option<String>, u64)>,
    /// The time and the model of the latest request.
    last_model: Option<(Timestamp, String)>,
}

#[derive(Debug, Default)]
struct Sums {
    sessions: HashMap<String, SessionSums>,
    today: Totals,
    hour: HourlyCost,
}

/// A request, as it is added up.
struct CountedRequest {
    session: String,
    ts: Timestamp,
    totals: Totals,
    model: Option<String>,
    tokens: Option<u64>,
}

impl CountedRequest {
    fn of(record: &SessionRecord<'_>) -> Self {
        let is_answer = record.is_ok() && record.has_tokens() && !record.is_amendment();
        Self {
            session: record.session_id.to_string(),
            ts: record.ts,
            totals: record.totals(),
            model: record.model.as_deref().map(str::to_owned),
            tokens: is_answer.then(|| record.total()),
        }
    }
}

impl Sums {
    fn read(
        homes: &Homes,
        since: Timestamp,
        day: &Range<Timestamp>,
        hour: &Range<Timestamp>,
    ) -> Result<Self, Error> {
        let digest =
            |record: &SessionRecord<'_>| (record.ts >= since).then(|| CountedRequest::of(record));
        let only = Only::Since(since);
        let (sums, _) =
            history::read(
                homes,
                only,
                digest,
                Self::default(),
                |sums, entry| match entry {
                    HistoryEntry::Request(request) => sums.add(request, day, hour),
                    HistoryEntry::Rollup(rollup) => {
                        if day.contains(&rollup.ts) {
                            sums.today.add(&rollup.sums);
                        }
                        let session = sums
                            .sessions
                            .entry(rollup.session_id.to_string())
                            .or_default();
                        session.sums.add(&rollup.sums);
                    }
                },
            )?;
        Ok(sums)
    }

    fn add(&mut self, request: CountedRequest, day: &Range<Timestamp>, hour: &Range<Timestamp>) {
        if day.contains(&request.ts) {
            self.today.add(&request.totals);
        }
        if hour.contains(&request.ts) {
            self.hour.add(HourlyCost::of(&request.totals));
        }
        let session = self.sessions.entry(request.session).or_default();
        session.sums.add(&request.totals);
        let last_model = session.last_model.as_ref();
        if let Some(model) = &request.model
            && last_model.is_none_or(|(ts, _)| *ts <= request.ts)
        {
            session.last_model = Some((request.ts, model.clone()));
        }
        if let Some(tokens) = request.tokens
            && session
                .last
                .as_ref()
                .is_none_or(|(ts, ..)| *ts <= request.ts)
        {
            session.last = Some((request.ts, request.model, tokens));
        }
    }
}

/// Reads the values for a session: the given one, otherwise the one on stdin if it has a record, otherwise the latest one.
///
/// # Errors
///
/// Fails if an existing directory or file cannot be read.
pub fn read(
    homes: &Homes,
    session: Option<String>,
    input: &StatuslineInput,
    mut calendar: Calendar,
    now: Timestamp,
) -> Result<Statusline, Error> {
    let today = calendar.rows_before(Grouping::Daily, now, 0);
    let day = calendar.start(today);
    let hour = HourlyCost::period(now);
    // A record with a later time is one of a wrong clock.
    let end = calendar
        .next_day(now)
        .unwrap_or(Timestamp::from_micros(i64::MAX));
    let read =
        |start: Timestamp| Sums::read(homes, start.min(day).min(hour.start), &(day..end), &hour);
    // An id without a time may be of any age.
    let read_since_start = |id: &str| {
        if let Some(start) = start_of(id) {
            let sums = read(start)?;
            if sums.sessions.contains_key(id) {
                return Ok(sums);
            }
            // The clock was set back after the start, or the records are from another machine.
        }
        read(Timestamp::from_micros(0))
    };
    let of_input = || {
        let Some(id) = &input.session_id else {
            return Ok(None);
        };
        // The id may be that of a program without telemetry, for which the whole log would be read in vain.
        let start = start_of(id);
        let mut sums = read(start.unwrap_or(day))?;
        if !sums.sessions.contains_key(id) {
            return Ok(None);
        }
        if start.is_none() {
            sums = read_since_start(id)?;
        }
        Ok::<_, Error>(Some((Some(id.clone()), sums)))
    };
    let (chosen, mut sums) = if let Some(id) = session {
        let sums = read_since_start(&id)?;
        (Some(id), sums)
    } else if let Some(found) = of_input()? {
        found
    } else {
        let id = latest(homes)?;
        let sums = id.as_deref().map_or_else(|| read(day), read_since_start)?;
        (id, sums)
    };
    let of_session = chosen.as_ref().and_then(|id| sums.sessions.remove(id));
    let SessionSums {
        sums: totals,
        last,
        last_model,
    } = of_session.unwrap_or_default();
    let (model, tokens) = match last {
        Some((_, model, tokens)) => (model, Some(tokens)),
        None => (last_model.map(|(_, model)| model), None),
    };
    let window = model.as_deref().and_then(|model| window_of(homes, model));
    let window = window.or(input.context_window.context_window_size);
    let left = tokens.zip(window).and_then(|(tokens, window)| {
        let left = u128::from(window.saturating_sub(tokens)) * 100;
        u64::try_from(left.checked_div(u128::from(window))?).ok()
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is between 0 and 100"
    )]
    let of_input = input
        .context_window
        .left_percent()
        .map(|left| left.floor() as u64);
    let name = input
        .model
        .display_name
        .clone()
        .or_else(|| input.model.id.clone());
    Ok(Statusline {
        session: chosen,
        model: model.or(name),
        of_session: totals,
        of_today: sums.today,
        of_hour: sums.hour,
        context_tokens: tokens,
        context_window: window,
        context_left: left.or(of_input),
    })
}

/// Returns the time in the id of a session, if it is a UUID of version 7: no request of the session is older.
fn start_of(id: &str) -> Option<Timestamp> {
    let digits = id.get(..8)?.to_owned() + id.get(9..13)?;
    let millis = i64::from_str_radix(&digits, 16).ok()?;
    (id.as_bytes().get(14) == Some(&b'7')).then(|| Timestamp::from_micros(millis * 1000))
}

/// Returns the most input tokens of a model, from the configuration or the price map of a home.
fn window_of(homes: &Homes, model: &str) -> Option<u64> {
    let quoted = format!("telemetry.pricing.\"{model}\".max_input_tokens");
    let bare = format!("telemetry.pricing.{model}.max_input_tokens");
    let mut values = homes.iter().flat_map(|home| home.config.explain());
    let by_user = values.find(|value| value.key == quoted || value.key == bare);
    by_user
        .and_then(|value| value.value.parse().ok())
        .or_else(|| {
            let mut maps = homes.iter().filter_map(|home| home.config.price_map());
            maps.find_map(|path| {
                let text = fs::read_to_string(path).ok()?;
                PriceMap::parse(&text).ok()?.max_input_tokens(model)
            })
        })
}
