//! The position of a line in a file to which other threads and processes append at the same time.

use std::fs::File;
use std::io;
use std::ops::Range;

use memchr::memmem;

use crate::enabled::sys;

/// The bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// Returns the offset of a line that was written to a range of a file. `None` if it is not there, or if the file cannot be
/// read.
pub(super) fn position_of(line: &[u8], file: &File, range: Range<u64>) -> Option<u64> {
    let finder = memmem::Finder::new(line);
    let mut block = vec![0; BLOCK.max(line.len() * 2)];
    let mut from = range.start;
    loop {
        let wanted = usize::try_from(range.end.saturating_sub(from)).unwrap_or(usize::MAX);
        let wanted = wanted.min(block.len());
        if wanted < line.len() {
            return None;
        }
        let bytes = &mut block[..wanted];
        read_exact_at(file, bytes, from)?;
        if let Some(at) = finder.find(bytes) {
            return Some(from + at as u64);
        }
        // The line may begin in this block and end in the next one.
        from += (wanted - line.len() + 1) as u64;
    }
}

fn read_exact_at(file: &File, bytes: &mut [u8], from: u64) -> Option<()> {
    let mut read = 0;
    while read < bytes.len() {
        match sys::read_at(file, &mut bytes[read..], from + read as u64) {
            Ok(0) => return None,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_wherever_it_begins_in_a_block() {
        let file = tempfile::tempfile().unwrap();
        let line = b"{\"request\":\"one\"}\n";
        for before in [0, 1, BLOCK - line.len(), BLOCK - 5, BLOCK, 3 * BLOCK + 7] {
            file.set_len(0).unwrap();
            sys::write_at(&file, &vec![b'x'; before], 0).unwrap();
            sys::write_at(&file, line, before as u64).unwrap();
            sys::write_at(
                &file,
                b"{\"request\":\"other\"}\n",
                (before + line.len()) as u64,
            )
            .unwrap();
            let end = file.metadata().unwrap().len();
            assert_eq!(position_of(line, &file, 0..end), Some(before as u64));
            assert_eq!(position_of(line, &file, before as u64 + 1..end), None);
        }
    }

    #[test]
    fn a_line_that_is_not_in_the_range_is_not_found() {
        let file = tempfile::tempfile().unwrap();
        sys::write_at(&file, b"{}\n", 0).unwrap();
        assert_eq!(position_of(b"{\"a\":1}\n", &file, 0..3), None);
        // The file was cut since its length was read.
        assert_eq!(position_of(b"{}\n", &file, 0..100), None);
    }
}
