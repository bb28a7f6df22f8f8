//! The command `telemetry man`.

use std::io;

use clap::{Args, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::Cli;
use crate::error::{Error, ExitStatus};
use crate::selection::did_you_mean;
use crate::terminal::Terminal;

/// Write the manual page of this program, or of one of its commands, to stdout
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry man | man -l -
  telemetry man usage > ~/.local/share/man/man1/telemetry-usage.1")]
pub(super) struct ManArgs {
    /// Write the page of this command instead: usage, or export chrome
    #[arg(num_args = 0..)]
    command: Vec<String>,
}

/// Writes the examples of a command line by line. `clap_mangen` would fill them like a paragraph.
fn write_examples(help: &str, out: &mut Terminal) -> io::Result<()> {
    let help = help.strip_prefix("Examples:\n").unwrap_or(help);
    let mut page = Roff::new();
    page.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in help.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
    page.to_writer(out)
}

impl ManArgs {
    pub(super) fn run(&self, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let mut root = Cli::command();
        // Sets the full names of subcommands and propagates global arguments.
        root.build();
        let mut command = &root;
        for name in &self.command {
            command = command.find_subcommand(name).ok_or_else(|| {
                let names = command.get_subcommands().map(clap::Command::get_name);
                let names: Vec<&str> = names.collect();
                Error::new(match names.as_slice() {
                    [] => format!("`{}` has no subcommand `{name}`", command.get_name()),
                    names => format!(
                        "unknown command `{name}`; expected one of: {}{}",
                        names.join(", "),
                        did_you_mean(name, names.iter().copied())
                    ),
                })
            })?;
        }
        let version = root.get_version().unwrap_or_default().to_owned();
        // Subcommands have no version of their own, and the page shows the one of its command.
        let source = format!("{} {version}", root.get_name());
        let examples = command.get_after_help().map(ToString::to_string);
        let command = command.clone().version(version).after_help(None::<&str>);
        let page = Man::new(command).source(source);
        page.render(out)?;
        if let Some(examples) = examples {
            write_examples(&examples, out)?;
        }
        Ok(ExitStatus::Done)
    }
}
