//! The complete lines of a log, read in constant memory.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use super::MAX_LINE;

/// The bytes by which a line may exceed [`MAX_LINE`] and is still read: the limit of older versions did not include the
/// newline and the keys around the last field.
const SLACK: usize = 4 * 1024;
/// The size of the buffer, which holds several lines of the greatest length. Reading this much is cheap compared to parsing
/// it.
const BUFFER: usize = 256 * 1024;

/// A read buffer, which a thread reuses for its next log: allocating a buffer of this size from the kernel for each part of a
/// log would cost a tenth of all reading.
#[derive(Debug)]
struct Buffer(Vec<u8>);

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Buffer {
    fn take() -> Self {
        let mut bytes = SPARE.try_with(Cell::take).unwrap_or_default();
        bytes.resize(BUFFER, 0);
        Self(bytes)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Thread-local values may be destroyed already.
        let _ = SPARE.try_with(|spare| spare.set(std::mem::take(&mut self.0)));
    }
}

/// The lines of a log. Blank lines are skipped.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Buffer,
    /// The bytes that are read and not yet returned.
    unread: Range<usize>,
    /// The offset of the buffer in the log.
    base: u64,
    /// The offset of the last line in the log.
    offset: u64,
    pub(super) needle: Option<Finder<'static>>,
    at_end: bool,
    /// If set, the bytes up to the next newline belong to a line that is not returned.
    rest: Option<Rest>,
    /// Lines that begin at this offset or later are not returned.
    end: u64,
    /// Whether a writer may append to the log.
    growing: bool,
    too_long: u64,
}

/// Why the rest of a line is not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// The line is too long.
    TooLong,
    /// The line began before the part that is read.
    Before,
}

impl<R: Read> Lines<R> {
    /// Returns all lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Buffer::take(),
            unread: 0..0,
            base: 0,
            offset: 0,
            needle: None,
            at_end: false,
            rest: None,
            end: u64::MAX,
            growing: false,
            too_long: 0,
        }
    }

    /// Returns the lines of a log that is being written. `None` means that no further line is complete now; a line without
    /// its newline is returned once the newline is written.
    pub fn growing(reader: R) -> Self {
        Self {
            growing: true,
            ..Self::new(reader)
        }
    }

    /// Returns only lines that begin in `part` of the log; the last line may end after the part. The position of the reader
    /// is one byte before the part, or 0 if the part begins at 0.
    pub fn part(reader: R, part: &Range<u64>) -> Self {
        Self {
            base: part.start.saturating_sub(1),
            rest: (part.start > 0).then_some(Rest::Before),
            end: part.end,
            ..Self::new(reader)
        }
    }

    /// Returns only lines that contain `needle`, at about the speed of a plain search.
    pub fn containing(reader: R, needle: &[u8]) -> Self {
        Self {
            needle: Some(Finder::new(needle).into_owned()),
            ..Self::new(reader)
        }
    }

    /// Returns the next line without its newline, which the last line may lack.
    ///
    /// # Errors
    ///
    /// Returns errors of the reader. The next call continues at the position of the error.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.next_range()?.map(|(line, _)| &self.buffer.0[line]))
    }

    /// Returns the offset of the last line, in bytes from the initial position of the reader.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the offset of the next line, or of the rest of a line that is too long.
    pub fn next_offset(&self) -> u64 {
        self.base + self.unread.start as u64
    }

    /// Returns the number of lines that were skipped because they are longer than any record.
    pub fn too_long(&self) -> u64 {
        self.too_long
    }

    /// Returns the bytes of a line by its range in the buffer.
    pub(super) fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.buffer.0[line]
    }

    /// Returns the range of the next line in the buffer, and whether the line has its newline.
    pub(super) fn next_range(&mut self) -> io::Result<Option<(Range<usize>, bool)>> {
        loop {
            self.skip_to_needle();
            let start = self.unread.start;
            if self.base + start as u64 >= self.end {
                // The line began in this part, so this reader counts it.
                self.too_long += u64::from(self.rest.take() == Some(Rest::TooLong));
                return Ok(None);
            }
            if let Some(len) = memchr(b'\n', &self.buffer.0[self.unread.clone()]) {
                self.unread.start = start + len + 1;
                if self.accept(len) {
                    return Ok(Some((start..start + len, true)));
                }
            } else if self.unread.len() > MAX_LINE + SLACK {
                self.rest.get_or_insert(Rest::TooLong);
                self.unread.start = self.unread.end;
            } else if self.at_end && self.growing {
                self.at_end = false;
                return Ok(None);
            } else if self.at_end {
                let line = self.unread.clone();
                self.unread.start = line.end;
                let wanted = self.contains_needle(&line) && self.accept_at(line.start, line.len());
                return Ok(wanted.then_some((line, false)));
            } else {
                self.fill()?;
            }
        }
    }

    /// Skips complete lines without the needle.
    fn skip_to_needle(&mut self) {
        let (Some(needle), None) = (&self.needle, self.rest) else {
            return;
        };
        let unread = &self.buffer.0[self.unread.clone()];
        let until = needle.find(unread).unwrap_or(unread.len());
        if let Some(newline) = memrchr(b'\n', &unread[..until]) {
            self.unread.start += newline + 1;
        }
    }

    fn contains_needle(&self, line: &Range<usize>) -> bool {
        self.needle
            .as_ref()
            .is_none_or(|needle| needle.find(&self.buffer.0[line.clone()]).is_some())
    }

    /// Returns whether the line that ends before `unread` is returned.
    fn accept(&mut self, len: usize) -> bool {
        let start = self.unread.start - len - 1;
        self.accept_at(start, len)
    }

    fn accept_at(&mut self, start: usize, len: usize) -> bool {
        match self.rest.take() {
            None if len <= MAX_LINE + SLACK => {}
            None | Some(Rest::TooLong) => {
                self.too_long += 1;
                return false;
            }
            Some(Rest::Before) => return false,
        }
        self.offset = self.base + start as u64;
        !self.buffer.0[start..start + len].trim_ascii().is_empty()
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.0.copy_within(self.unread.clone(), 0);
        self.base += self.unread.start as u64;
        self.unread = 0..self.unread.len();
        let read = loop {
            match self.reader.read(&mut self.buffer.0[self.unread.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.unread.end += read;
        self.at_end = read == 0;
        Ok(())
    }
}
