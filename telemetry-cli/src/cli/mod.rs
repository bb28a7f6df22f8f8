//! The command line: one file per command, each with the arguments and the code that runs the command.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comment of an argument is its help text, which is not Markdown"
)]

mod arranged;
mod budget;
mod completions;
mod diff;
mod doctor;
mod export;
mod features;
mod help;
mod lnav_format;
mod man;
mod number;
#[cfg(feature = "otlp-send")]
mod otlp_send;
mod positional;
mod prices;
mod prune;
mod purge;
mod reconcile;
mod replay;
#[cfg(feature = "report")]
mod report;
mod sessions;
mod shared;
mod similar_names;
mod spans;
mod status;
mod statusline;
mod tail;
mod tips;
#[cfg(feature = "top")]
mod top;
mod usage;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, ExitStatus, exit_code};
use crate::terminal::{self, Terminal, complain};
use shared::GlobalArgs;

/// Explains the runs of an agent and their cost, from the logs that telemetry-runtime wrote.
#[derive(Debug, Parser)]
#[command(
    name = "telemetry",
    version,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  telemetry status --follow                the totals of the running session, updated in place
  telemetry usage --since 7d --breakdown   tokens and cost of the last seven days, by model
  telemetry budget --daily 5               exit code 1 if today's cost exceeds five dollars
  telemetry doctor                         configuration, paths, sizes and problems

Exit codes: 0 success, 1 findings (over budget, different bills, unhealthy), 2 the command failed."
)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(status::StatusArgs),
    Statusline(statusline::StatuslineArgs),
    Sessions(sessions::SessionsArgs),
    Usage(usage::UsageArgs),
    Spans(spans::SpansArgs),
    Tail(tail::TailArgs),
    #[cfg(feature = "top")]
    Top(top::TopArgs),
    Diff(diff::DiffArgs),
    Budget(budget::BudgetArgs),
    Reconcile(reconcile::ReconcileArgs),
    Prices(prices::PricesArgs),
    Export(export::ExportArgs),
    Replay(replay::ReplayArgs),
    #[cfg(feature = "report")]
    Report(report::ReportArgs),
    Prune(prune::PruneArgs),
    Purge(purge::PurgeArgs),
    Doctor(doctor::DoctorArgs),
    LnavFormat(lnav_format::LnavFormatArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Parses the arguments of the process, runs the command and returns the exit code.
pub fn main() -> ExitCode {
    let arguments = arranged::with_help_option(std::env::args_os().collect());
    let arguments = arranged::with_all_homes(arguments);
    let cli =
        parse(&arguments).unwrap_or_else(|error| tips::exit(error, Cli::command(), &arguments));
    let mut terminal = Terminal::stdout(cli.global.color());
    let result = run(&cli, &mut terminal).and_then(|outcome| {
        terminal.flush()?;
        if let Some(message) = terminal.removed_columns() {
            complain(message);
        }
        Ok(outcome)
    });
    exit_code(result)
}

/// The width of help that is not on a terminal.
const PIPED_HELP_WIDTH: usize = 80;
/// The width of help on a wider terminal: longer lines are hard to read.
const MAX_HELP_WIDTH: usize = 100;

/// Parses the arguments. Help is as wide as the terminal on which it is shown, at most 100 columns. In a pipe it has the width of
/// `COLUMNS`, and without that variable 80 columns, whatever the terminals of stdin and stderr are.
fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let columns = terminal::output_width().unwrap_or(PIPED_HELP_WIDTH);
    let columns = columns.min(MAX_HELP_WIDTH);
    let mut command = help::with_wrapped_examples(Cli::command(), columns).term_width(columns);
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn run(cli: &Cli, terminal: &mut Terminal) -> Result<ExitStatus, Error> {
    match &cli.command {
        Command::Status(arguments) => arguments.run(&cli.global, terminal),
        Command::Statusline(arguments) => arguments.run(&cli.global, terminal),
        Command::Sessions(arguments) => arguments.run(&cli.global, terminal),
        Command::Tail(arguments) => arguments.run(&cli.global, terminal),
        #[cfg(feature = "top")]
        Command::Top(arguments) => arguments.run(&cli.global, terminal),
        Command::Diff(arguments) => arguments.run(&cli.global, terminal),
        Command::Export(arguments) => arguments.run(&cli.global, terminal),
        Command::Replay(arguments) => arguments.run(&cli.global, terminal),
        #[cfg(feature = "report")]
        Command::Report(arguments) => arguments.run(&cli.global, terminal),
        Command::Usage(arguments) => arguments.run(&cli.global, terminal),
        Command::Spans(arguments) => arguments.run(&cli.global, terminal),
        Command::Budget(arguments) => arguments.run(&cli.global, terminal),
        Command::Reconcile(arguments) => arguments.run(&cli.global, terminal),
        Command::Prices(arguments) => arguments.run(&cli.global, terminal),
        Command::Prune(arguments) => arguments.run(&cli.global, terminal),
        Command::Purge(arguments) => arguments.run(&cli.global, terminal),
        Command::Doctor(arguments) => arguments.run(&cli.global, terminal),
        Command::LnavFormat(arguments) => arguments.run(terminal),
        Command::Completions(arguments) => arguments.run(terminal),
        Command::Man(arguments) => arguments.run(terminal),
    }
}
