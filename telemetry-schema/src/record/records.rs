//! The records of a log that may be damaged.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memmem::Finder;

use super::declare::ReadRecord as _;
use super::scan::Scanner;
use super::{Kinds, Lines, NoRecord, Record, SessionRecord, kind};

/// Lines that are no records, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Longer than any record.
    pub too_long: u64,
    /// The last line, cut before its end.
    pub torn: u64,
    /// Not UTF-8.
    pub not_utf8: u64,
    /// Not JSON, or a key has a value of the wrong kind.
    pub not_json: u64,
    /// A record of a type that this version does not know.
    pub unknown_type: u64,
}

impl Skipped {
    /// Adds what another part skipped.
    pub fn add(&mut self, other: &Self) {
        self.too_long += other.too_long;
        self.torn += other.torn;
        self.not_utf8 += other.not_utf8;
        self.not_json += other.not_json;
        self.unknown_type += other.unknown_type;
    }

    fn count(&mut self, reason: NoRecord, whole: bool) {
        *match reason {
            // A cut may also be in the middle of a character.
            NoRecord::NotUtf8 | NoRecord::NotJson if !whole => &mut self.torn,
            NoRecord::NotUtf8 => &mut self.not_utf8,
            NoRecord::NotJson => &mut self.not_json,
            NoRecord::UnknownType => &mut self.unknown_type,
        } += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.too_long + self.torn + self.not_utf8 + self.not_json + self.unknown_type
    }
}

/// The records of a log; lines that are none are skipped and counted.
///
/// ```
/// use telemetry_schema::record::{Record, Records};
/// let log = b"{\"ts\":\"2026-11-22T18:54:00Z\",\"session_id\":\"x\",\"model\":\"m\"}\n{\"ts\":\"20";
/// let mut records = Records::new(&log[..]);
/// let mut models = Vec::new();
/// records.each(|record| {
///     if let Record::Session(turn) = record {
///         models.push(turn.model.unwrap_or_default().into_owned());
///     }
/// })?;
/// assert_eq!(models, ["m"]);
/// assert_eq!(records.skipped().torn, 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Records<R> {
    lines: Lines<R>,
    kinds: Kinds,
    skipped: Skipped,
}

impl<R: Read> Records<R> {
    /// All records.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader),
            kinds: Kinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// Only the records whose line contains `needle`, such as a session's id.
    pub fn containing(reader: R, needle: &[u8]) -> Self {
        Self {
            lines: Lines::containing(reader, needle),
            kinds: Kinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// Only the records whose line begins in a part; see [`Lines::part`].
    pub fn part(reader: R, part: &Range<u64>) -> Self {
        Self {
            lines: Lines::part(reader, part),
            kinds: Kinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// As [`Self::containing`], of records that are made already.
    #[must_use]
    pub fn holding(mut self, needle: &[u8]) -> Self {
        self.lines.needle = Some(Finder::new(needle).into_owned());
        self
    }

    /// Leaves out records of all other kinds. A line that begins as one of them is not looked at
    /// further, so it is not counted where it is damaged.
    #[must_use]
    pub fn only(self, kinds: Kinds) -> Self {
        Self { kinds, ..self }
    }

    /// The next line's record, or why it has none (counted already). `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// What the reader says.
    #[allow(clippy::should_implement_trait)] // the record borrows from the reader's buffer
    pub fn next(&mut self) -> io::Result<Option<Result<Record<'_>, NoRecord>>> {
        let (line, whole) = loop {
            let Some((line, whole)) = self.lines.next_range()? else {
                return Ok(None);
            };
            if kind::written(self.lines.bytes(line.clone()))
                .is_none_or(|kind| self.kinds.contains(kind))
            {
                break (line, whole);
            }
        };
        let record = Record::parse(self.lines.bytes(line));
        if let Err(reason) = &record {
            self.skipped.count(*reason, whole);
        }
        Ok(Some(record))
    }

    /// Calls `each` for every record that is left.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn each(&mut self, mut each: impl FnMut(Record<'_>)) -> io::Result<()> {
        while let Some(record) = self.next()? {
            if let Ok(record) = record {
                each(record);
            }
        }
        Ok(())
    }

    /// Calls `each` for every session record that is left, and leaves out all others: what
    /// [`Self::each`] does after [`Self::only`], at twice the speed.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn each_request(&mut self, mut each: impl FnMut(&SessionRecord<'_>)) -> io::Result<()> {
        while let Some((line, whole)) = self.lines.next_range()? {
            let line = self.lines.bytes(line);
            if kind::written(line).is_some() {
                // Session records have no `type`.
                continue;
            }
            let mut record = SessionRecord::default();
            let read = str::from_utf8(line).ok().and_then(|line| {
                let mut scanner = Scanner::new(line);
                record.fill(&mut scanner)?;
                (!scanner.met_type).then_some(())
            });
            if read.is_some() {
                each(&record);
                continue;
            }
            match Record::parse(line) {
                Ok(Record::Session(record)) => each(&record),
                Ok(_) => {}
                Err(reason) => self.skipped.count(reason, whole),
            }
        }
        Ok(())
    }

    /// What was skipped so far.
    pub fn skipped(&self) -> Skipped {
        Skipped {
            too_long: self.lines.too_long(),
            ..self.skipped
        }
    }

    /// Where the last line begins, in bytes from where the reader was.
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }
}
