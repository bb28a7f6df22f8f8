//! The command `telemetry lnav-format`.

use std::io::Write;

use clap::Args;

use crate::error::{Error, ExitStatus};
use crate::lnav;
use crate::terminal::{self, Terminal};

/// Write or install the log format definition for lnav (lnav.org)
#[derive(Debug, Args)]
#[command(after_help = "\
The format defines two tables for lnav's SQL: telemetry_debug and telemetry_session.

Examples:
  telemetry lnav-format --install && lnav ~/.codex/logs
  telemetry lnav-format > telemetry.json && lnav -i telemetry.json")]
pub(super) struct LnavFormatArgs {
    /// Install the format into lnav's configuration directory instead of writing it to stdout
    #[arg(long)]
    install: bool,
}

impl LnavFormatArgs {
    pub(super) fn run(&self, out: &mut Terminal) -> Result<ExitStatus, Error> {
        if self.install {
            let path = lnav::install()?;
            terminal::complain(format!("installed {}", path.display()));
        } else {
            out.write_all(lnav::FORMAT.as_bytes())?;
        }
        Ok(ExitStatus::Done)
    }
}
