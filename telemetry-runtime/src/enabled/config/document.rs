//! Reading keys from the parsed file, and collecting errors and warnings with their positions.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use telemetry_schema::nearest::nearest;
use toml::de::{DeTable, DeValue};

use super::invalid::{InvalidValue, quoted};
use super::value;
use crate::{ConfigError, ConfigWarning};

/// The largest number of errors or warnings that are reported one by one; the others are counted.
const MAX_FINDINGS: usize = 20;

/// The lines of a text, for converting offsets to positions.
pub(super) struct LineIndex<'a> {
    bytes: &'a [u8],
    /// The offset after each line feed.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let after = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at + 1);
        Self {
            bytes,
            starts: bytes.iter().enumerate().filter_map(after).collect(),
        }
    }

    /// Returns the line and the column of a byte. Both begin at 1; the column counts characters.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let at = at.min(self.bytes.len());
        let before = self.starts.partition_point(|start| *start <= at);
        let start = before.checked_sub(1).map_or(0, |last| self.starts[last]);
        let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
        let line = &self.bytes[start..at];
        let column = line.len() - line.iter().filter(continues).count();
        (before + 1, column + 1)
    }
}

/// The errors and warnings of a file, and the keys that were read from it.
pub(super) struct Document<'a> {
    file: &'a Path,
    /// The directory that `~` expands to.
    user_home: Option<&'a Path>,
    lines: LineIndex<'a>,
    /// Each with its offset in the text, from which [`finish`](Self::finish) gets the position.
    errors: Vec<(usize, ConfigError)>,
    warnings: Vec<(usize, ConfigWarning)>,
    /// The offset of each key that was read.
    set: BTreeMap<String, usize>,
}

impl<'a> Document<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str, user_home: Option<&'a Path>) -> Self {
        Self {
            file,
            user_home,
            lines: LineIndex::of(text.as_bytes()),
            errors: Vec::new(),
            warnings: Vec::new(),
            set: BTreeMap::new(),
        }
    }

    pub(super) fn error(&mut self, at: usize, key: impl Into<String>, message: String) {
        self.errors.push((at, self.finding(key.into(), message)));
    }

    /// Adds the error of a value that is not allowed.
    pub(super) fn invalid(
        &mut self,
        at: usize,
        key: impl Into<String>,
        found: impl fmt::Display,
        allowed: impl fmt::Display,
    ) {
        self.error(at, key, format!("found {found}; allowed: {allowed}"));
    }

    pub(super) fn warning(&mut self, at: usize, key: String, message: String) {
        self.warnings.push((at, self.finding(key, message)));
    }

    fn finding(&self, key: String, message: String) -> ConfigError {
        ConfigError {
            key: Some(key).filter(|key| !key.is_empty()),
            ..ConfigError::new(Some(self.file), message)
        }
    }

    /// Returns the number of errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// Returns the offset of a key that was read.
    pub(super) fn offset_of(&self, key: &str) -> Option<usize> {
        self.set.get(key).copied()
    }

    /// Returns the errors, the warnings and the line of each key that was read.
    pub(super) fn finish(self) -> Findings {
        let in_order = |mut findings: Vec<(usize, ConfigError)>| {
            findings.sort_by_key(|(at, _)| *at);
            let more = findings.len().saturating_sub(MAX_FINDINGS);
            findings.truncate(MAX_FINDINGS);
            let placed = |(at, finding)| ConfigError {
                position: Some(self.lines.position(at)),
                ..finding
            };
            let mut found: Vec<ConfigError> = findings.into_iter().map(placed).collect();
            if more > 0 {
                let message = format!("and {more} more");
                found.push(ConfigError::new(Some(self.file), message));
            }
            found
        };
        let line = |(key, at)| (key, self.lines.position(at).0);
        Findings {
            errors: in_order(self.errors),
            warnings: in_order(self.warnings),
            lines: self.set.into_iter().map(line).collect(),
        }
    }
}

/// The result of reading a file.
pub(super) struct Findings {
    /// The errors, in the order of the file.
    pub(super) errors: Vec<ConfigError>,
    /// The warnings, in the order of the file.
    pub(super) warnings: Vec<ConfigWarning>,
    /// The line of each key that was read.
    pub(super) lines: BTreeMap<String, usize>,
}

/// A table with its full name, and the keys that have an effect in it.
pub(super) struct Section<'t, 'i> {
    pub(super) name: String,
    pub(super) table: &'t DeTable<'i>,
    keys: &'static [&'static str],
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn new(
        name: impl Into<String>,
        table: &'t DeTable<'i>,
        keys: &'static [&'static str],
    ) -> Self {
        let name = name.into();
        Self { name, table, keys }
    }

    /// The top level of a file.
    pub(super) fn top(table: &'t DeTable<'i>, keys: &'static [&'static str]) -> Self {
        Self::new("", table, keys)
    }

    /// Reads the value of a key as [`read`](Self::read) does, and stores a valid one in `place`.
    pub(super) fn set<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, InvalidValue>,
        place: &mut T,
    ) {
        if let Some(value) = self.read(document, key, read) {
            *place = value;
        }
    }

    /// Reads a path, in which `~` is expanded.
    pub(super) fn path(&self, document: &mut Document<'_>, key: &str) -> Option<PathBuf> {
        let user_home = document.user_home;
        self.read(document, key, |value| value::path(value, user_home))
    }

    /// Reads the path of a log's file.
    pub(super) fn file(&self, document: &mut Document<'_>, key: &str) -> Option<PathBuf> {
        let user_home = document.user_home;
        self.read(document, key, |value| value::file(value, user_home))
    }

    /// Reads the value of a key. Returns `None` if the key is absent or has no effect here, or if its value is invalid,
    /// which is reported.
    pub(super) fn read<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        if !self.keys.contains(&key) {
            return None;
        }
        self.read_any(document, key, read)
    }

    /// Like [`read`](Self::read), for a key that is not in the list of keys.
    pub(super) fn read_any<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let (written, value) = self.table.get_key_value(key)?;
        let mut full = self.key(key);
        match read(value.get_ref()) {
            Ok(value) => {
                document.set.insert(full, written.span().start);
                Some(value)
            }
            Err(invalid) => {
                let mut at = value.span().start;
                if let Some((index, offset)) = invalid.element {
                    at = offset;
                    full = format!("{full}[{index}]");
                }
                document.invalid(at, full, invalid.found, invalid.allowed);
                None
            }
        }
    }

    /// Adds a warning for each key without an effect; `idle` are keys that have an effect in other tables of this kind.
    pub(super) fn warn_of_others(&self, document: &mut Document<'_>, idle: &[&str]) {
        for (key, _) in self.table {
            let found = key.get_ref().as_ref();
            if self.keys.contains(&found) {
                continue;
            }
            let all = format!("the keys here are {}", self.keys.join(", "));
            let message = match nearest(found, self.keys.iter().copied()) {
                _ if idle.contains(&found) => format!("has no effect on this log; {all}"),
                Some(meant) => format!("unknown key, ignored; did you mean `{meant}`?"),
                None => format!("unknown key, ignored; {all}"),
            };
            document.warning(key.span().start, self.key(found), message);
        }
    }

    /// Returns the full name of a key of this table, in TOML's syntax.
    pub(super) fn key(&self, key: &str) -> String {
        let bare = |found: char| found.is_ascii_alphanumeric() || found == '_' || found == '-';
        let key = if !key.is_empty() && key.chars().all(bare) {
            key.to_owned()
        } else {
            quoted(key)
        };
        match &*self.name {
            "" => key,
            name => format!("{name}.{key}"),
        }
    }
}
