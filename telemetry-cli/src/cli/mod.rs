//! The command line: one file per command, each with the arguments and the code that runs the command.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comment of an argument is its help text, which is not Markdown"
)]

mod budget;
mod completions;
mod diff;
mod doctor;
mod export;
mod lnav_format;
mod man;
#[cfg(feature = "otlp-send")]
mod otlp_send;
mod prices;
mod prune;
mod purge;
mod reconcile;
#[cfg(feature = "report")]
mod report;
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

use crate::error::{Error, ExitStatus, exit_code};
use crate::terminal::{Terminal, complain};
use shared::GlobalArgs;

/// Explains the runs of an agent and their cost, from the logs that telemetry-runtime wrote.
#[derive(Debug, Parser)]
#[command(
    name = "telemetry",
    version,
    max_term_width = 100,
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
    Sessions(sessions::SessionsArgs),
    Usage(usage::UsageArgs),
    Spans(spans::SpansArgs),
    Tail(tail::TailArgs),
    Diff(diff::DiffArgs),
    Budget(budget::BudgetArgs),
    Reconcile(reconcile::ReconcileArgs),
    Prices(prices::PricesArgs),
    Export(export::ExportArgs),
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
    let cli = Cli::try_parse().unwrap_or_else(|error| tips::exit(error));
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

fn run(cli: &Cli, terminal: &mut Terminal) -> Result<ExitStatus, Error> {
    match &cli.command {
        Command::Status(arguments) => arguments.run(&cli.global, terminal),
        Command::Sessions(arguments) => arguments.run(&cli.global, terminal),
        Command::Tail(arguments) => arguments.run(&cli.global, terminal),
        Command::Diff(arguments) => arguments.run(&cli.global, terminal),
        Command::Export(arguments) => arguments.run(&cli.global, terminal),
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
