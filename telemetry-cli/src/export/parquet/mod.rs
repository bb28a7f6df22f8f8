//! Parquet: a file for each file of the debug log and of the session log, below a folder for each day.
//!
//! `DIR/spans/day=2026-11-22/NAME.parquet` and `DIR/usage/day=…`, which `DuckDB`, `ClickHouse`, Spark and Athena read as
//! partitions. The file of a closed segment never changes, and its name is that of the segment with a hash of its first line: a
//! second export writes only new segments, and pruning removes nothing from the export. A log file that may still grow, such as
//! the live session log, has a file whose name is `live-` with that hash. The next export replaces it, and renames it once the
//! log file is closed, so that no record is in two files. Money is an integer of nano-dollars.

mod table;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use ::parquet::errors::ParquetError;
use telemetry_schema::record::{Header, Json, Lines, Record, Records, SessionRecord, Span};
use telemetry_store::SparseReader;
use telemetry_store::lock::is_in_use;
use tempfile::Builder;

use crate::error::Error;
use crate::history::TakenRequests;
use crate::home::{Homes, LogFile, LogKind, open};
use crate::skipped_lines::SkippedLines;
use table::{ColumnType, ParquetTable, ParquetValue};

/// The columns of a span, besides the map `fields`.
const SPAN: [(&str, ColumnType); 25] = [
    ("ts", ColumnType::Time),
    ("name", ColumnType::Text),
    ("level", ColumnType::Text),
    ("id", ColumnType::Int),
    ("parent", ColumnType::Int),
    ("thread", ColumnType::Text),
    ("dur_ns", ColumnType::Int),
    ("busy_ns", ColumnType::Int),
    ("polls", ColumnType::Int),
    ("outcome", ColumnType::Text),
    ("error", ColumnType::Text),
    ("ret", ColumnType::Text),
    ("operation", ColumnType::Text),
    ("tool", ColumnType::Text),
    ("agent", ColumnType::Text),
    ("trace_id", ColumnType::Text),
    ("span_id", ColumnType::Text),
    ("parent_span_id", ColumnType::Text),
    ("session_id", ColumnType::Text),
    ("src", ColumnType::Text),
    ("launch_id", ColumnType::Text),
    ("pid", ColumnType::Int),
    ("app", ColumnType::Text),
    ("app_version", ColumnType::Text),
    ("host_os", ColumnType::Text),
];

/// The numbers of files of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParquetReport {
    /// The files of spans that were written.
    pub spans: u64,
    /// The files of usage that were written.
    pub usage: u64,
    /// The written files whose logs may still grow.
    pub live: u64,
    /// The closed segments that an earlier export has written.
    pub existing: u64,
}

/// Writes the files of the debug logs and of the session logs below `directory`.
///
/// # Errors
///
/// Fails if a log cannot be read, or a file cannot be written.
pub fn write(
    homes: &Homes,
    directory: &Path,
    skips: &mut SkippedLines,
) -> Result<ParquetReport, Error> {
    let mut report = ParquetReport::default();
    for home in homes.iter() {
        let mut taken = TakenRequests::default();
        for file in home.files()? {
            let is_wanted = matches!(file.kind, LogKind::Debug | LogKind::Session);
            if !is_wanted || file.bytes == 0 {
                continue;
            }
            // Examined before the file is read: the records of a closed file are complete.
            let may_grow = file.is_live()
                || file.compressed.is_none() && is_in_use(&file.path).unwrap_or(true);
            let growth = if may_grow {
                Growth::Live
            } else {
                Growth::Closed
            };
            write_file(&file, growth, directory, &mut taken, &mut report, skips)?;
        }
    }
    Ok(report)
}

/// Whether further records may be added to a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    Live,
    Closed,
}

fn write_file(
    file: &LogFile,
    growth: Growth,
    directory: &Path,
    taken: &mut TakenRequests,
    report: &mut ParquetReport,
    skips: &mut SkippedLines,
) -> Result<(), Error> {
    let Some(opened) = open(&file.path)? else {
        return Ok(());
    };
    let hash = first_line_hash(&opened).map_err(|error| Error::io("read", &file.path, error))?;
    let mut output = Output::new(file, growth, hash, directory);
    let mut records = Records::new(SparseReader::new(opened, 0));
    let mut result = Ok(());
    let read = records.each(|record| {
        if result.is_ok() {
            result = output.record(&record, taken);
        }
    });
    read.map_err(|error| Error::io("read", &file.path, error))?;
    result?;
    skips.add(&records.skipped());
    match output.finish()? {
        Finished::Written => {
            let written = match file.kind {
                LogKind::Debug => &mut report.spans,
                _ => &mut report.usage,
            };
            *written += 1;
            report.live += u64::from(growth == Growth::Live);
        }
        Finished::Existing => report.existing += 1,
        Finished::Empty => {}
    }
    Ok(())
}

