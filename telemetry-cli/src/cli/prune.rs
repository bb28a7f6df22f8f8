//! The command `telemetry prune`.

use clap::Args;

use super::shared::GlobalArgs;
use crate::error::{Error, ExitStatus};
use crate::prune::{self, FailedRemoval};
use crate::terminal::{self, Terminal};

/// Remove the oldest log files until the logs fit max_total_bytes, as each start of the host does
#[derive(Debug, Args)]
#[command(after_help = "\
Only files that telemetry made are removed, and none that a running process uses. The sums of session records \
are kept in the rollup.

Examples:
  telemetry prune --dry-run                show the files that would be removed
  telemetry prune")]
pub(super) struct PruneArgs {
    /// Show the files that would be removed, and remove none
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl PruneArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let homes = global.homes_quietly()?;
        homes.report_missing();
        let mut removals = Vec::new();
        for home in homes.iter() {
            // The defaults of the invalid values may have another budget and other files.
            if let Some(problem) = home.config_problem() {
                return Err(Error::new(format!(
                    "{problem}\nfiles are not pruned by a broken configuration; correct config.toml first"
                )));
            }
            let removal = if self.dry_run {
                prune::preview(home)?
            } else {
                prune::remove(home)?
            };
            removals.push(removal);
        }
        if self.json {
            prune::write_json(&removals, self.dry_run, out)?;
        } else {
            prune::write(&removals, self.dry_run, out)?;
        }
        let mut outcome = ExitStatus::Done;
        for FailedRemoval { path, error } in removals.iter().flat_map(|removal| &removal.failed) {
            terminal::complain(format!("cannot remove {path}: {error}"));
            outcome = ExitStatus::Findings;
        }
        Ok(outcome)
    }
}
