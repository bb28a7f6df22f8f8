//! The command `telemetry status`.

use clap::Args;

use super::shared::{GlobalArgs, SessionArgs};
use crate::error::{Error, ExitStatus};
use crate::status;
use crate::terminal::Terminal;
use crate::totals_json::report_saturated;

/// Show one session as /status does: tokens, requests, cost, models
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry status                         the session that wrote last
  telemetry status --follow                updated in place whenever it changes
  telemetry status --session 019ab2b1      the session whose id starts with 019ab2b1
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
        let homes = global.homes();
        let session = self.session.session.clone().unwrap_or_default();
        if self.follow {
            return status::follow(&homes, &session, self.json, out);
        }
        let snapshot = status::read(&homes, &session)?;
        if self.json {
            status::write_json(&snapshot, out)?;
        } else {
            status::write(&snapshot, out)?;
        }
        report_saturated([&snapshot.totals]);
        Ok(ExitStatus::Done)
    }
}
