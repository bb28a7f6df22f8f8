//! Whole lines out of a log that may be damaged, in constant memory.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use super::MAX_LINE;

/// A line may be longer than [`MAX_LINE`] by this much and is still read: older writers counted
/// without the newline and the keys around the last field.
const SLACK: usize = 4 * 1024;
/// Several lines of the greatest length; a read of this size costs nothing beside its parsing.
const BUFFER: usize = 256 * 1024;

/// The room for what is read. Whoever reads many parts, one after another, has it made once: new room
/// of this size comes from the kernel, and goes back to it, at the cost of a tenth of all reading.
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
        // The thread may have ended all else.
        let _ = SPARE.try_with(|spare| spare.set(std::mem::take(&mut self.0)));
    }
}

/// The lines of a log. Blank ones are left out.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Buffer,
    /// What is read and not yet returned.
    unread: Range<usize>,
    /// Where the buffer begins in the log.
    base: u64,
    /// Where the last line begins in the log.
    offset: u64,
    pub(super) needle: Option<Finder<'static>>,
    at_end: bool,
    /// What the bytes up to the next newline belong to, where not to a line to return.
    rest: Option<Rest>,
    /// No line that begins here or behind is returned.
    end: u64,
    /// A writer goes on where the log ends now.
    growing: bool,
    too_long: u64,
}

/// The rest of a line that is not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// Of one that is too long.
    TooLong,
    /// Of one that began before the part that is read.
    Before,
}

impl<R: Read> Lines<R> {
    /// All lines.
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

    /// The lines of a log that is being written: `None` is the end for now, and a line without its
    /// newline is not returned yet.
    pub fn growing(reader: R) -> Self {
        Self {
            growing: true,
            ..Self::new(reader)
        }
    }

    /// Only the lines that begin in `part`, the last of them whole. The reader stands at the part's
    /// beginning, or a byte before it where that is not the log's.
    pub fn part(reader: R, part: &Range<u64>) -> Self {
        Self {
            base: part.start.saturating_sub(1),
            rest: (part.start > 0).then_some(Rest::Before),
            end: part.end,
            ..Self::new(reader)
        }
    }

    /// Only the lines that contain `needle`, at about the speed of a plain search.
    pub fn containing(reader: R, needle: &[u8]) -> Self {
        Self {
            needle: Some(Finder::new(needle).into_owned()),
            ..Self::new(reader)
        }
    }

    /// The next line without its newline. The last one may lack it.
    ///
    /// # Errors
    ///
    /// What the reader says; the next call goes on from there.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.next_range()?.map(|(line, _)| &self.buffer.0[line]))
    }

    /// Where the last line begins, in bytes from where the reader was.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the next line begins, or the rest of one that is too long.
    pub fn next_offset(&self) -> u64 {
        self.base + self.unread.start as u64
    }

    /// Lines that were left out because they are longer than any record.
    pub fn too_long(&self) -> u64 {
        self.too_long
    }

    /// A line by its place.
    pub(super) fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.buffer.0[line]
    }

    /// The next line's place in the buffer, and whether its newline was there.
    pub(super) fn next_range(&mut self) -> io::Result<Option<(Range<usize>, bool)>> {
        loop {
            self.skip_to_needle();
            let start = self.unread.start;
            if self.base + start as u64 >= self.end {
                // It began in this part; where it ends is the next ones' business.
                self.too_long += u64::from(self.rest.take() == Some(Rest::TooLong));
                return Ok(None);
            }
            if let Some(len) = memchr(b'\n', &self.buffer.0[self.unread.clone()]) {
                self.unread.start = start + len + 1;
                if self.take(len) {
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
                let wanted = self.holds_needle(&line) && self.take_at(line.start, line.len());
                return Ok(wanted.then_some((line, false)));
            } else {
                self.fill()?;
            }
        }
    }

    /// Leaves out complete lines without the needle.
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

    fn holds_needle(&self, line: &Range<usize>) -> bool {
        self.needle
            .as_ref()
            .is_none_or(|needle| needle.find(&self.buffer.0[line.clone()]).is_some())
    }

    /// Whether the line that ends before `unread` is to be returned.
    fn take(&mut self, len: usize) -> bool {
        let start = self.unread.start - len - 1;
        self.take_at(start, len)
    }

    fn take_at(&mut self, start: usize, len: usize) -> bool {
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
