//! The command `telemetry top`.

use clap::Args;

use super::shared::{GlobalArgs, zone_help};
use crate::error::{Error, ExitStatus};
use crate::selection::time_zone;
use crate::terminal::Terminal;
use crate::top;

/// Watch the sessions of a home on the whole screen: requests, spans, the waterfall of a turn, budget and losses
#[derive(Debug, Args)]
#[command(after_help = "\
Keys: Tab and 1 to 4 choose a panel, arrows move, Enter opens, Esc goes back, ? shows all keys, q quits.

Examples:
  telemetry top
  telemetry top --home ~/.codex,~/other")]
pub(super) struct TopArgs {
    #[arg(short = 'z', long, value_name = "NAME", help = zone_help())]
    timezone: Option<String>,
}

impl TopArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &Terminal) -> Result<ExitStatus, Error> {
        let zone = time_zone(self.timezone.as_deref())?;
        if !out.is_interactive() {
            return Err(Error::new(
                "top needs a terminal for its screen and keys; use `telemetry status`, or `telemetry status --follow`",
            ));
        }
        top::run(&global.homes()?, zone, out)
    }
}
