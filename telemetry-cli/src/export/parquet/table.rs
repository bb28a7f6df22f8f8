//! A Parquet file that is written row by row, with the low-level writer: a row group is a buffer for each column.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

/// The most rows of a row group.
const GROUP_ROWS: usize = 65_536;
/// The most bytes of text of a row group, which bound the memory.
const GROUP_BYTES: usize = 32 * 1024 * 1024;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    /// Microseconds since 1970, UTC.
    Time,
    Int,
    Bool,
    Text,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ParquetValue {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
}

/// A column without repetition; every value may be absent.
struct ColumnBuffer {
    kind: ColumnType,
    ints: Vec<i64>,
    bools: Vec<bool>,
    texts: Vec<ByteArray>,
    levels: Vec<i16>,
}

impl ColumnBuffer {
    fn new(kind: ColumnType) -> Self {
        Self {
            kind,
            ints: Vec::new(),
            bools: Vec::new(),
            texts: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Adds a value. A value of another type is absent.
    fn push(&mut self, cell: ParquetValue) {
        let is_present = match (self.kind, cell) {
            (ColumnType::Time | ColumnType::Int, ParquetValue::Int(value)) => {
                self.ints.push(value);
                true
            }
            (ColumnType::Bool, ParquetValue::Bool(value)) => {
                self.bools.push(value);
                true
            }
            (ColumnType::Text, ParquetValue::Text(value)) => {
                self.texts.push(value.into_bytes().into());
                true
            }
            _ => false,
        };
        self.levels.push(i16::from(is_present));
    }
}

/// The column of a map from texts to texts, in the levels of Parquet: 0 is no map, 1 an empty one, 2 a key, 3 a value.
#[derive(Default)]
struct MapBuffer {
    keys: Vec<ByteArray>,
    values: Vec<ByteArray>,
    key_levels: Vec<i16>,
    value_levels: Vec<i16>,
    repetition: Vec<i16>,
}

impl MapBuffer {
    fn push(&mut self, fields: Option<&Map<String, Value>>) {
        let level = i16::from(fields.is_some());
        let entries = fields.into_iter().flatten();
        let mut is_first = true;
        for (key, value) in entries {
            let text = match value {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            self.keys.push(key.clone().into_bytes().into());
            self.values.push(text.into_bytes().into());
            self.key_levels.push(2);
            self.value_levels.push(3);
            self.repetition.push(i16::from(!is_first));
            is_first = false;
        }
        if is_first {
            self.key_levels.push(level);
            self.value_levels.push(level);
            self.repetition.push(0);
        }
    }
}

/// A file with a column for each name, and a map if it is wanted.
pub(super) struct ParquetTable {
    writer: SerializedFileWriter<File>,
    columns: Vec<ColumnBuffer>,
    map: Option<MapBuffer>,
    rows: usize,
    bytes: usize,
}

impl ParquetTable {
    /// Begins a file. `map` is the name of the map, which is the last column.
    pub(super) fn new(
        file: File,
        columns: &[(&str, ColumnType)],
        map: Option<&str>,
    ) -> Result<Self> {
        let mut schema = "message record {\n".to_owned();
        for (name, kind) in columns {
            schema.push_str(&match kind {
                ColumnType::Time => format!("optional int64 {name} (TIMESTAMP(MICROS,true));\n"),
                ColumnType::Int => format!("optional int64 {name};\n"),
                ColumnType::Bool => format!("optional boolean {name};\n"),
                ColumnType::Text => format!("optional binary {name} (STRING);\n"),
            });
        }
        if let Some(map) = map {
            schema.push_str(&format!(
                "optional group {map} (MAP) {{ repeated group key_value {{ required binary key (STRING); optional binary value \
                 (STRING); }} }}\n"
            ));
        }
        schema.push_str("}\n");
        let schema = Arc::new(parse_message_type(&schema)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(file, schema, Arc::new(properties))?,
            columns: columns
                .iter()
                .map(|(_, kind)| ColumnBuffer::new(*kind))
                .collect(),
            map: map.map(|_| MapBuffer::default()),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a row: a value for each column, and the map as JSON.
    pub(super) fn row(&mut self, cells: Vec<ParquetValue>, map: Option<&str>) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            if let ParquetValue::Text(text) = &cell {
                self.bytes += text.len();
            }
            column.push(cell);
        }
        if let Some(column) = &mut self.map {
            self.bytes += map.map_or(0, str::len);
            let fields = map.and_then(|json| serde_json::from_str(json).ok());
            column.push(fields.as_ref());
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut out) = group.next_column()? else {
                break;
            };
            let levels = Some(&column.levels[..]);
            match column.kind {
                ColumnType::Time | ColumnType::Int => {
                    out.typed::<Int64Type>()
                        .write_batch(&column.ints, levels, None)?
                }
                ColumnType::Bool => {
                    out.typed::<BoolType>()
                        .write_batch(&column.bools, levels, None)?
                }
                ColumnType::Text => {
                    out.typed::<ByteArrayType>()
                        .write_batch(&column.texts, levels, None)?
                }
            };
            out.close()?;
            *column = ColumnBuffer::new(column.kind);
        }
        if let Some(map) = self.map.take() {
            for (texts, levels) in [
                (&map.keys, &map.key_levels),
                (&map.values, &map.value_levels),
            ] {
                if let Some(mut out) = group.next_column()? {
                    out.typed::<ByteArrayType>().write_batch(
                        texts,
                        Some(levels),
                        Some(&map.repetition),
                    )?;
                    out.close()?;
                }
            }
            self.map = Some(MapBuffer::default());
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Ends the file.
    pub(super) fn close(mut self) -> Result<()> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.close()?;
        Ok(())
    }
}
