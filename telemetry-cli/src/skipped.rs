//! What was left out of an answer because it could not be read.

use std::fmt;

use telemetry_schema::record::Skipped;

use crate::terminal;

/// Lines of all files that were no records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skips {
    /// By kind.
    pub lines: Skipped,
    /// The files that have such lines.
    pub files: u64,
}

impl Skips {
    /// Adds those of one file.
    pub fn add(&mut self, file: &Skipped) {
        self.files += u64::from(file.total() > 0);
        for (sum, count) in [
            (&mut self.lines.too_long, file.too_long),
            (&mut self.lines.torn, file.torn),
            (&mut self.lines.not_utf8, file.not_utf8),
            (&mut self.lines.not_json, file.not_json),
            (&mut self.lines.unknown_type, file.unknown_type),
        ] {
            *sum = sum.saturating_add(count);
        }
    }

    /// Adds those of other files.
    pub fn join(&mut self, others: &Self) {
        self.files += others.files;
        self.lines.add(&others.lines);
    }

    /// Says so on stderr; nothing where nothing was left out.
    pub fn tell(&self) {
        if self.lines.total() > 0 {
            terminal::complain(self);
        }
    }
}

/// `3 lines of 2 files left out: 1 torn, 2 not JSON`.
impl fmt::Display for Skips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |count: u64, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        write!(
            f,
            "{} of {} left out: ",
            number(self.lines.total(), "line"),
            number(self.files, "file")
        )?;
        let kinds = [
            (self.lines.torn, "torn"),
            (self.lines.not_json, "not JSON"),
            (self.lines.not_utf8, "not UTF-8"),
            (self.lines.too_long, "longer than any record"),
            (
                self.lines.unknown_type,
                "of a type that this version does not know",
            ),
        ];
        let mut first = true;
        for (count, kind) in kinds.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{}{count} {kind}", if first { "" } else { ", " })?;
            first = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named() {
        let mut file = Skipped::default();
        file.torn = 1;
        let mut skips = Skips::default();
        skips.add(&file);
        assert_eq!(skips.to_string(), "1 line of 1 file left out: 1 torn");
        file.not_json = 2;
        skips.add(&file);
        skips.add(&Skipped::default());
        assert_eq!(
            skips.to_string(),
            "4 lines of 2 files left out: 2 torn, 2 not JSON"
        );
    }
}
