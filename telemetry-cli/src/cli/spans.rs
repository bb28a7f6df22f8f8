//! `telemetry spans`.

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

/// Show where the time went: the tree of a turn, or totals per name
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry spans                                   the last turn of the last session
  telemetry spans --session 019ab2 --turn 4         what went on around its fourth request
  telemetry spans --all --failed                    whatever failed in the last session, and in what
  telemetry spans --top                             totals per name, over all sessions
  telemetry spans --top --since 2h --name 'model.*' --slow 50ms
  telemetry spans --top -j | jq -r '.spans[] | [.name, .self_ns] | @tsv'

Self is what no child of a span covers; busy is the time in the polls of a future, idle the rest of it.")]
#[allow(clippy::struct_excessive_bools)] // a flag each
pub(super) struct Arguments {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// The turn around this request of the session, as `turn` in its record; otherwise the last one
    #[arg(long, value_name = "N", conflicts_with_all = ["all", "top"])]
    turn: Option<u64>,

    /// All turns of the session
    #[arg(short, long, conflicts_with = "top")]
    all: bool,

    /// Totals per name: count, errors, total and own time, percentiles; over all sessions unless one
    /// is named
    #[arg(short, long)]
    top: bool,

    /// Spans of this name, or of a family such as 'model_selection.*'; may be given several times
    #[arg(short, long, value_name = "NAME")]
    name: Vec<Name>,

    /// Spans that took as long, or longer: 50ms, 1.5s
    #[arg(long, value_name = "LENGTH")]
    slow: Option<Slow>,

    /// Spans that did not end with `ok`
    #[arg(long)]
    failed: bool,

    /// JSON, for programs
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
                "more than {} spans were open at a time: the own time of up to {} is too long",
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
            // Where no span has one, the last tree of all.
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
                "{} older spans and events left out, there is room for {} MiB; --since and --until choose others",
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
    complain(format!(
        "no span of that kind in {}; is the debug log on there? `telemetry doctor` knows",
        homes.names()
    ));
}

/// When a request of a session started: the one of this number, or the last.
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
                "--turn {turn}: no session has written into {} yet; is telemetry on there? `telemetry doctor` knows",
                homes.names()
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
            "--turn {turn}: session {session} has no request of that number in the session log; `telemetry spans --all` shows what there is"
        ))),
        (found, _) => Ok(found),
    }
}