/// The outcome for a log file.
enum Finished {
    Written,
    Existing,
    Empty,
}

/// The Parquet file of a log file.
struct Output<'a> {
    file: &'a LogFile,
    growth: Growth,
    /// The hash of the first line of the log file.
    hash: u64,
    directory: &'a Path,
    header: Option<Header<'static>>,
    state: OutputState,
}

enum OutputState {
    /// No record was written yet.
    None,
    /// Another export has written the file.
    Existing,
    Open(Box<ParquetTable>, tempfile::TempPath, OutputPaths),
}

/// The names of a Parquet file.
struct OutputPaths {
    /// While the log file may grow.
    live: PathBuf,
    /// Once the log file is closed.
    closed: PathBuf,
}

impl<'a> Output<'a> {
    fn new(file: &'a LogFile, growth: Growth, hash: u64, directory: &'a Path) -> Self {
        Self {
            file,
            growth,
            hash,
            directory,
            header: None,
            state: OutputState::None,
        }
    }

    fn record(&mut self, record: &Record<'_>, taken: &mut TakenRequests) -> Result<(), Error> {
        match record {
            Record::Header(header) => {
                self.header = Some(super::otlp::owned(header));
                Ok(())
            }
            Record::Span(span) if self.file.kind == LogKind::Debug => {
                let cells = self.span(span);
                let fields = span.fields.map(Json::get).map(str::to_owned);
                self.row(&span.ts.day(), cells, fields.as_deref())
            }
            Record::Session(request) if self.file.kind == LogKind::Session => {
                let mut result = Ok(());
                taken.take(request, |request| {
                    if result.is_ok() {
                        result = self.row(&request.ts.day(), usage(request), None);
                    }
                });
                result
            }
            _ => Ok(()),
        }
    }

    fn span(&self, it: &Span<'_>) -> Vec<ParquetValue> {
        let header = self.header.as_ref();
        vec![
            ParquetValue::Int(it.ts.micros()),
            text(Some(&it.name)),
            text(it.level.as_deref()),
            number(Some(it.id)),
            number(it.parent),
            text(it.thread.as_deref()),
            number(Some(it.dur_ns)),
            number(it.busy_ns),
            number(it.polls),
            text(it.outcome.as_deref()),
            text(it.error.as_deref()),
            text(it.ret.as_deref()),
            text(it.operation.as_deref()),
            text(it.tool.as_deref()),
            text(it.agent.as_deref()),
            text(it.trace_id.as_deref()),
            text(it.span_id.as_deref()),
            text(it.parent_span_id.as_deref()),
            text(it.session_id.as_deref()),
            text(it.src.as_deref()),
            text(header.and_then(|it| it.launch_id.as_deref())),
            number(header.map(|it| u64::from(it.pid))),
            text(header.and_then(|it| it.app.as_deref())),
            text(header.and_then(|it| it.app_version.as_deref())),
            text(header.and_then(|it| it.os.as_deref())),
        ]
    }

    /// Writes a row. The day of the first row is that of the file.
    fn row(
        &mut self,
        day: &str,
        cells: Vec<ParquetValue>,
        fields: Option<&str>,
    ) -> Result<(), Error> {
        if matches!(self.state, OutputState::None) {
            self.state = self.open(day)?;
        }
        match &mut self.state {
            OutputState::Open(table, _, paths) => table
                .row(cells, fields)
                .map_err(|error| failed(&paths.closed, error)),
            OutputState::None | OutputState::Existing => Ok(()),
        }
    }

