//! The records of a log, which may have damaged lines.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memmem::Finder;

use super::declare::ReadRecord as _;
use super::scan::Scanner;
use super::{
    Lines, ParseRecordError, Record, RecordKind, RecordKinds, SessionRecord, UnusableCount,
};

/// The number of skipped lines, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Lines that are longer than any record.
    pub too_long: u64,
    /// Last lines without a newline that are not complete records.
    pub torn: u64,
    /// Lines that are not UTF-8.
    pub not_utf8: u64,
    /// Lines that are not JSON objects, lack a required key, or have a value of the wrong type.
    pub not_json: u64,
    /// Records whose `type` is unknown to this version.
    pub unknown_type: u64,
    /// Records with a count that has an invalid value.
    pub unusable_count: u64,
    /// The first of these counts.
    pub first_unusable_count: Option<UnusableCount>,
}

impl Skipped {
    /// Adds the counts of another reader.
    pub fn add(&mut self, other: &Self) {
        self.too_long += other.too_long;
        self.torn += other.torn;
        self.not_utf8 += other.not_utf8;
        self.not_json += other.not_json;
        self.unknown_type += other.unknown_type;
        self.unusable_count += other.unusable_count;
        self.first_unusable_count = self.first_unusable_count.or(other.first_unusable_count);
    }

    /// Counts a line that is not a record; `whole` is whether the line ends with a newline.
    pub fn count(&mut self, reason: ParseRecordError, whole: bool) {
        *match reason {
            // The line may end within a character.
            ParseRecordError::NotUtf8 | ParseRecordError::NotJson if !whole => &mut self.torn,
            ParseRecordError::NotUtf8 => &mut self.not_utf8,
            ParseRecordError::NotJson => &mut self.not_json,
            ParseRecordError::UnknownType => &mut self.unknown_type,
            ParseRecordError::UnusableCount(count) => {
                self.first_unusable_count.get_or_insert(count);
                &mut self.unusable_count
            }
        } += 1;
    }

    /// Returns the sum of all counts.
    pub fn total(&self) -> u64 {
        self.too_long
            + self.torn
            + self.not_utf8
            + self.not_json
            + self.unknown_type
            + self.unusable_count
    }
}

/// The records of a log. Lines that are not records are skipped and counted.
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
    kinds: RecordKinds,
    skipped: Skipped,
}

impl<R: Read> Records<R> {
    /// Returns all records of `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader),
            kinds: RecordKinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// Returns only records whose line contains `needle`; see [`SessionRecord::needle`].
    pub fn containing(reader: R, needle: &[u8]) -> Self {
        Self {
            lines: Lines::containing(reader, needle),
            kinds: RecordKinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// Returns only records whose line begins in a part of the log; see [`Lines::part`].
    pub fn part(reader: R, part: &Range<u64>) -> Self {
        Self {
            lines: Lines::part(reader, part),
            kinds: RecordKinds::ALL,
            skipped: Skipped::default(),
        }
    }

    /// Skips records whose line does not contain `needle`.
    #[must_use]
    pub fn holding(mut self, needle: &[u8]) -> Self {
        self.lines.needle = Some(Finder::new(needle).into_owned());
        self
    }

    /// Skips records of all other kinds. Damaged lines of another kind may not be counted, because they are not parsed
    /// further than their `type`.
    #[must_use]
    pub fn only(self, kinds: RecordKinds) -> Self {
        Self { kinds, ..self }
    }

    /// Returns the record of the next line, or why the line is not a record, which is counted already. `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// Returns errors of the reader.
    #[expect(
        clippy::should_implement_trait,
        reason = "the record borrows from the reader's buffer"
    )]
    pub fn next(&mut self) -> io::Result<Option<Result<Record<'_>, ParseRecordError>>> {
        let (line, whole) = loop {
            let Some((line, whole)) = self.lines.next_range()? else {
                return Ok(None);
            };
            if RecordKind::of_canonical_line(self.lines.bytes(line.clone()))
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

    /// Calls `each` with every remaining record.
    ///
    /// # Errors
    ///
    /// Returns errors of the reader.
    pub fn each(&mut self, mut each: impl FnMut(Record<'_>)) -> io::Result<()> {
        while let Some(record) = self.next()? {
            if let Ok(record) = record {
                each(record);
            }
        }
        Ok(())
    }

    /// Calls `each` with every remaining session record. The result equals [`Self::each`] after [`Self::only`], at twice the
    /// speed.
    ///
    /// # Errors
    ///
    /// Returns errors of the reader.
    pub fn each_request(&mut self, mut each: impl FnMut(&SessionRecord<'_>)) -> io::Result<()> {
        while let Some((line, whole)) = self.lines.next_range()? {
            let line = self.lines.bytes(line);
            if RecordKind::of_canonical_line(line).is_some() {
                // Session records have no `type`.
                continue;
            }
            let mut record = SessionRecord::default();
            let read = str::from_utf8(line).ok().and_then(|line| {
                let mut scanner = Scanner::new(line);
                record.fill(&mut scanner)?;
                (!scanner.found_type).then_some(())
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

    /// Returns the counts of the lines skipped so far.
    pub fn skipped(&self) -> Skipped {
        Skipped {
            too_long: self.lines.too_long(),
            ..self.skipped
        }
    }

    /// Returns the offset of the last line, in bytes from the initial position of the reader.
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }
}
