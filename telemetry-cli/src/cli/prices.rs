//! The command `telemetry prices`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::GlobalArgs;
use crate::error::{Error, ExitStatus};
use crate::prices;
use crate::terminal::{self, Terminal};

/// Update the price map with which requests are priced
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry prices update model_prices_and_context_window.json")]
pub(super) struct PricesArgs {
    #[command(subcommand)]
    action: PricesAction,
}

#[derive(Debug, Subcommand)]
enum PricesAction {
    Update(UpdateArgs),
}

/// Validate a price map, install it where the configuration looks for it, and show what changed
#[derive(Debug, Args)]
#[command(after_help = "\
FILE is LiteLLM's model_prices_and_context_window.json; this program never uses the network. The file is replaced \
atomically at the path of `price_map` in `[telemetry.pricing]`. Costs of recorded requests do not change.

Examples:
  telemetry prices update model_prices_and_context_window.json --dry-run
  telemetry prices update model_prices_and_context_window.json")]
struct UpdateArgs {
    /// The price map
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only show what would change
    #[arg(long)]
    dry_run: bool,

    /// Write JSON
    #[arg(short, long)]
    json: bool,
}

impl PricesArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let PricesAction::Update(arguments) = &self.action;
        let homes = global.homes_quietly()?;
        let updates = prices::update(&arguments.file, &homes, arguments.dry_run)?;
        if arguments.json {
            prices::write_json(&updates, arguments.dry_run, out)?;
        } else {
            prices::write(&updates, arguments.dry_run, out)?;
        }
        // All homes get the same file.
        if let Some(update) = updates.first()
            && let Some(first) = &update.first_invalid
        {
            terminal::complain(format!(
                "entries with an invalid price, which are skipped when requests are priced: {}; the first: {first}",
                update.invalid
            ));
        }
        Ok(ExitStatus::Done)
    }
}
