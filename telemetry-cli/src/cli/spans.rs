//! The command `telemetry spans`.

use clap::Args;
use telemetry_schema::record::{SessionRecord, Timestamp};

use super::shared::{GlobalArgs, SelectionArgs};
use crate::error::{Error, ExitStatus};
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::{SpanFilter, latest};
use crate::skipped_lines::SkippedLines;
use crate::spans::{TreeScope, launches, self_time, show, top, trees};
use crate::terminal::{Terminal, complain};

/// Show where the time went: the span tree of a turn, or totals by span name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry spans                                   the last turn of the latest session
  telemetry spans --session 019ab2 --turn 4         the turn around that session's turn number 4
  telemetry spans --all --failed                    all failed spans of the latest session, with their parents
  telemetry spans --top                             totals by name, over all sessions
  telemetry spans --top --since 2h --name 'model.*' --slow 50ms
  telemetry spans --top -j | jq -r '.spans[] | [.name, .self_ns] | @tsv'

Self is the time that no child span covers. Busy is the time in polls of a future, idle the time between polls.")]
pub(super) struct SpansArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Show the turn around the request of the session whose record has this `turn`; default: the last turn
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "top"])]
    turn: Option<u64>,

    /// Show all turns of the session
    #[arg(short, long, conflicts_with = "top")]
    all: bool,

    /// Show totals by name: count, errors, total and self time, percentiles; over all sessions unless
    /// --session is given
    #[arg(short, long)]
    top: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl SpansArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes();
        let filter = self.selection.filter(&homes)?;
        let mut skips = SkippedLines::default();
        if self.top {
            self.totals(&homes, &filter, &mut skips, out)?;
        } else {
            self.trees(&homes, filter, &mut skips, out)?;
        }
        skips.report();
        Ok(ExitStatus::Done)
    }

    fn totals(
        &self,
        homes: &Homes,
        filter: &SpanFilter,
        skips: &mut SkippedLines,
        out: &mut Terminal,
    ) -> Result<(), Error> {
        let top = top(&launches(homes, &filter.period)?, filter, skips)?;
        if top.dropped_parents > 0 {
            complain(format!(
                "more than {} spans were open at a time: the self time of up to {} spans is too long",
                self_time::MAX_OPEN,
                top.dropped_parents
            ));
        }
        if self.json {
            show::write_top_json(&top, skips.lines.total(), out)?;
        } else if top.rows().is_empty() {
            self.selection
                .given(None)
                .report_nothing_found(homes, "span");
        } else {
            show::write_top(&top, out)?;
        }
        Ok(())
    }

    fn trees(
        &self,
        homes: &Homes,
        mut filter: SpanFilter,
        skips: &mut SkippedLines,
        out: &mut Terminal,
    ) -> Result<(), Error> {
        if filter.session.is_none() && (self.turn.is_some() || !self.selection.failed()) {
            // Without any session, the last tree of all logs is shown.
            filter.session = latest(homes)?;
        }
        let scope = if self.all || (filter.is_selective() && self.turn.is_none()) {
            TreeScope::All
        } else {
            match request(homes, filter.session.as_deref(), self.turn)? {
                Some(time) => TreeScope::Around(time),
                None => TreeScope::Last,
            }
        };
        let trees = trees(&launches(homes, &filter.period)?, &filter, scope, skips)?;
        trees.report_dropped("");
        if self.json {
            show::write_trees_json(&trees, skips.lines.total(), out)?;
        } else if trees.launches.is_empty() {
            let mut given = self.selection.given(filter.session.as_deref());
            given.add("--turn", self.turn);
            given.report_nothing_found(homes, "span");
        } else {
            show::write_trees(&trees, out)?;
        }
        Ok(())
    }
}

/// Returns the start of the session's request with this turn number, or of the last request.
fn request(
    homes: &Homes,
    session: Option<&str>,
    turn: Option<u64>,
) -> Result<Option<Timestamp>, Error> {
    let session = match (session, turn) {
        (Some(session), _) => session,
        (None, None) => return Ok(None),
        (None, Some(turn)) => {
            return Err(Error::new(format!(
                "--turn {turn}: {}",
                homes.nothing_found("session")
            )));
        }
    };
    let time = |record: &SessionRecord<'_>| {
        let is_selected = record.session_id == session && (turn.is_none() || record.turn == turn);
        is_selected.then_some(record.ts)
    };
    let (found, _) = history::read(
        homes,
        Only::Session(session),
        time,
        None,
        |found: &mut Option<Timestamp>, entry| {
            if let HistoryEntry::Request(time) = entry {
                *found = (*found).max(Some(time));
            }
        },
    )?;
    match (found, turn) {
        (None, Some(turn)) => Err(Error::new(format!(
            "--turn {turn}: session {session} has no request with this turn number in the session log; `telemetry spans --all` shows all turns"
        ))),
        (found, _) => Ok(found),
    }
}
