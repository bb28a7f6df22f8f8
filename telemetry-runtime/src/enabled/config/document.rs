//! Reading keys from the parsed file, and collecting errors and warnings with their positions.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use telemetry_schema::nearest::nearest;
use telemetry_schema::sort::sort_by_key;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::invalid::{InvalidValue, quoted, without_controls};
use super::list::Elements;
use super::literal::{self, Base};
use super::value;
use crate::{ConfigError, ConfigWarning};

/// The largest number of errors or warnings that a host reports one by one; the others are counted.
pub(super) const MAX_FINDINGS: usize = 20;

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
    /// The errors, each with its offset in the text, from which [`finish`](Self::finish) computes the position.
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
            key: Some(without_controls(key)).filter(|key| !key.is_empty()),
            ..ConfigError::of_file(Some(self.file), message)
        }
    }

    /// Returns the number of errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// Returns the number of warnings so far.
    pub(super) fn warnings(&self) -> usize {
        self.warnings.len()
    }

    /// Returns the offset of a key that was read.
    pub(super) fn offset_of(&self, key: &str) -> Option<usize> {
        self.set.get(key).copied()
    }

    /// Returns at most `most` of the errors and of the warnings with a count of the others, and the line of each key that
    /// was read.
    pub(super) fn finish(self, most: usize) -> Findings {
        let in_order = |mut findings: Vec<(usize, ConfigError)>| {
            sort_by_key(&mut findings, |(at, _)| *at);
            let more = findings.len().saturating_sub(most);
            findings.truncate(most);
            let placed = |(at, finding)| ConfigError {
                position: Some(self.lines.position(at)),
                ..finding
            };
            let mut found: Vec<ConfigError> = findings.into_iter().map(placed).collect();
            if more > 0 {
                let message = format!("and {more} more");
                found.push(ConfigError::of_file(Some(self.file), message));
            }
            found
        };
        let mut lines = self.set;
        for at in lines.values_mut() {
            *at = self.lines.position(*at).0;
        }
        Findings {
            errors: in_order(self.errors),
            warnings: in_order(self.warnings),
            lines,
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

/// Returns the keys and values of a table in the order of the file. The parser sorts them by name.
pub(super) fn in_file_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)> {
    let mut keys: Vec<_> = table.iter().collect();
    sort_by_key(&mut keys, |(key, _)| key.span().start);
    keys
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

    /// Returns the top level of a file.
    pub(super) fn top(table: &'t DeTable<'i>, keys: &'static [&'static str]) -> Self {
        Self::new("", table, keys)
    }

    /// Reads the value of a key as [`read`](Self::read) does, and stores a valid one in `place`.
    pub(super) fn set<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, InvalidValue>,
        place: &mut T,
    ) {
        if let Some(value) = self.read(document, key, read) {
            *place = value;
        }
    }

    /// Reads a path that is relative to the home, and in which `~` is expanded.
    pub(super) fn path(&self, document: &mut Document<'_>, key: &str) -> Option<PathBuf> {
        let user_home = document.user_home;
        let path = self.read(document, key, |value| value::path(value, user_home))?;
        let home = document.file.parent().unwrap_or(document.file);
        self.warn_of_literal(document, key, Base::Home, home);
        Some(path)
    }

    /// Reads the path of a log's file, which is relative to the log directory.
    pub(super) fn file(
        &self,
        document: &mut Document<'_>,
        key: &str,
        log_dir: &Path,
    ) -> Option<PathBuf> {
        let user_home = document.user_home;
        let path = self.read(document, key, |value| value::file(value, user_home))?;
        self.warn_of_literal(document, key, Base::Logs, log_dir);
        Some(path)
    }

    /// Adds a warning if a part of a path is not expanded, although it is in a shell, or if the path repeats the end of the
    /// directory to which it is relative.
    fn warn_of_literal(
        &self,
        document: &mut Document<'_>,
        key: &str,
        base: Base,
        directory: &Path,
    ) {
        let value = self.table.get(key);
        let text = value.and_then(|value| Some((value.span().start, value.get_ref().as_str()?)));
        if let Some((at, text)) = text
            && let Some(message) =
                literal::warning(text, base).or_else(|| literal::repetition(text, directory))
        {
            document.warning(at, self.key(key), message);
        }
    }

    /// Reads the value of a key. Returns `None` if the key is absent or has no effect here, or if its value is invalid,
    /// which is reported.
    pub(super) fn read<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, InvalidValue>,
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
        read: impl Fn(&DeValue<'_>) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let (at, value) = self.find(key)?;
        match read(value.get_ref()) {
            Ok(value) => {
                document.set.insert(self.key(key), at);
                Some(value)
            }
            Err(mut invalid) => {
                suggest_without_quotes(&mut invalid, value.get_ref(), &|inner| read(inner).is_ok());
                self.report(document, key, value.span().start, invalid);
                None
            }
        }
    }

    /// Reads the value of a key that has an effect here, reports its invalid elements, and stores the valid ones in `place`,
    /// if there are any.
    pub(super) fn set_list<T>(
        &self,
        document: &mut Document<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Elements<T>,
        place: &mut T,
    ) {
        let Some((at, value)) = self.find(key).filter(|_| self.keys.contains(&key)) else {
            return;
        };
        let elements = read(value.get_ref());
        if let Some(invalid) = elements.invalid {
            self.report(document, key, value.span().start, invalid);
        }
        if let Some(valid) = elements.valid {
            document.set.insert(self.key(key), at);
            *place = valid;
        }
    }

    // Neither this nor the next function is compiled again for each type of values.
    #[inline(never)]
    fn find(&self, key: &str) -> Option<(usize, &'t Spanned<DeValue<'i>>)> {
        let (written, value) = self.table.get_key_value(key)?;
        Some((written.span().start, value))
    }

    #[cold]
    #[inline(never)]
    fn report(&self, document: &mut Document<'_>, key: &str, at: usize, invalid: InvalidValue) {
        let mut invalid = invalid;
        let others = std::mem::take(&mut invalid.others);
        for invalid in [invalid].into_iter().chain(others) {
            let key = self.key(key);
            let (at, key) = match invalid.element {
                Some((index, offset)) => (offset, format!("{key}[{index}]")),
                None => (at, key),
            };
            document.invalid(at, key, invalid.found, invalid.allowed);
        }
    }

    /// Adds a warning for each key without an effect; `idle` are keys that have an effect in other tables of this kind.
    /// `elsewhere` returns the full name of a key that is in the wrong table, or has another name.
    pub(super) fn warn_of_others(
        &self,
        document: &mut Document<'_>,
        idle: &[&str],
        elsewhere: &dyn Fn(&str) -> Option<String>,
    ) {
        for (key, _) in self.table {
            let found = key.get_ref().as_ref();
            if self.keys.contains(&found) {
                continue;
            }
            let all = format!("the keys here are {}", self.keys.join(", "));
            let near = || nearest(found, self.keys.iter().copied()).map(str::to_owned);
            let message = match elsewhere(found).or_else(near) {
                _ if idle.contains(&found) => format!("has no effect on this log; {all}"),
                Some(meant) => format!("unknown key, ignored; did you mean `{meant}`?"),
                None => format!("unknown key, ignored; {all}"),
            };
            document.warning(key.span().start, self.key(found), message);
        }
    }

    /// Returns the full name of a key of this table, in TOML's syntax.
    pub(super) fn key(&self, key: &str) -> String {
        full_key(&self.name, key)
    }
}

/// Adds the question whether a string is meant to be the value that it contains: 6e-7 for `"6e-7"`.
#[cold]
fn suggest_without_quotes(
    invalid: &mut InvalidValue,
    value: &DeValue<'_>,
    is_valid: &dyn Fn(&DeValue<'_>) -> bool,
) {
    let text = value.as_str().unwrap_or_default().trim();
    let has_question = invalid.allowed.contains("did you mean");
    let is_value = || DeValue::parse(text).is_ok_and(|inner| is_valid(inner.get_ref()));
    if !text.is_empty() && !has_question && is_value() {
        invalid.allowed = format!("{}; did you mean {text}, without quotes?", invalid.allowed);
    }
}

/// Returns the full name of a key of a table, in TOML's syntax. The name of the top level is empty.
pub(super) fn full_key(table: &str, key: &str) -> String {
    let bare = |found: char| found.is_ascii_alphanumeric() || found == '_' || found == '-';
    let key = if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        quoted(key)
    };
    match table {
        "" => key,
        table => format!("{table}.{key}"),
    }
}
