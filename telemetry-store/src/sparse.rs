//! Reading sparse files without reading their holes.
//!
//! A hole has no bytes on the disk and reads as zeros. A log with a hole is damaged: a file was extended without being
//! written, by a crash of the system or by `truncate`. A reader that reads the zeros of a file of 50 GB takes half a minute
//! for a single damaged line.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;

use telemetry_schema::record::MAX_LINE;

use crate::chunk::ChunkReader;
use crate::platform;

/// The length of the longest hole that is read in full. Longer holes are shortened to it. A line of that many zeros is longer
/// than any record, so that readers count the hole as a line that is too long.
const LONGEST_HOLE: u64 = 4 * MAX_LINE as u64;

/// Reads a file with its long holes shortened. Offsets behind such a hole are smaller than those in the file.
#[derive(Debug)]
pub struct SparseReader<F = File> {
    file: F,
    offset: u64,
    /// The offset at which reading ends.
    end: u64,
    /// The part that is known to hold data.
    data: Range<u64>,
    /// The zeros of a hole that are still to be returned.
    zeros: u64,
}

impl<F: Borrow<File>> SparseReader<F> {
    /// Returns a reader that begins at an offset of the file.
    pub fn new(file: F, offset: u64) -> Self {
        Self::until(file, offset, u64::MAX)
    }

    /// Returns a reader that begins at an offset of the file and ends at another.
    pub fn until(file: F, offset: u64, end: u64) -> Self {
        Self {
            file,
            offset,
            end,
            data: 0..0,
            zeros: 0,
        }
    }

    /// Finds the data at or behind the current offset, and shortens the hole before it.
    fn find_data(&mut self) -> io::Result<()> {
        let file = self.file.borrow();
        let len = file.metadata()?.len();
        // Without knowledge of holes, the rest is data.
        let found = platform::next_data(file, self.offset).unwrap_or(self.offset..u64::MAX);
        let found = (!found.is_empty()).then_some(found);
        let next = found
            .as_ref()
            .map_or(len.max(self.offset), |data| data.start);
        let hole = next - self.offset;
        if hole > LONGEST_HOLE {
            self.zeros = LONGEST_HOLE;
            self.offset = next;
        }
        // The zeros of a short hole are read like data.
        self.data = self.offset..found.map_or(len, |data| data.end);
        Ok(())
    }
}

impl<F: Borrow<File>> Read for SparseReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.offset >= self.end && self.zeros == 0 {
            return Ok(0);
        }
        if self.zeros == 0 && !self.data.contains(&self.offset) {
            self.find_data()?;
        }
        if self.zeros > 0 {
            let len = usize::try_from(self.zeros)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            buffer[..len].fill(0);
            self.zeros -= len as u64;
            return Ok(len);
        }
        // A file that grew since the search has more data.
        let rest = self.data.end.saturating_sub(self.offset).max(1);
        let rest = rest.min(self.end.saturating_sub(self.offset));
        let len = usize::try_from(rest)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = ChunkReader::from(self.file.borrow(), self.offset).read(&mut buffer[..len])?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn read(file: &File, offset: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut reader = SparseReader::new(file.try_clone().unwrap(), offset);
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_long_hole_is_shortened() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first\n").unwrap();
        // Reading the hole would not end.
        let far = 1 << 42;
        file.set_len(far).unwrap();
        file.seek(io::SeekFrom::Start(far)).unwrap();
        file.write_all(b"last\n").unwrap();
        let bytes = read(&file, 0);
        assert!(bytes.starts_with(b"first\n\0") && bytes.ends_with(b"\0last\n"));
        let len = bytes.len() as u64;
        assert!((LONGEST_HOLE..2 * LONGEST_HOLE).contains(&len), "{len}");
        assert_eq!(read(&file, far), b"last\n");
        file.set_len(2 * far).unwrap();
        let bytes = read(&file, 0);
        assert!(bytes.ends_with(b"\0\0"));
        assert!((bytes.len() as u64) < 4 * LONGEST_HOLE);
    }

    #[test]
    fn a_file_without_holes_is_read_in_full() {
        let mut file = tempfile::tempfile().unwrap();
        for len in [0, 1, 100_000, 1_000_000] {
            file.write_all(&vec![b'x'; len]).unwrap();
            let all = file.metadata().unwrap().len();
            assert_eq!(read(&file, 0).len() as u64, all);
            assert_eq!(read(&file, all / 2).len() as u64, all - all / 2);
        }
        // Short holes are part of the content.
        file.set_len(1_200_000).unwrap();
        assert_eq!(read(&file, 0).len(), 1_200_000);
    }
}
