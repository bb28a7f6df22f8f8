//! `telemetry prune`.

use clap::Args;

use super::shared::Global;
use crate::error::{Error, Outcome};
use crate::prune;
use crate::terminal::{self, Terminal};

/// Remove the oldest log files until they fit max_total_bytes, as every start of the host does
#[derive(Debug, Args)]
#[command(after_help = "\
Only files that telemetry made go, none that a living process uses, and the sums of session records are \
kept in the rollup.

Examples:
  telemetry prune --dry-run                what would go
  telemetry prune")]
pub(super) struct Arguments {
    /// Show what would go, and remove nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let homes = global.homes_quietly();
        let mut removals = Vec::new();
        for home in homes.iter() {
            // The defaults may be another budget, and other files.
            if let Some(error) = home.broken() {
                return Err(Error::new(format!(
                    "{error}\nnothing is pruned by a configuration that is broken; mend it first"
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
        let mut outcome = Outcome::Done;
        for (path, error) in removals.iter().flat_map(|removal| &removal.failed) {
            terminal::complain(format!("cannot remove {}: {error}", path.display()));
            outcome = Outcome::Findings;
        }
        Ok(outcome)
    }
}
