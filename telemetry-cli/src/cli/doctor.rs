//! `telemetry doctor`.

use clap::Args;

use super::shared::Global;
use crate::doctor;
use crate::error::{Error, Outcome};
use crate::terminal::Terminal;

/// Say what is in force, where everything is, and what is wrong; exit code 1 where something is
#[derive(Debug, Args)]
#[command(after_help = "\
It reads all logs, and writes one small file into their directory and removes it, to see whether that can \
be done.

Examples:
  telemetry doctor
  telemetry doctor -j | jq -r '.homes[].findings[].code'")]
pub(super) struct Arguments {
    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let homes = global.homes_quietly();
        let diagnoses: Vec<_> = homes.iter().map(doctor::examine).collect();
        if self.json {
            doctor::write_json(&diagnoses, out)?;
        } else {
            doctor::write(&diagnoses, out)?;
        }
        if diagnoses
            .iter()
            .any(|diagnosis| !diagnosis.findings.is_empty())
        {
            return Ok(Outcome::Findings);
        }
        Ok(Outcome::Done)
    }
}
