//! The command `telemetry completions SHELL`.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::error::{Error, ExitStatus};
use crate::terminal::Terminal;

/// Write the completion script of a shell to stdout
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry completions bash > ~/.local/share/bash-completion/completions/telemetry
  telemetry completions zsh > \"${fpath[1]}/_telemetry\"
  telemetry completions fish > ~/.config/fish/completions/telemetry.fish")]
pub(super) struct CompletionsArgs {
    /// Name of the shell
    #[arg(ignore_case = true)]
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(&self, out: &mut Terminal) -> Result<ExitStatus, Error> {
        // The generator panics if its writer fails, as a closed pipe does, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "telemetry", &mut script);
        out.write_all(&script)?;
        Ok(ExitStatus::Done)
    }
}