    fn open(&self, day: &str) -> Result<OutputState, Error> {
        let is_span = self.file.kind == LogKind::Debug;
        let kind = if is_span { "spans" } else { "usage" };
        let directory = self.directory.join(kind).join(format!("day={day}"));
        let name = self.file.path.file_stem().unwrap_or_default();
        let path = |name: &str| directory.join(format!("{name}-{:016x}.parquet", self.hash));
        let paths = OutputPaths {
            live: path("live"),
            closed: path(&name.to_string_lossy()),
        };
        if self.growth == Growth::Closed && paths.closed.exists() {
            return Ok(OutputState::Existing);
        }
        let io = |error| Error::io("write", &paths.closed, error);
        fs::create_dir_all(&directory).map_err(io)?;
        let (file, temporary) = Builder::new()
            .prefix(".telemetry-parquet-")
            .tempfile_in(&directory)
            .map_err(io)?
            .into_parts();
        let table = if is_span {
            ParquetTable::new(file, &SPAN, Some("fields"))
        } else {
            let columns: Vec<(&str, ColumnType)> =
                SessionRecord::KEYS.iter().map(|key| column(key)).collect();
            ParquetTable::new(file, &columns, None)
        };
        let table = table.map_err(|error| failed(&paths.closed, error))?;
        Ok(OutputState::Open(Box::new(table), temporary, paths))
    }

    fn finish(self) -> Result<Finished, Error> {
        match self.state {
            OutputState::None => Ok(Finished::Empty),
            OutputState::Existing => Ok(Finished::Existing),
            OutputState::Open(table, temporary, paths) => {
                let OutputPaths { live, closed } = paths;
                table.close().map_err(|error| failed(&closed, error))?;
                let is_live = self.growth == Growth::Live;
                // A file of an earlier export is replaced and then renamed, so that readers never find a record in two files.
                let first = if is_live || live.exists() {
                    &live
                } else {
                    &closed
                };
                let persisted = temporary.persist(first);
                persisted.map_err(|error| Error::io("write", first, error.error))?;
                if !is_live && first == &live {
                    fs::rename(&live, &closed)
                        .map_err(|error| Error::io("write", &closed, error))?;
                }
                Ok(Finished::Written)
            }
        }
    }
}

fn failed(path: &Path, error: ParquetError) -> Error {
    Error::io("write", path, io::Error::other(error))
}

/// Returns a hash of the first line of a file, which two log files do not share.
fn first_line_hash(file: &File) -> io::Result<u64> {
    let mut lines = Lines::new(SparseReader::new(file, 0));
    let hash = super::otlp::hash_of(&[lines.next_line()?.unwrap_or_default()]);
    Ok(u64::try_from(hash >> 64).unwrap_or(0))
}

/// Returns the column of a key of the session record.
fn column(key: &'static str) -> (&'static str, ColumnType) {
    match key {
        "ts" => (key, ColumnType::Time),
        "cost_usd" => ("cost_nano_usd", ColumnType::Int),
        "saved_usd" => ("saved_nano_usd", ColumnType::Int),
        "header_cost_usd" => ("header_cost_nano_usd", ColumnType::Int),
        "stream" | "inconsistent" | "amends" | "first_cost" | "sampled" => (key, ColumnType::Bool),
        "v" | "turn" | "request" | "attempt" | "proxy_retries" | "proxy_fallbacks" => {
            (key, ColumnType::Int)
        }
        key if key.ends_with("_tokens") || key.ends_with("_ms") => (key, ColumnType::Int),
        key => (key, ColumnType::Text),
    }
}

/// Returns the values of a request, in the order of the keys.
fn usage(it: &SessionRecord<'_>) -> Vec<ParquetValue> {
    let object = serde_json::to_value(it).unwrap_or_default();
    let money = |key: &str| match key {
        "cost_usd" => it.cost_usd,
        "saved_usd" => it.saved_usd,
        "header_cost_usd" => it.header_cost_usd,
        _ => None,
    };
    let cell = |key: &&'static str| {
        if *key == "ts" {
            return ParquetValue::Int(it.ts.micros());
        }
        if let Some(amount) = money(key) {
            return ParquetValue::Int(amount.0);
        }
        match object.get(*key) {
            Some(serde_json::Value::String(text)) => ParquetValue::Text(text.clone()),
            Some(serde_json::Value::Bool(value)) => ParquetValue::Bool(*value),
            Some(serde_json::Value::Number(value)) => number(value.as_u64()),
            _ => ParquetValue::Null,
        }
    };
    SessionRecord::KEYS.iter().map(cell).collect()
}

fn text(text: Option<&str>) -> ParquetValue {
    text.map_or(ParquetValue::Null, |text| {
        ParquetValue::Text(text.to_owned())
    })
}

/// Returns a number, which is at most that of a signed column.
fn number(number: Option<u64>) -> ParquetValue {
    number.map_or(ParquetValue::Null, |number| {
        ParquetValue::Int(i64::try_from(number).unwrap_or(i64::MAX))
    })
}
