//! The command `telemetry purge`.

use std::io::Write;

use clap::{ArgGroup, Args};
use telemetry_store::Purge;

use super::shared::{GlobalArgs, zone_help};
use crate::error::{Error, ExitStatus};
use crate::home::Home;
use crate::purge::{self, FailedPurge, PurgeResult};
use crate::selection::{self, SessionChoice, parse_time_before, to_zoned};
use crate::terminal::{self, Terminal};

/// Remove the data of a session, or of the time before a day, from every log and from the rollup
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true),
    after_help = "\
The sessions that were started from the session, its subagents and forks, are removed with it, unless --alone is given.

A running host goes on writing: the records of other sessions stay, byte by byte. What it records later for the session \
is not removed. Lines of codex-tui.log name no session, so that only --before removes them.

Examples:
  telemetry purge -i 01a22953-9d39 --dry-run   show what would be removed
  telemetry purge -i 01a22953-9d39             with its subagents and forks
  telemetry purge --before 2026-06-01          remove what began before this day
  telemetry purge --before 90d                 remove what is older than 90 days"
)]
pub(super) struct PurgeArgs {
    /// Remove the session with this id, or the only one whose id starts with this text; `latest` is refused
    #[arg(
        short = 'i',
        long,
        visible_alias = "id",
        value_name = "ID",
        group = "what"
    )]
    session: Option<SessionChoice>,

    /// Remove records that began before this day (2026-11-22, yesterday) or RFC 3339 time, or that are older than this number
    /// of days or weeks (30d, 2w), and the sums that end before it
    #[arg(short, long, value_name = "DATE", group = "what")]
    before: Option<String>,

    #[arg(short = 'z', long, value_name = "NAME", conflicts_with = "session", help = zone_help())]
    timezone: Option<String>,

    /// Keep the sessions that were started from this one: subagents and forks
    #[arg(long, conflicts_with = "before")]
    alone: bool,

    /// Show what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl PurgeArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes_quietly()?;
        homes.report_missing();
        if let Some(problem) = homes.iter().find_map(Home::config_problem) {
            // The defaults of the invalid values may have other files.
            return Err(Error::new(format!(
                "{problem}\nfiles are not purged by a broken configuration; correct config.toml first"
            )));
        }
        let mut before = None;
        let what = match (&self.session, &self.before) {
            (Some(SessionChoice::Latest), _) => {
                return Err(Error::new(
                    "--session latest: the latest session may be another one when the purge begins, and what a purge removes cannot be \
                     brought back; give the id, which `telemetry sessions` shows",
                ));
            }
            (Some(SessionChoice::Prefix(prefix)), _) => {
                Purge::Session(selection::resolve_only(prefix, &homes)?)
            }
            (None, text) => {
                let text = text.as_deref().unwrap_or_default();
                let zone = selection::time_zone(self.timezone.as_deref())?;
                let time = parse_time_before(text, &zone, jiff::Timestamp::now());
                let time =
                    time.map_err(|why| Error::new(format!("invalid --before `{text}`: {why}")))?;
                let shown = to_zoned(time, &zone).strftime("%Y-%m-%d %H:%M:%S %:z");
                if time > selection::now() {
                    terminal::complain(format!(
                        "{shown} is in the future, so that every record is older"
                    ));
                }
                before = Some((time, shown.to_string()));
                Purge::Before(time)
            }
        };
        let results = purge::remove(&homes, what, self.alone, self.dry_run)?;
        if self.json {
            let before = before.map(|(time, _)| time);
            purge::write_json(&results, before, self.dry_run, out)?;
        } else {
            let before = before.as_ref().map(|(_, shown)| &**shown);
            purge::write(&results, before, self.dry_run, out)?;
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

/// Reports the records and files that the purge has not removed.
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
