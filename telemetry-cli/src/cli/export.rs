//! The command `telemetry export`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::{GlobalArgs, SelectionArgs, without_effect};
use crate::error::{Error, ExitStatus};
use crate::export::{ExportSource, chrome, csv, folded, otlp};
use crate::output_file;
use crate::skipped_lines::SkippedLines;
use crate::terminal::{EscapedJson, Terminal};

/// Export the logs in the formats of other programs
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  telemetry export chrome -i latest -o trace.json           to open in ui.perfetto.dev
  telemetry export folded | inferno-flamegraph > flame.svg
  telemetry export csv --of usage --since 7d > usage.csv
  telemetry export otlp > telemetry.jsonl                   for the collector's file receiver")]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    format: ExportFormat,
}

#[derive(Debug, Subcommand)]
enum ExportFormat {
    /// Trace Event JSON: a track for each span tree, counters of tokens and cost
    Chrome(FormatArgs),
    /// Folded stacks: the self time of each stack of span names, in nanoseconds
    Folded(FormatArgs),
    /// Comma-separated values
    Csv(CsvArgs),
    /// OTLP as JSON lines: spans, events, requests and token counters
    Otlp(FormatArgs),
}

#[derive(Debug, Args)]
struct CsvArgs {
    /// Kind of the rows
    #[arg(long, value_enum, default_value_t = CsvRows::Spans, value_name = "ROWS")]
    of: CsvRows,
    #[command(flatten)]
    common: FormatArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CsvRows {
    /// One row for each span
    Spans,
    /// One row for each request to a model
    Usage,
}

/// The options of every export format.
#[derive(Debug, Args)]
struct FormatArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Write to this file instead of stdout; it is replaced only once the export is complete. A device or a pipe is written
    /// to, and logs and configurations are refused
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ExportArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let arguments = match &self.format {
            ExportFormat::Chrome(arguments)
            | ExportFormat::Folded(arguments)
            | ExportFormat::Otlp(arguments) => arguments,
            ExportFormat::Csv(arguments) => &arguments.common,
        };
        if let ExportFormat::Csv(arguments) = &self.format
            && matches!(arguments.of, CsvRows::Usage)
            && let Some(option) = arguments.common.selection.of_spans_only()
        {
            return Err(without_effect(
                option,
                "`--of usage` exports requests, not spans",
            ));
        }
        let homes = global.homes();
        let source = ExportSource {
            filter: arguments.selection.filter(&homes)?,
            homes: &homes,
        };
        // Reports an unreadable directory before any output is written.
        homes.files()?;
        let skips = match &arguments.output {
            None => self.write(&source, out)?,
            Some(path) => output_file::write(path, &homes, |file| self.write(&source, file))?,
        };
        skips.report();
        Ok(ExitStatus::Done)
    }

    fn write(
        &self,
        source: &ExportSource<'_>,
        out: &mut impl Write,
    ) -> Result<SkippedLines, Error> {
        let mut skips = SkippedLines::default();
        match &self.format {
            ExportFormat::Chrome(_) => {
                chrome::write(source, &mut skips, &mut EscapedJson::new(out))?;
            }
            ExportFormat::Folded(_) => folded::write(source, &mut skips, out)?,
            ExportFormat::Otlp(_) => otlp::write(source, &mut skips, &mut EscapedJson::new(out))?,
            ExportFormat::Csv(arguments) => match arguments.of {
                CsvRows::Spans => csv::write_spans(source, &mut skips, out)?,
                CsvRows::Usage => csv::write_usage(source, &mut skips, out)?,
            },
        }
        Ok(skips)
    }
}
