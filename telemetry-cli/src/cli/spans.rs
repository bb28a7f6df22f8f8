//! `telemetry spans`.

use clap::Args;
use telemetry_schema::record::{SessionRecord, Timestamp};

use super::shared::{Global, PeriodArgs, SessionArgs};
use crate::error::{Error, Outcome};
use crate::history::{self, Entry, Only};
use crate::home::Homes;
use crate::selection::resolve;
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
        let mut filter = Filter {
            session: None,
            period,
            names: self.name.clone(),
            slow: self.slow,
            failed: self.failed,
        };
        let launches = launches(&homes, &period)?;
        let mut skips = Skips::default();
        if self.top {
            if let Some(choice) = &self.session.session {
                filter.session = Some(resolve(choice, &homes)?);
            }
            let top = top(&launches, &filter, &mut skips)?;
            if top.given_up > 0 {
                complain(format!(
                    "more than {} spans were open at a time: the own time of up to {} is too long",
                    covered::MOST,
                    top.given_up
                ));
            }
            if self.json {
                show::write_top_json(&top, out)?;
            } else {
                show::write_top(&top, out)?;
            }
        } else {
            let session = resolve(&self.session.session.clone().unwrap_or_default(), &homes)?;
            let scope = if self.all || (filter.is_selective() && self.turn.is_none()) {
                Scope::All
            } else {
                match request(&homes, &session, self.turn)? {
                    Some(time) => Scope::Around(time),
                    None => Scope::Last,
                }
            };
            filter.session = Some(session);
            let trees = trees(&launches, &filter, scope, &mut skips)?;
            if trees.dropped > 0 {
                complain(format!(
                    "{} older spans and events left out, there is room for {} MiB; --since and --until choose others",
                    trees.dropped,
                    KEPT >> 20
                ));
            }
            if self.json {
                show::write_trees_json(&trees, out)?;
            } else if trees.launches.is_empty() {
                complain(format!(
                    "no span of that kind in {}; is the debug log on there? `telemetry doctor` knows",
                    homes.names()
                ));
            } else {
                show::write_trees(&trees, out)?;
            }
        }
        skips.tell();
        Ok(Outcome::Done)
    }
}

/// When a request of a session started: the one of this number, or the last.
fn request(homes: &Homes, session: &str, turn: Option<u64>) -> Result<Option<Timestamp>, Error> {
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
