//! The command `telemetry status`.

use clap::Args;
use telemetry_runtime::SessionSnapshot;

use super::shared::{GlobalArgs, SessionArgs};
use crate::error::{Error, ExitStatus};
use crate::selection::latest;
use crate::status;
use crate::terminal::{Terminal, complain};
use crate::totals_json::report_saturated;

/// Show one session as /status does: tokens, requests, cost, models
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry status                         the session that wrote last
  telemetry status --follow                updated in place whenever it changes
  telemetry status -i 01a22953-9d39        the session whose id starts with 01a22953-9d39
  telemetry status -j | jq .totals.cost_usd")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    session: SessionArgs,

    /// Show the session again whenever it changes, until Ctrl-C; in place on a terminal
    #[arg(short, long)]
    follow: bool,

    /// Write JSON, one line for each change
    #[arg(short, long)]
    json: bool,
}

impl StatusArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes()?;
        let session = self.session.session.clone().unwrap_or_default();
        if self.follow {
            return status::follow(&homes, &session, self.json, out);
        }
        // A home without sessions is an empty result, as for the other commands, unless a session is asked for.
        let is_empty = self.session.session.is_none() && latest(&homes)?.is_none();
        if is_empty && !self.json {
            complain(homes.nothing_found("session"));
            return Ok(ExitStatus::Done);
        }
        let snapshot = if is_empty {
            SessionSnapshot::default()
        } else {
            status::read(&homes, &session)?
        };
        if self.json {
            status::write_json(&snapshot, out)?;
        } else {
            status::write(&snapshot, out)?;
        }
        report_saturated([&snapshot.totals]);
        Ok(ExitStatus::Done)
    }
}
