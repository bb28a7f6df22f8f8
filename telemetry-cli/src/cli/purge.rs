//! The command `telemetry purge`.

use std::io::Write;

use clap::{ArgGroup, Args};
use telemetry_store::Purge;

use super::shared::{GlobalArgs, zone_help};
use crate::error::{Error, ExitStatus};
use crate::purge::{self, FailedPurge, PurgeResult};
use crate::selection::{self, Bound, SessionChoice, parse_time};
use crate::terminal::{self, Terminal};

/// Remove the data of a session, or of the time before a day, from every log and from the rollup
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true),
    after_help = "\
A running host goes on writing: the records of other sessions stay, byte by byte. What it records later for the session \
is not removed. Lines of codex-tui.log name no session, so that only --before removes them.

Examples:
  telemetry purge --session 018f2b1e --dry-run   show what would be removed
  telemetry purge --session 018f2b1e
  telemetry purge --before 2026-06-01            remove what began before this day
  telemetry purge --before 90d                   remove what is older than 90 days"
)]
pub(super) struct PurgeArgs {
    /// Remove the session with this id, or the one whose id starts with this text
    #[arg(
        short = 'i',
        long,
        visible_alias = "id",
        value_name = "ID",
        group = "what"
    )]
    session: Option<SessionChoice>,

    /// Remove records that began before this day or time, and the sums that end before it
    #[arg(short, long, value_name = "DATE", group = "what")]
    before: Option<String>,

    #[arg(short = 'z', long, value_name = "NAME", conflicts_with = "session", help = zone_help())]
    timezone: Option<String>,

    /// Show what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl PurgeArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes_quietly();
        if let Some(error) = homes.iter().find_map(|home| home.broken.as_ref()) {
            // The defaults may have other files.
            return Err(Error::new(format!(
                "{error}\nfiles are not purged by a broken configuration; correct config.toml first"
            )));
        }
        let what = match (&self.session, &self.before) {
            (Some(SessionChoice::Latest), _) => {
                return Err(Error::new(
                    "--session latest: a purge needs an id; `telemetry sessions` lists the sessions",
                ));
            }
            (Some(choice), _) => Purge::Session(selection::resolve(choice, &homes)?),
            (None, before) => {
                let text = before.as_deref().unwrap_or_default();
                let zone = selection::time_zone(self.timezone.as_deref())?;
                let time = parse_time(text, Bound::Start, &zone, jiff::Timestamp::now());
                Purge::Before(
                    time.map_err(|why| Error::new(format!("invalid --before `{text}`: {why}")))?,
                )
            }
        };
        let results: Result<Vec<PurgeResult>, Error> = homes
            .iter()
            .map(|home| purge::remove(home, &what, self.dry_run))
            .collect();
        let results = results?;
        if self.json {
            purge::write_json(&results, self.dry_run, out)?;
        } else {
            purge::write(&results, self.dry_run, out)?;
            out.flush()?;
            results.iter().for_each(report);
        }
        let failed: Vec<&FailedPurge> = results.iter().flat_map(|result| &result.failed).collect();
        for FailedPurge { path, error } in &failed {
            terminal::complain(format!("cannot purge {path}: {error}"));
        }
        Ok(if failed.is_empty() {
            ExitStatus::Done
        } else {
            ExitStatus::Findings
        })
    }
}

/// Reports what stays.
fn report(result: &PurgeResult) {
    for file in result.files.iter().filter(|file| file.in_use) {
        let path = &file.path;
        terminal::complain(format!(
            "{path} is in use: the records are overwritten with spaces, and the file keeps its size"
        ));
    }
    for path in &result.not_examined {
        terminal::complain(format!(
            "{path} names no sessions and was not examined; --before removes its lines"
        ));
    }
    for child in &result.children {
        terminal::complain(format!(
            "session {child} was started from this one and stays; `telemetry purge --session {child}` removes it"
        ));
    }
}
