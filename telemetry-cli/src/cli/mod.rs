//! The command line: one file per command, each with its arguments and what it calls.

// What stands above an argument is its help, for people and without Markdown.
#![allow(clippy::doc_markdown)]

mod budget;
mod completions;
mod diff;
mod doctor;
mod export;
mod lnav_format;
mod man;
mod prune;
mod sessions;
mod shared;
mod spans;
mod status;
mod tail;
mod tips;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Outcome, exit_code};
use crate::terminal::Terminal;
use shared::Global;

/// Explains a run of an agent and its bill, from the logs that telemetry-runtime wrote.
#[derive(Debug, Parser)]
#[command(
    name = "telemetry",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  telemetry status --follow                what is the session doing, and what did it cost so far
  telemetry usage --since 7d --breakdown   the bill of the last week, by model
  telemetry budget --daily 5               exit code 1 when today cost more than five dollars
  telemetry doctor                         is anything recorded, where, and what is wrong

Exit codes: 0 done, 1 findings (over budget, unhealthy), 2 it could not be done."
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::Arguments),
    Sessions(sessions::Arguments),
    Usage(usage::Arguments),
    Spans(spans::Arguments),
    Tail(tail::Arguments),
    Diff(diff::Arguments),
    Budget(budget::Arguments),
    Export(export::Arguments),
    Prune(prune::Arguments),
    Doctor(doctor::Arguments),
    LnavFormat(lnav_format::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The process: reads its arguments, does what they say, and gives its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| tips::exit(error));
    let mut terminal = Terminal::stdout(cli.global.color());
    let result = run(&cli, &mut terminal).and_then(|outcome| {
        terminal.flush()?;
        Ok(outcome)
    });
    exit_code(result)
}

fn run(cli: &Cli, terminal: &mut Terminal) -> Result<Outcome, Error> {
    match &cli.command {
        Command::Status(arguments) => arguments.run(&cli.global, terminal),
        Command::Sessions(arguments) => arguments.run(&cli.global, terminal),
        Command::Tail(arguments) => arguments.run(&cli.global, terminal),
        Command::Diff(arguments) => arguments.run(&cli.global, terminal),
        Command::Export(arguments) => arguments.run(&cli.global, terminal),
        Command::Usage(arguments) => arguments.run(&cli.global, terminal),
        Command::Spans(arguments) => arguments.run(&cli.global, terminal),
        Command::Budget(arguments) => arguments.run(&cli.global, terminal),
        Command::Prune(arguments) => arguments.run(&cli.global, terminal),
        Command::Doctor(arguments) => arguments.run(&cli.global, terminal),
        Command::LnavFormat(arguments) => arguments.run(terminal),
        Command::Completions(arguments) => arguments.run(terminal),
        Command::Man(arguments) => arguments.run(terminal),
    }
}
