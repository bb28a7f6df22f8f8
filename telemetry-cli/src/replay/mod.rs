//! `telemetry replay`: the recorded screens of a host, beside the spans and requests of the same time.
//!
//! | module | responsibility |
//! |---|---|
//! | [`moments`] | the spans, events and requests of the session, by time |
//! | [`player`] | the position in the recording, and how it moves |
//! | `view` (feature) | draws the screen, the moments and the state of the player into a buffer |
//! | `keys` (feature) | the effects of keys on the player and the view |
//! | `run` (feature) | the loop on the terminal |
//!
//! Without a terminal, [`print()`] writes the screen of one time as text.

#[cfg(feature = "replay")]
mod keys;
pub mod moments;
pub mod player;
#[cfg(feature = "replay")]
mod run;
#[cfg(feature = "replay")]
pub mod view;

use std::io::Write;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use telemetry_schema::record::Timestamp;

use crate::error::Error;
use crate::home::Homes;
use crate::recording::Recording;
use crate::selection::{Bound, Period, SpanFilter, from_zoned, parse_time, to_zoned};
use crate::skipped_lines::SkippedLines;
use crate::terminal::{Terminal, nanoseconds, visible};

use moments::Moments;
#[cfg(feature = "replay")]
pub use run::run;

/// The unit of a time of day without seconds, in microseconds: a minute. `18:54` is the beginning of the minute in which the recording
/// may begin.
const TIME_OF_DAY_UNIT: i64 = 60_000_000;

/// The recording of a session.
#[derive(Debug)]
pub struct Recorded {
    /// The id of the session; empty if the frames belong to none.
    pub session: String,
    /// The frames.
    pub recording: Recording,
}

/// Returns the recording of the session that a filter selects, or else of the last session that has one.
///
/// # Errors
///
/// Fails if a file cannot be read, or if no recording exists.
pub fn recorded(
    homes: &Homes,
    filter: &SpanFilter,
    skips: &mut SkippedLines,
) -> Result<Recorded, Error> {
    let period = &filter.period;
    let session = match &filter.session {
        Some(session) => Some(session.clone()),
        None => Recording::of(homes, None, period, &mut SkippedLines::default())?.last_session(),
    };
    let recording = Recording::of(homes, session.as_deref(), period, skips)?;
    if recording.is_empty() {
        let of_session = match &session {
            Some(id) => format!(" of session {id}"),
            None => String::new(),
        };
        let found = homes.nothing_found(&format!("recording{of_session}"));
        return Err(Error::new(format!(
            "{found}; the screen is recorded where the host draws through `RecordingBackend` and config.toml has \
             `log_content = true`"
        )));
    }
    Ok(Recorded {
        session: session.unwrap_or_default(),
        recording,
    })
}

/// Parses the value of `--at`: an offset from the first frame (`+90s`), a time of day (`18:54`, `18:54:07`) on the day of the
/// first frame or after midnight, or a time as of `--since`.
///
/// # Errors
///
/// Fails if the text has none of these forms.
pub fn parse_at(text: &str, recording: &Recording, zone: &TimeZone) -> Result<Timestamp, Error> {
    let first = recording.time(0);
    if let Some(offset) = text.strip_prefix('+')
        && let Ok(offset) = offset.parse::<jiff::SignedDuration>()
        && let Ok(micros) = i64::try_from(offset.as_micros())
    {
        return Ok(Timestamp::from_micros(
            first.micros().saturating_add(micros),
        ));
    }
    if let Ok(time) = text.parse::<jiff::civil::Time>() {
        let of_day = |day: Date| {
            let zoned = day.to_datetime(time).to_zoned_datetime(zone.clone());
            zoned.ok().map(|zoned| from_zoned(&zoned))
        };
        let day = to_zoned(first, zone).date();
        let next = day.tomorrow().ok().and_then(of_day);
        // A recording may go on after midnight.
        let next = next.filter(|next| *next <= recording.time(recording.len().saturating_sub(1)));
        if let Some(time) = of_day(day) {
            return Ok(next.filter(|_| time < first).unwrap_or(time));
        }
    }
    parse_time(text, Bound::Start, zone, jiff::Timestamp::now()).map_err(|why| {
        Error::new(format!(
            "invalid --at `{text}`: {why}; or an offset from the first frame such as +90s, or a time of day such as 18:54:07"
        ))
    })
}

/// Checks that a time of `--at` is within a recording: from its first frame to its last frame, or to the end of a later span or
/// request of the session.
///
/// # Errors
///
/// Fails if the time is outside. The message has the range.
pub fn check_at(
    at: Timestamp,
    text: &str,
    recording: &Recording,
    moments: &Moments,
    zone: &TimeZone,
) -> Result<(), Error> {
    let first = recording.time(0);
    let last_frame = recording.time(recording.len().saturating_sub(1));
    let last = moments.end().map_or(last_frame, |end| end.max(last_frame));
    let is_before = at.micros() < first.micros().saturating_sub(TIME_OF_DAY_UNIT);
    if !is_before && at <= last {
        return Ok(());
    }
    let side = if is_before { "before" } else { "after" };
    let length = last.micros().saturating_sub(first.micros());
    let length = nanoseconds(u64::try_from(length).unwrap_or(0).saturating_mul(1000));
    Err(Error::new(format!(
        "--at {text} is {side} the recording, which is from {} to {} ({length}); give a time in it",
        clock(first, zone),
        clock(last, zone)
    )))
}

/// Writes the screen after the last frame at a time, and the moments of that time, as text.
///
/// # Errors
///
/// Fails if a file cannot be read, or if `out` cannot be written.
pub fn print(
    recorded: &mut Recorded,
    moments: &Moments,
    at: Option<Timestamp>,
    zone: &TimeZone,
    out: &mut Terminal,
) -> Result<(), Error> {
    let recording = &mut recorded.recording;
    let frame = match at {
        Some(time) => recording.at(time),
        None => recording.len() - 1,
    };
    let time = at.unwrap_or_else(|| recording.time(frame));
    let text = recording.screen(frame)?.text();
    out.write_all(text.as_bytes())?;
    writeln!(out, "\n{}", clock(time, zone))?;
    let beside = moments.at(time);
    for moment in beside.open {
        writeln!(out, "  open  {}", visible(&moment.text))?;
    }
    for moment in beside.past.iter().take(10) {
        let ended = clock(moment.end.unwrap_or(moment.start), zone);
        writeln!(out, "  {ended}  {}", visible(&moment.text))?;
    }
    Ok(())
}

/// Returns the selection of all records of a session.
pub(crate) fn whole_session(session: &str) -> SpanFilter {
    SpanFilter {
        session: Some(session.to_owned()).filter(|session| !session.is_empty()),
        period: Period::ALWAYS,
        ..SpanFilter::default()
    }
}

fn clock(time: Timestamp, zone: &TimeZone) -> String {
    to_zoned(time, zone)
        .strftime("%Y-%m-%d %H:%M:%S%.3f")
        .to_string()
}
