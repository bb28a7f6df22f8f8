//! `telemetry man`.

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use crate::error::{Error, Outcome};
use crate::terminal::Terminal;

/// Write the manual page of this program, or of one of its commands, to stdout
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry man | man -l -
  telemetry man usage > ~/.local/share/man/man1/telemetry-usage.1")]
pub(super) struct Arguments {
    /// One command's page, not that of the whole
    command: Option<String>,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut Terminal) -> Result<Outcome, Error> {
        let mut whole = Cli::command();
        // Gives the commands their full names and the arguments of the whole.
        whole.build();
        let command = match &self.command {
            None => whole,
            Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
                let names = whole.get_subcommands().map(clap::Command::get_name);
                let names: Vec<&str> = names.collect();
                Error::new(format!(
                    "no command is called {name}; allowed: {}",
                    names.join(", ")
                ))
            })?,
        };
        Man::new(command).render(out)?;
        Ok(Outcome::Done)
    }
}
