//! Counts of log lines that a command could not read and therefore skipped.

use std::fmt;

use telemetry_schema::record::Skipped;

use crate::terminal::{self, counted};

/// Lines, over all files, that are not valid records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkippedLines {
    /// Skipped lines by reason.
    pub lines: Skipped,
    /// Number of files with at least one skipped line.
    pub files: u64,
    /// Number of records with values that no request or span can have, which are excluded from sums.
    pub implausible: u64,
}

impl SkippedLines {
    /// Adds the skipped lines of one file.
    pub fn add(&mut self, file: &Skipped) {
        self.files += u64::from(file.total() > 0);
        self.lines.add(file);
    }

    /// Adds the counts of another reading, over other files.
    pub fn merge(&mut self, others: &Self) {
        self.files += others.files;
        self.implausible += others.implausible;
        self.lines.add(&others.lines);
    }

    /// Reports the counts on stderr, unless they are zero.
    pub fn report(&self) {
        if self.lines.total() > 0 {
            terminal::complain(self);
        }
        if self.implausible > 0 {
            terminal::complain(format!(
                "values that no request or span can have (more than 10^12 tokens, a million dollars or a year, or a negative cost) are excluded; \
                 records with such values: {}",
                self.implausible
            ));
        }
    }
}

/// Formats as `skipped 3 lines in 2 files: 1 torn, 2 invalid`.
impl fmt::Display for SkippedLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "skipped {} in {}: ",
            counted(self.lines.total(), "line", "lines"),
            counted(self.files, "file", "files")
        )?;
        let kinds = [
            (self.lines.torn, "torn"),
            (self.lines.not_json, "invalid"),
            (self.lines.not_utf8, "not UTF-8"),
            (self.lines.too_long, "longer than any record"),
            (self.lines.unknown_type, "of an unknown record type"),
            (self.lines.unusable_count, "with an unusable count"),
        ];
        let mut first = true;
        for (count, kind) in kinds.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{}{count} {kind}", if first { "" } else { ", " })?;
            first = false;
        }
        if let Some(count) = self.lines.first_unusable_count {
            write!(f, " (first: {count})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use telemetry_schema::record::Records;

    use super::*;

    #[test]
    fn reasons_are_named() {
        let mut file = Skipped::default();
        file.torn = 1;
        let mut skips = SkippedLines::default();
        skips.add(&file);
        assert_eq!(skips.to_string(), "skipped 1 line in 1 file: 1 torn");
        file.not_json = 2;
        skips.add(&file);
        skips.add(&Skipped::default());
        assert_eq!(
            skips.to_string(),
            "skipped 4 lines in 2 files: 2 torn, 2 invalid"
        );
    }

    #[test]
    fn an_unusable_count_is_named() {
        let log = b"{\"ts\":\"2020-11-22T18:54:00Z\",\"session_id\":\"s\",\"prompt_tokens\":-5}\n";
        let mut records = Records::new(&log[..]);
        records.each(|_| ()).unwrap();
        let mut skips = SkippedLines::default();
        skips.add(&records.skipped());
        assert_eq!(
            skips.to_string(),
            "skipped 1 line in 1 file: 1 with an unusable count (first: key `prompt_tokens` is -5, \
             expected an integer from 0 to 18446744073709551615)"
        );
    }
}
