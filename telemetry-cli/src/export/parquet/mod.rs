//! Parquet: a file for each closed segment of the debug log and of the session log, below a folder for each day.
//!
//! `DIR/spans/day=2026-11-22/NAME.parquet` and `DIR/usage/day=…`, which `DuckDB`, `ClickHouse`, Spark and Athena read as
//! partitions. A file never changes, and its name is that of the segment with a hash of its first line: a second export
//! writes only new segments, and pruning removes nothing from the export. Money is an integer of nano-dollars.

mod table;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ::parquet::errors::ParquetError;
use telemetry_schema::record::{Header, Json, Record, Records, SessionRecord, Span};
use telemetry_store::SparseReader;
use telemetry_store::lock::is_in_use;
use tempfile::Builder;

use super::taken_requests::TakenRequests;
use crate::error::Error;
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
    /// The files that were written.
    pub written: u64,
    /// The segments that an earlier export has written.
    pub existing: u64,
    /// The files that are still written to by their processes.
    pub open: u64,
}

/// Writes the closed segments below `directory`.
///
/// # Errors
///
/// Fails if a segment cannot be read, or a file cannot be written.
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
            if file.is_live() || is_in_use(&file.path).unwrap_or(false) {
                report.open += 1;
                continue;
            }
            segment(&file, directory, &mut taken, &mut report, skips)?;
        }
    }
    Ok(report)
}

fn segment(
    file: &LogFile,
    directory: &Path,
    taken: &mut TakenRequests,
    report: &mut ParquetReport,
    skips: &mut SkippedLines,
) -> Result<(), Error> {
    let Some(opened) = open(&file.path)? else {
        return Ok(());
    };
    let mut output = Output::new(file, directory);
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
        Finished::Written => report.written += 1,
        Finished::Existing => report.existing += 1,
        Finished::Empty => {}
    }
    Ok(())
}

/// The outcome for a segment.
enum Finished {
    Written,
    Existing,
    Empty,
}

/// The file of a segment.
struct Output<'a> {
    file: &'a LogFile,
    directory: &'a Path,
    header: Option<Header<'static>>,
    state: OutputState,
}

enum OutputState {
    /// No record was written yet.
    None,
    /// Another export has written the file.
    Existing,
    Open(Box<ParquetTable>, tempfile::TempPath, PathBuf),
}

impl<'a> Output<'a> {
    fn new(file: &'a LogFile, directory: &'a Path) -> Self {
        Self {
            file,
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
            OutputState::Open(table, _, path) => table
                .row(cells, fields)
                .map_err(|error| failed(path, error)),
            OutputState::None | OutputState::Existing => Ok(()),
        }
    }

    fn open(&self, day: &str) -> Result<OutputState, Error> {
        let is_span = self.file.kind == LogKind::Debug;
        let kind = if is_span { "spans" } else { "usage" };
        let directory = self.directory.join(kind).join(format!("day={day}"));
        let name = self.file.path.file_stem().unwrap_or_default();
        let hash = first_line_hash(&self.file.path)?;
        let path = directory.join(format!("{}-{hash:016x}.parquet", name.to_string_lossy()));
        if path.exists() {
            return Ok(OutputState::Existing);
        }
        let io = |error| Error::io("write", &path, error);
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
        let table = table.map_err(|error| failed(&path, error))?;
        Ok(OutputState::Open(Box::new(table), temporary, path))
    }

    fn finish(self) -> Result<Finished, Error> {
        match self.state {
            OutputState::None => Ok(Finished::Empty),
            OutputState::Existing => Ok(Finished::Existing),
            OutputState::Open(table, temporary, path) => {
                table.close().map_err(|error| failed(&path, error))?;
                let persisted = temporary.persist(&path);
                persisted.map_err(|error| Error::io("write", &path, error.error))?;
                Ok(Finished::Written)
            }
        }
    }
}

fn failed(path: &Path, error: ParquetError) -> Error {
    Error::io("write", path, std::io::Error::other(error))
}

/// Returns a hash of the first line of a file, which two segments do not share.
fn first_line_hash(path: &Path) -> Result<u64, Error> {
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let mut lines = telemetry_schema::record::Lines::new(file);
    let line = lines
        .next_line()
        .map_err(|error| Error::io("read", path, error))?;
    let hash = super::otlp::hash_of(&[line.unwrap_or_default()]);
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
