//! The command `telemetry spans`.

use std::fmt;

use clap::Args;
use telemetry_schema::record::{SessionRecord, Timestamp};

use super::number::ordinal;
use super::shared::{GlobalArgs, SelectionArgs};
use super::similar_names;
use crate::error::{Error, ExitStatus};
use crate::history::{self, HistoryEntry, Only};
use crate::home::Homes;
use crate::selection::{SpanFilter, latest};
use crate::skipped_lines::SkippedLines;
use crate::spans::{TreeScope, launches, self_time, show, top, totals_table, trees};
use crate::terminal::{Terminal, complain, counted};

/// Show where the time went: the span tree of a turn, or totals by span name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry spans                                   the last turn of the latest session
  telemetry spans -i 01a22953-9d39 --turn 4         that session's turn number 4
  telemetry spans -i 01a22953-9d39 --request 9      the tree around that session's request number 9
  telemetry spans --all --failed                    all failed spans of the latest session, with their parents
  telemetry spans --top                             totals by name, over all sessions
  telemetry spans --top --since 2h --name 'model.*' --slow 50ms
  telemetry spans --top -j | jq -r '.spans[] | [.name, .self_ns] | @tsv'

Self is the time that no child span covers. Busy is the time in polls of a future, idle the time between polls.")]
pub(super) struct SpansArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Show the turn of the session with this number, or each of them if processes have used the session at the same time;
    /// default: the last turn. If the host marks no turns, the number is that of a request
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true,
          conflicts_with_all = ["all", "top", "request"])]
    turn: Option<u64>,

    /// Show the tree around the request of the session with this number
    #[arg(long, value_name = "N", value_parser = ordinal, allow_negative_numbers = true,
          conflicts_with_all = ["all", "top"])]
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
        let homes = global.homes()?;
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
                "more than {} spans were open at a time: the self time of at most {} is too long",
                self_time::MAX_OPEN,
                counted(top.dropped_parents, "span", "spans")
            ));
        }
        if self.json {
            totals_table::write_top_json(&top, skips.lines.total(), out)?;
        } else if top.rows().is_empty() {
            self.selection
                .given(None)
                .report_nothing_found(homes, "span");
            similar_names::suggest(homes, filter, skips)?;
        } else {
            totals_table::write_top(&top, out)?;
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
        let mut trees = trees(&launches(homes, &filter.period)?, &filter, scope, skips)?;
        trees.report_dropped("");
        if !matches!(scope, TreeScope::Turn(..)) {
            trees.add_ancestors();
        }
        if let Some(wanted) = wanted
            && trees.launches.is_empty()
            && !filter.is_selective()
        {
            let wanted = wanted.resolved(scope);
            if let TreeScope::Turn(_, None) = scope {
                let session = filter.session.clone().unwrap_or_default();
                let last = last_turn(homes, &filter, skips)?;
                let turns = last.map_or_else(
                    || "it has no turns".to_owned(),
                    |last| format!("its last turn is {last}"),
                );
                return Err(Error::new(format!(
                    "session {session} has no {wanted}, neither as a span nor with a request; {turns}; \
                     `telemetry spans -i {session} --all` shows all turns"
                )));
            }
            return Err(Error::new(format!(
                "{wanted} has no span: the debug log was disabled, filtered or pruned when the session recorded it; \
                 `telemetry spans --all` shows the spans that there are"
            )));
        }
        if let TreeScope::Turn(turn, _) = scope {
            trees.report_repeated(turn);
        }
        if self.json {
            show::write_trees_json(&trees, skips.lines.total(), out)?;
        } else if trees.launches.is_empty() {
            let mut given = self.selection.given(filter.session.as_deref());
            given.add("--turn", self.turn);
            given.add("--request", self.request);
            given.report_nothing_found(homes, "span");
            similar_names::suggest(homes, &filter, skips)?;
        } else {
            let zone = filter.session.is_none().then(|| self.selection.zone());
            let session = filter.session.as_deref();
            show::write_trees(&trees, session, zone.transpose()?.as_ref(), out)?;
            // A user expects the tree of the last turn.
            let is_turn = trees.nodes().any(|(_, _, node)| node.turn.is_some());
            if trees.others > 0 && wanted.is_none() && !is_turn {
                complain(format_args!(
                    "1 of {} trees is shown; add --all to show the others",
                    trees.others + 1
                ));
            }
        }
        Ok(())
    }
}

/// Returns the highest number of a turn of the session, as a span or with a request.
fn last_turn(
    homes: &Homes,
    filter: &SpanFilter,
    skips: &mut SkippedLines,
) -> Result<Option<u64>, Error> {
    // The lines that are skipped were counted before.
    let counted = std::mem::take(skips);
    let trees = trees(
        &launches(homes, &filter.period)?,
        filter,
        TreeScope::All,
        skips,
    )?;
    *skips = counted;
    let of_spans = trees.nodes().filter_map(|(_, _, node)| node.turn).max();
    let Some(session) = filter.session.as_deref() else {
        return Ok(of_spans);
    };
    let turn = |record: &SessionRecord<'_>| {
        let turn = record.turn_number();
        turn.filter(|_| record.session_id == session)
    };
    let only = Only::Session(session);
    let (of_requests, _) = history::read(homes, only, turn, None, |last, entry| {
        if let HistoryEntry::Request(turn) = entry {
            *last = (*last).max(Some(turn));
        }
    })?;
    Ok(of_spans.max(of_requests))
}

/// The requested part of a session.
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
    /// The start of the last request.
    last: Option<Timestamp>,
    /// The start of the request with the requested number.
    request: Option<Timestamp>,
    /// The start of the first request of the turn with the requested number.
    turn: Option<Timestamp>,
    has_turns: bool,
    /// The highest number of a request.
    last_number: Option<u64>,
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
            starts.last_number = starts.last_number.max(request);
            if number.is_some() && request == number {
                starts.request = starts.request.max(Some(time));
            }
            if number.is_some() && turn == number {
                starts.turn = Some(starts.turn.map_or(time, |first| first.min(time)));
            }
        },
    )?;
    let missing = |wanted: Wanted| {
        let last = starts.last_number.map_or_else(
            || "it has no requests there".to_owned(),
            |last| format!("its last request is {last}"),
        );
        Error::new(format!(
            "session {session} has no {wanted} in the session log; {last}; `telemetry spans -i {session} --all` shows all turns"
        ))
    };
    match wanted {
        None => Ok(starts.last.map_or(TreeScope::Last, TreeScope::AroundOrLast)),
        // A turn without a request has a span only, and so do the turns of a session without requests.
        Some(Wanted::Turn(turn)) if starts.has_turns || starts.last.is_none() => {
            Ok(TreeScope::Turn(turn, starts.turn))
        }
        Some(Wanted::Turn(number) | Wanted::Request(number)) => (starts.request)
            .map(TreeScope::Around)
            .ok_or_else(|| missing(Wanted::Request(number))),
    }
}
