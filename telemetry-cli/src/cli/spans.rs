//! The command `telemetry spans`.

use clap::Args;
use telemetry_schema::record::{SessionRecord, Timestamp};

use super::shared::{Global, PeriodArgs, SessionArgs};
use crate::error::{Error, Outcome};
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::selection::{latest, resolve};
use crate::skipped::Skips;
use crate::spans::filter::{Name, Slow};
use crate::spans::trees::KEPT;
use crate::spans::{Filter, Scope, covered, launches, show, top, trees};
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
#[expect(clippy::struct_excessive_bools, reason = "each field is a flag")]
#[allow(clippy::struct_excessive_bools)] // a flag each
pub(super) struct Arguments {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

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

    /// Only spans of this name, or of a family such as 'model_selection.*'; may be repeated
    #[arg(short, long, value_name = "NAME")]
    name: Vec<Name>,

    /// Only spans of at least this duration: 50ms, 1.5s
    #[arg(long, value_name = "LENGTH")]
    slow: Option<Slow>,

    /// Only spans whose outcome is not `ok`
    #[arg(long)]
    failed: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let (period, _) = self.period.period()?;
        let homes = global.homes();
        let filter = Filter {
            session: None,
            period,
            names: self.name.clone(),
            slow: self.slow,
            failed: self.failed,
        };
        let mut skips = Skips::default();
        if self.top {
            self.totals(&homes, filter, &mut skips, out)?;
        } else {
            self.trees(&homes, filter, &mut skips, out)?;
        }
        skips.tell();
        Ok(Outcome::Done)
    }

    fn totals(
        &self,
        homes: &Homes,
        mut filter: Filter,
        skips: &mut Skips,
        out: &mut Terminal,
    ) -> Result<(), Error> {
        if let Some(choice) = &self.session.session {
            filter.session = Some(resolve(choice, homes)?);
        }
        let top = top(&launches(homes, &filter.period)?, &filter, skips)?;
        if top.given_up > 0 {
            complain(format!(
                "more than {} spans were open at a time: the self time of up to {} spans is too long",
                covered::MOST,
                top.given_up
            ));
        }
        if self.json {
            show::write_top_json(&top, skips.lines.total(), out)?;
        } else if top.rows().is_empty() {
            none_of_that_kind(homes);
        } else {
            show::write_top(&top, out)?;
        }
        Ok(())
    }

    fn trees(
        &self,
        homes: &Homes,
        mut filter: Filter,
        skips: &mut Skips,
        out: &mut Terminal,
    ) -> Result<(), Error> {
        filter.session = match &self.session.session {
            Some(choice) => Some(resolve(choice, homes)?),
            // Without a session, the last tree of all logs is shown.
            None => latest(homes)?,
        };
        let scope = if self.all || (filter.is_selective() && self.turn.is_none()) {
            Scope::All
        } else {
            match request(homes, filter.session.as_deref(), self.turn)? {
                Some(time) => Scope::Around(time),
                None => Scope::Last,
            }
        };
        let trees = trees(&launches(homes, &filter.period)?, &filter, scope, skips)?;
        if trees.dropped > 0 {
            complain(format!(
                "{} older spans and events do not fit into {} MiB and are not shown; narrow the period with --since and --until",
                trees.dropped,
                KEPT >> 20
            ));
        }
        if self.json {
            show::write_trees_json(&trees, skips.lines.total(), out)?;
        } else if trees.launches.is_empty() {
            none_of_that_kind(homes);
        } else {
            show::write_trees(&trees, out)?;
        }
        Ok(())
    }
}

fn none_of_that_kind(homes: &Homes) {
    complain(homes.nothing_found("matching span"));
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
        let meant = record.session_id == session && (turn.is_none() || record.turn == turn);
        meant.then_some(record.ts)
    };
    let (found, _) = history::read(
        homes,
        Only::Session(session),
        time,
        None,
        |found: &mut Option<Timestamp>, entry| {
            if let Entry::Request(time) = entry {
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
