//! The command `telemetry export`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::{Global, PeriodArgs, SessionArgs};
use crate::error::{Error, Outcome};
use crate::export::{Source, chrome, csv, folded, otlp, whole};
use crate::selection::resolve;
use crate::skipped::Skips;
use crate::spans::Filter;
use crate::spans::filter::{Name, Slow};
use crate::terminal::{Json, Terminal};

/// Export the logs in the formats of other programs
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry export chrome -i latest -o trace.json           to open in ui.perfetto.dev
  telemetry export folded | inferno-flamegraph > flame.svg
  telemetry export csv --of usage --since 7d > usage.csv
  telemetry export otlp > telemetry.jsonl                   for the collector's file receiver")]
pub(super) struct Arguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// Trace Event JSON: a track for each span tree, counters of tokens and cost
    Chrome(Selection),
    /// Folded stacks: the self time of each stack of span names, in nanoseconds
    Folded(Selection),
    /// Comma-separated values
    Csv(CsvArguments),
    /// OTLP as JSON lines: spans, events, requests and token counters
    Otlp(Selection),
}

#[derive(Debug, Args)]
struct CsvArguments {
    /// Kind of the rows
    #[arg(long, value_enum, default_value_t = Rows::Spans, value_name = "ROWS")]
    of: Rows,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Rows {
    /// One row for each span
    Spans,
    /// One row for each request to a model
    Usage,
}

#[derive(Debug, Args)]
struct Selection {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Only spans of this name, or of a family such as 'model_selection.*', and the spans above them; may
    /// be repeated
    #[arg(short, long, value_name = "NAME")]
    name: Vec<Name>,

    /// Only spans of at least this duration: 50ms, 1.5s
    #[arg(long, value_name = "LENGTH")]
    slow: Option<Slow>,

    /// Only spans whose outcome is not `ok`
    #[arg(long)]
    failed: bool,

    /// Write to this file instead of stdout; it is replaced only once the export is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn run(&self, global: &Global, out: &mut Terminal) -> Result<Outcome, Error> {
        let selection = match &self.format {
            Format::Chrome(selection) | Format::Folded(selection) | Format::Otlp(selection) => {
                selection
            }
            Format::Csv(arguments) => &arguments.selection,
        };
        let homes = global.homes();
        let (period, _) = selection.period.period()?;
        let session = selection.session.session.as_ref();
        let source = Source {
            filter: Filter {
                session: session.map(|choice| resolve(choice, &homes)).transpose()?,
                period,
                names: selection.name.clone(),
                slow: selection.slow,
                failed: selection.failed,
            },
            homes: &homes,
        };
        for home in homes.iter() {
            // Reports an unreadable directory before any output is written.
            home.files()?;
        }
        let skips = match &selection.output {
            None => self.write(&source, out)?,
            Some(path) => whole::write(path, |file| self.write(&source, file))?,
        };
        skips.tell();
        Ok(Outcome::Done)
    }

    fn write(&self, source: &Source<'_>, out: &mut impl Write) -> Result<Skips, Error> {
        let mut skips = Skips::default();
        match &self.format {
            Format::Chrome(_) => chrome::write(source, &mut skips, &mut Json::new(out))?,
            Format::Folded(_) => folded::write(source, &mut skips, out)?,
            Format::Otlp(_) => otlp::write(source, &mut skips, &mut Json::new(out))?,
            Format::Csv(arguments) => match arguments.of {
                Rows::Spans => csv::write_spans(source, &mut skips, out)?,
                Rows::Usage => csv::write_usage(source, &mut skips, out)?,
            },
        }
        Ok(skips)
    }
}
