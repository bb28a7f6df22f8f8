//! The command `telemetry spans`.

use std::fmt;

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
  telemetry spans --session 019ab2 --turn 4         that session's turn number 4
  telemetry spans --session 019ab2 --request 9      the tree around that session's request number 9
  telemetry spans --all --failed                    all failed spans of the latest session, with their parents
  telemetry spans --top                             totals by name, over all sessions
  telemetry spans --top --since 2h --name 'model.*' --slow 50ms
  telemetry spans --top -j | jq -r '.spans[] | [.name, .self_ns] | @tsv'

Self is the time that no child span covers. Busy is the time in polls of a future, idle the time between polls.")]
pub(super) struct SpansArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Show the turn of the session with this number; default: the last turn. If the host marks no turns, the number is
    /// that of a request
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "top", "request"])]
    turn: Option<u64>,

    /// Show the tree around the request of the session with this number
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "top"])]
    request: Option<u64>,

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
        let wanted = match (self.turn, self.request) {
            (Some(turn), _) => Some(Wanted::Turn(turn)),
            (None, request) => request.map(Wanted::Request),
        };
        if filter.session.is_none() && (wanted.is_some() || !self.selection.failed()) {
            // Without any session, the last tree of all logs is shown.
            filter.session = latest(homes)?;
        }
        let scope = if self.all || (filter.is_selective() && wanted.is_none()) {
            TreeScope::All
        } else {
            scope(homes, filter.session.as_deref(), wanted)?
        };
        let trees = trees(&launches(homes, &filter.period)?, &filter, scope, skips)?;
        trees.report_dropped("");
        if let Some(wanted) = wanted
            && trees.launches.is_empty()
            && !filter.is_selective()
        {
            let wanted = wanted.resolved(scope);
            if let TreeScope::Turn(_, None) = scope {
                return Err(Error::new(format!(
                    "the session has no {wanted}, neither as a span nor with a request; `telemetry spans --all` shows all turns"
                )));
            }
            return Err(Error::new(format!(
                "{wanted} has no span: the debug log was disabled, filtered or pruned when the session recorded it; \
                 `telemetry spans --all` shows the spans that there are"
            )));
        }
        if self.json {
            show::write_trees_json(&trees, skips.lines.total(), out)?;
        } else if trees.launches.is_empty() {
            let mut given = self.selection.given(filter.session.as_deref());
            given.add("--turn", self.turn);
            given.add("--request", self.request);
            given.report_nothing_found(homes, "span");
        } else {
            let zone = filter.session.is_none().then(|| self.selection.zone());
            show::write_trees(&trees, zone.transpose()?.as_ref(), out)?;
        }
        Ok(())
    }
}

/// The part of a session that is wanted.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Turn(u64),
    Request(u64),
}

impl Wanted {
    /// In a session without turns, the number is that of a request.
    fn resolved(self, scope: TreeScope) -> Self {
        match (self, scope) {
            (Self::Turn(number), TreeScope::Around(_)) => Self::Request(number),
            (wanted, _) => wanted,
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Turn(_) => "--turn",
            Self::Request(_) => "--request",
        }
    }

    fn number(self) -> u64 {
        match self {
            Self::Turn(number) | Self::Request(number) => number,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn(number) => write!(f, "turn {number}"),
            Self::Request(number) => write!(f, "request {number}"),
        }
    }
}

/// The starts of requests of a session.
#[derive(Debug, Default)]
struct Starts {
    /// Of the last request.
    last: Option<Timestamp>,
    /// Of the request with the wanted number.
    request: Option<Timestamp>,
    /// Of the first request of the turn with the wanted number.
    turn: Option<Timestamp>,
    has_turns: bool,
}

/// Returns the trees that show a part of a session: by default, its last request.
fn scope(homes: &Homes, session: Option<&str>, wanted: Option<Wanted>) -> Result<TreeScope, Error> {
    let session = match (session, wanted) {
        (Some(session), _) => session,
        (None, None) => return Ok(TreeScope::Last),
        (None, Some(wanted)) => {
            return Err(Error::new(format!(
                "{} {}: {}",
                wanted.option(),
                wanted.number(),
                homes.nothing_found("session")
            )));
        }
    };
    let number = wanted.map(Wanted::number);
    let start = |record: &SessionRecord<'_>| {
        let is_request = record.session_id == session && !record.is_amendment();
        is_request.then(|| (record.ts, record.request_number(), record.turn_number()))
    };
    let (starts, _) = history::read(
        homes,
        Only::Session(session),
        start,
        Starts::default(),
        |starts, entry| {
            let HistoryEntry::Request((time, request, turn)) = entry else {
                return;
            };
            starts.last = starts.last.max(Some(time));
            starts.has_turns |= turn.is_some();
            if number.is_some() && request == number {
                starts.request = starts.request.max(Some(time));
            }
            if number.is_some() && turn == number {
                starts.turn = Some(starts.turn.map_or(time, |first| first.min(time)));
            }
        },
    )?;
    let missing = |wanted: Wanted| {
        Error::new(format!(
            "session {session} has no {wanted} in the session log; `telemetry spans --all` shows all turns"
        ))
    };
    match wanted {
        None => Ok(starts.last.map_or(TreeScope::Last, TreeScope::AroundOrLast)),
        // A turn without a request has a span only.
        Some(Wanted::Turn(turn)) if starts.has_turns => Ok(TreeScope::Turn(turn, starts.turn)),
        Some(Wanted::Turn(number) | Wanted::Request(number)) => (starts.request)
            .map(TreeScope::Around)
            .ok_or_else(|| missing(Wanted::Request(number))),
    }
}
