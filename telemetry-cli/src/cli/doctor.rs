//! The command `telemetry doctor`.

use clap::Args;

use super::shared::GlobalArgs;
use crate::doctor;
use crate::error::{Error, ExitStatus};
use crate::terminal::Terminal;

/// Show the configuration in force, paths, sizes and problems; exit code 1 if there is a problem
#[derive(Debug, Args)]
#[command(after_help = "\
The command reads all logs. As a write test, it creates a small file in the log directory and removes it.

Examples:
  telemetry doctor
  telemetry doctor -j | jq -r '.homes[].findings[].code'")]
pub(super) struct DoctorArgs {
    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl DoctorArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes_unchecked();
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
            return Ok(ExitStatus::Findings);
        }
        Ok(ExitStatus::Done)
    }
}
