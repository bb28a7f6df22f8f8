//! `telemetry export`.

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
use crate::terminal::{EscapedJson, Terminal};

/// Write the logs for other programs
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry export chrome -i latest -o trace.json           open it in ui.perfetto.dev
  telemetry export folded | inferno-flamegraph > flame.svg
  telemetry export csv --of usage --since 7d > usage.csv
  telemetry export otlp > telemetry.jsonl                   for the collector's file receiver")]
pub(super) struct Arguments {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// Trace Event JSON: a track for each tree of spans, counters of tokens and cost
    Chrome(Selection),
    /// Folded stacks: the own nanoseconds of each stack of names
    Folded(Selection),
    /// Comma-separated values
    Csv(CsvArguments),
    /// OTLP as JSON lines: spans, events, requests and their counters
    Otlp(Selection),
}

#[derive(Debug, Args)]
struct CsvArguments {
    /// What the rows are
    #[arg(long, value_enum, default_value_t = Rows::Spans, value_name = "ROWS")]
    of: Rows,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Rows {
    /// One for each span
    Spans,
    /// One for each request to a model
    Usage,
}

#[derive(Debug, Args)]
struct Selection {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    period: PeriodArgs,

    /// Spans of this name, or of a family such as 'model_selection.*', and those above them; may be
    /// given several times
    #[arg(short, long, value_name = "NAME")]
    name: Vec<Name>,

    /// Spans that took as long, or longer: 50ms, 1.5s
    #[arg(long, value_name = "LENGTH")]
    slow: Option<Slow>,

    /// Spans that did not end with `ok`
    #[arg(long)]
    failed: bool,

    /// Write it there, not to stdout; the file is there once it is whole
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
            // What cannot be read at all is said before anything is written.
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
            Format::Chrome(_) => chrome::write(source, &mut skips, &mut EscapedJson::new(out))?,
            Format::Folded(_) => folded::write(source, &mut skips, out)?,
            Format::Otlp(_) => otlp::write(source, &mut skips, &mut EscapedJson::new(out))?,
            Format::Csv(arguments) => match arguments.of {
                Rows::Spans => csv::write_spans(source, &mut skips, out)?,
                Rows::Usage => csv::write_usage(source, &mut skips, out)?,
            },
        }
        Ok(skips)
    }
}
