//! The requests of the session log, each once, in the order in which they are appended.

use telemetry_schema::record::{Record, SessionRecord};

use super::checkpoint::State;
use super::feed::{Budget, Feed, FeedFile};
use crate::error::Error;
use crate::history::TakenRequests;
use crate::home::LogKind;

/// Returns the requests before the positions of a checkpoint.
pub(super) fn taken_before(feed: &Feed, state: &State) -> Result<TakenRequests, Error> {
    let mut taken = TakenRequests::default();
    for file in feed.of_kind(LogKind::Session) {
        let until = position(state, file);
        file.read_before(until, |line| {
            if let Ok(Record::Session(record)) = Record::parse(line) {
                taken.take(&record, |_| {});
            }
        })?;
    }
    Ok(taken)
}

/// Returns the position in a file.
pub(super) fn position(state: &State, file: &FeedFile) -> u64 {
    state.cursors.get(&file.key).map_or(0, |cursor| cursor.read)
}

/// Sets the position in a file.
pub(super) fn set_position(state: &mut State, file: &FeedFile, read: u64) {
    if let Some(cursor) = state.cursors.get_mut(&file.key) {
        cursor.read = read;
    }
}

/// Calls `take` with the records of the session log that were not taken, until it returns false or the budget is spent.
pub(super) fn each_new(
    feed: &Feed,
    state: &mut State,
    budget: &mut Budget,
    mut take: impl FnMut(&SessionRecord<'_>, &mut State) -> bool,
) -> Result<(), Error> {
    for file in feed.of_kind(LogKind::Session) {
        let from = position(state, file);
        let (read, is_all) = file.read(from, budget, |line| {
            Ok(match Record::parse(line.line) {
                Ok(Record::Session(record)) => take(&record, state),
                _ => true,
            })
        })?;
        set_position(state, file, read);
        if !is_all {
            return Ok(());
        }
    }
    Ok(())
}
