//! The command `telemetry reconcile`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Weekday;
use telemetry_schema::record::NanoUsd;

use super::number::amount;
use super::shared::{GlobalArgs, PeriodArgs, SessionArgs};
use crate::error::{Error, ExitStatus};
use crate::reconcile::{self, ReconcileQuery};
use crate::selection::Calendar;
use crate::terminal::{self, Terminal};

/// Compare the session log with the proxy's own spend records, request by request; exit code 1 if they differ
#[derive(Debug, Args)]
#[command(after_help = "\
A request and a spend record belong together if their call ids are equal, or else their request ids. Without \
--since and --until, requests are compared in the period that the spend records cover.

Examples:
  telemetry reconcile spend.jsonl          what differs, what is on one side only, and the sums
  telemetry reconcile spend.jsonl --all    the equal requests as well
  telemetry reconcile logs.json --session latest --json
  telemetry reconcile export.csv --key agent-a --tolerance 0.0001")]
pub(super) struct ReconcileArgs {
    /// Spend records of LiteLLM: JSON lines of StandardLoggingPayload from a callback, the JSON of /spend/logs, or a
    /// CSV export of its table
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    session: SessionArgs,

    #[command(flatten)]
    period: PeriodArgs,

    /// Only spend records of this virtual key, by its alias or hash; may be repeated
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,

    /// Accept costs of a request that differ by up to this many dollars; the proxy calculates in floating-point
    /// numbers
    #[arg(long, value_name = "USD", default_value = "0.000000001", value_parser = amount, allow_negative_numbers = true)]
    tolerance: NanoUsd,

    /// List equal requests as well
    #[arg(short, long)]
    all: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl ReconcileArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let (period, zone) = self.period.period()?;
        let homes = global.homes()?;
        let query = ReconcileQuery {
            files: self.files.clone(),
            session: self.session.resolve(&homes)?,
            period,
            keys: self.key.clone(),
            tolerance: self.tolerance,
        };
        let found = reconcile::read(&homes, &query)?;
        if self.json {
            reconcile::write_json(&found, out)?;
        } else {
            let calendar = Calendar::new(zone, Weekday::Monday);
            reconcile::write(&found, &calendar, self.all, out)?;
            for note in found.notes() {
                terminal::complain(note);
            }
        }
        found.skips.report();
        if found.is_equal() {
            return Ok(ExitStatus::Done);
        }
        Ok(ExitStatus::Findings)
    }
}
