//! The command `telemetry export`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::features::examples;
use super::shared::{
    GlobalArgs, SelectionArgs, refuse_terminal, report_missing_logs, without_effect,
};
use crate::error::{Error, ExitStatus};
#[cfg(feature = "parquet")]
use crate::export::parquet;
use crate::export::{ExportSource, asciicast, chrome, csv, folded, otlp};
use crate::output_file;
use crate::replay;
use crate::skipped_lines::SkippedLines;
use crate::terminal::{EscapedJson, Terminal};
#[cfg(feature = "parquet")]
use crate::terminal::{complain, counted};

/// Export the logs in the formats of other programs
#[derive(Debug, Args)]
#[command(after_help = help())]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    format: ExportFormat,
}

/// Returns the text below the options.
fn help() -> String {
    let examples = examples(&[
        (
            "  telemetry export chrome -i latest -o trace.json           to open in ui.perfetto.dev",
            true,
        ),
        (
            "  telemetry export folded | inferno-flamegraph > flame.svg",
            true,
        ),
        (
            "  telemetry export csv --of usage --since 7d > usage.csv",
            true,
        ),
        (
            "  telemetry export asciicast -i latest -o session.cast      to play with `asciinema play session.cast`",
            true,
        ),
        (
            "  telemetry export otlp > telemetry.jsonl                   for the collector's file receiver",
            true,
        ),
        (
            "  telemetry export otlp --endpoint http://localhost:4318 --follow",
            cfg!(feature = "otlp-send"),
        ),
        (
            "  telemetry export parquet -o lake                          for DuckDB, ClickHouse, Spark or Athena",
            cfg!(feature = "parquet"),
        ),
    ]);
    format!("Examples:\n{examples}")
}

#[derive(Debug, Subcommand)]
enum ExportFormat {
    /// Trace Event JSON: a track for each span tree, counters of tokens and cost
    Chrome(FormatArgs),
    /// Folded stacks: the self time of each stack of span names, in nanoseconds
    Folded(FormatArgs),
    /// Comma-separated values
    Csv(CsvArgs),
    /// OTLP: spans, events, requests and token counters, as JSON lines or sent to an endpoint
    Otlp(Box<OtlpArgs>),
    /// asciicast v2: the recorded screens, to play with asciinema
    Asciicast(FormatArgs),
    /// Parquet files of spans and usage, one for each log file
    #[cfg(feature = "parquet")]
    Parquet(ParquetArgs),
}

#[cfg(feature = "parquet")]
#[derive(Debug, Args)]
struct ParquetArgs {
    /// Write below this directory: spans/day=DAY/… and usage/day=DAY/…; existing files stay as they are, except
    /// live-*.parquet, whose logs may still grow
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

#[cfg(feature = "parquet")]
impl ParquetArgs {
    fn run(&self, global: &GlobalArgs) -> Result<ExitStatus, Error> {
        let mut skips = SkippedLines::default();
        let homes = global.homes()?;
        let report = parquet::write(&homes, &self.output, &mut skips)?;
        skips.report();
        if report_missing_logs(&homes, "record") {
            return Ok(ExitStatus::Done);
        }
        complain(format_args!(
            "{} of spans and {} of usage written; {} there already",
            counted(report.spans, "file", "files"),
            counted(report.usage, "file", "files"),
            counted(report.existing, "was", "were"),
        ));
        if report.live > 0 {
            complain(counted(
                report.live,
                "of the written files has the records of a log that may still grow; its name begins with live-, and the next export \
                 replaces it",
                "of the written files have the records of logs that may still grow; their names begin with live-, and the next \
                 export replaces them",
            ));
        }
        Ok(ExitStatus::Done)
    }
}

#[derive(Debug, Args)]
struct OtlpArgs {
    #[command(flatten)]
    common: FormatArgs,
    #[cfg(feature = "otlp-send")]
    #[command(flatten)]
    send: super::otlp_send::SendArgs,
}

#[derive(Debug, Args)]
struct CsvArgs {
    /// Kind of the rows
    #[arg(long, value_enum, ignore_case = true, default_value_t = CsvRows::Spans, value_name = "ROWS")]
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

    /// Write to this file instead of stdout, which must not be a terminal; the file is replaced only once the export is
    /// complete. A device or a pipe is written to, and logs and configurations are refused
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[cfg(feature = "otlp-send")]
impl FormatArgs {
    /// Refuses the options that a checkpoint cannot honour: it is a position in the logs.
    fn refuse_with_endpoint(&self) -> Result<(), Error> {
        let given = self.selection.given(None);
        if let Some(option) = given.first() {
            return Err(Error::new(format!(
                "`{option}` selects records, but with `--endpoint` all records are sent from the checkpoint on; leave it \
                 out, or write a file"
            )));
        }
        match &self.output {
            Some(_) => Err(Error::new(
                "`--output` writes a file, and `--endpoint` sends; use one of them",
            )),
            None => Ok(()),
        }
    }
}

impl ExportArgs {
    pub(super) fn run(&self, global: &GlobalArgs, out: &mut Terminal) -> Result<ExitStatus, Error> {
        let arguments = match &self.format {
            ExportFormat::Chrome(arguments)
            | ExportFormat::Folded(arguments)
            | ExportFormat::Asciicast(arguments) => arguments,
            ExportFormat::Otlp(arguments) => &arguments.common,
            ExportFormat::Csv(arguments) => &arguments.common,
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet(arguments) => return arguments.run(global),
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
        if let (ExportFormat::Asciicast(_), Some(option)) =
            (&self.format, arguments.selection.of_spans_only())
        {
            return Err(without_effect(
                option,
                "`asciicast` exports recorded screens, not spans",
            ));
        }
        let homes = global.homes()?;
        #[cfg(feature = "otlp-send")]
        if let ExportFormat::Otlp(otlp) = &self.format
            && let Some(options) = otlp.send.options()
        {
            arguments.refuse_with_endpoint()?;
            return otlp::send::run(&homes, &options);
        }
        if arguments.output.is_none() {
            refuse_terminal("an export", out)?;
        }
        let source = ExportSource {
            filter: arguments.selection.filter(&homes)?,
            homes: &homes,
        };
        // Reports an unreadable directory before any output is written.
        homes.files()?;
        report_missing_logs(&homes, "record");
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
            ExportFormat::Asciicast(_) => {
                let mut recorded = replay::recorded(source.homes, &source.filter, &mut skips)?;
                let title = format!("session {}", recorded.session);
                let out = &mut EscapedJson::new(out);
                asciicast::write(&mut recorded.recording, &title, out)?;
            }
            ExportFormat::Otlp(_) => otlp::write(source, &mut skips, &mut EscapedJson::new(out))?,
            ExportFormat::Csv(arguments) => match arguments.of {
                CsvRows::Spans => csv::write_spans(source, &mut skips, out)?,
                CsvRows::Usage => csv::write_usage(source, &mut skips, out)?,
            },
            // Written by `ParquetArgs::run`, because it is a directory.
            #[cfg(feature = "parquet")]
            ExportFormat::Parquet(_) => {}
        }
        Ok(skips)
    }
}
