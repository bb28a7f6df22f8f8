//! Buffers in which lines are made. Bytes are appended with one check for room, and short texts without a call.

use super::json::Append;
use super::limits::MAX_LINE;

/// The lines of one log.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer {
    /// The lines, and spare bytes after them.
    bytes: Vec<u8>,
    len: usize,
}

/// Bytes for the longest line, and for a chunk that is written across its end.
const ROOM: usize = MAX_LINE + CHUNK;

/// Bytes of a new buffer: more than the usual length of the lines of a round, and room for one more line.
const FIRST: usize = 512 * 1024;

impl LineBuffer {
    /// Returns the lines.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the line that `write` makes. A line that is too long is dropped.
    #[inline]
    pub(crate) fn line(&mut self, write: impl FnOnce(LineBuilder<'_>) -> LineBuilder<'_>) {
        if self.bytes.len() - self.len < ROOM {
            self.grow(ROOM);
        }
        if let Some(room) = self.bytes[self.len..].first_chunk_mut() {
            let line = write(LineBuilder { room, len: 0 });
            debug_assert!(
                line.fits(),
                "the caps of the parts keep a line within its own cap"
            );
            if line.fits() {
                self.len += line.len;
            }
        }
    }

    /// Adds bytes of any length.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.len < bytes.len() {
            self.grow(bytes.len());
        }
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    #[cold]
    fn grow(&mut self, room: usize) {
        // The system provides zeroed pages, and only when they are first used.
        let mut bytes = vec![0; (self.len + room).next_power_of_two().max(FIRST)];
        bytes[..self.len].copy_from_slice(self.lines());
        self.bytes = bytes;
    }
}

/// A line in the making. Bytes that do not fit are not stored but count towards its length, so that the line can be
/// truncated to a length that fits.
///
/// The calls take and return it by value: so the length stays in a register.
#[derive(Debug)]
pub(crate) struct LineBuilder<'a> {
    room: &'a mut [u8; ROOM],
    len: usize,
}

impl LineBuilder<'_> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn fits(&self) -> bool {
        self.len <= MAX_LINE
    }

    /// Removes the bytes behind `len`.
    pub(crate) fn truncate(self, len: usize) -> Self {
        Self { len, ..self }
    }

    /// Overwrites a byte.
    pub(crate) fn set(self, at: usize, byte: u8) -> Self {
        if let Some(place) = self.room.get_mut(at) {
            *place = byte;
        }
        self
    }

    /// Appends bytes whose number is known at compile time.
    #[inline]
    pub(crate) fn put<const N: usize>(self, bytes: &[u8; N]) -> Self {
        self.append_first(bytes, N)
    }

    /// Appends bytes, fast where they are few.
    #[inline]
    pub(crate) fn short(mut self, bytes: &[u8]) -> Self {
        match bytes.len() {
            0..4 => {
                for byte in bytes {
                    self = self.put(&[*byte]);
                }
                self
            }
            4..8 => self.ends::<4>(bytes),
            8..16 => self.ends::<8>(bytes),
            16..=32 => self.ends::<16>(bytes),
            _ => self.append(bytes),
        }
    }

    /// Appends the bytes as their first `N` and their last `N`, which may overlap.
    #[inline]
    fn ends<const N: usize>(self, bytes: &[u8]) -> Self {
        match (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
            (Some(first), Some(last)) => self.append_first(first, bytes.len() - N).put(last),
            _ => self,
        }
    }
}

impl Append for LineBuilder<'_> {
    #[inline]
    fn append(self, bytes: &[u8]) -> Self {
        let len = self.len + bytes.len();
        if len <= MAX_LINE {
            self.room[self.len..len].copy_from_slice(bytes);
        }
        Self { len, ..self }
    }

    #[inline]
    fn append_first<const N: usize>(self, bytes: &[u8; N], len: usize) -> Self {
        const { assert!(N <= CHUNK) };
        // Behind a full line there is room for one chunk.
        let place = self.len.min(MAX_LINE);
        self.room[place..place + N].copy_from_slice(bytes);
        Self {
            len: self.len + len,
            ..self
        }
    }
}

const CHUNK: usize = 32;

/// A part of many lines, made once and appended in whole chunks.
#[derive(Debug, Default)]
pub(crate) struct StaticJson {
    chunks: Vec<[u8; CHUNK]>,
    len: usize,
}

impl StaticJson {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let chunk = |bytes: &[u8]| {
            let mut chunk = [0; CHUNK];
            chunk[..bytes.len()].copy_from_slice(bytes);
            chunk
        };
        Self {
            chunks: bytes.chunks(CHUNK).map(chunk).collect(),
            len: bytes.len(),
        }
    }

    /// Appends the bytes.
    #[inline]
    pub(crate) fn append<'a>(&self, mut line: LineBuilder<'a>) -> LineBuilder<'a> {
        let len = line.len + self.len;
        for chunk in &self.chunks {
            line = line.put(chunk);
        }
        line.truncate(len)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_appended_at_the_end(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
        ) {
            let mut buffer = LineBuffer::default();
            for part in &parts {
                buffer.line(|line| line.short(part));
                buffer.line(|line| StaticJson::new(part).append(line));
                buffer.line(|line| line.append(part));
                buffer.append(part);
            }
            let all: Vec<&[u8]> = parts.iter().flat_map(|part| [&part[..]; 4]).collect();
            prop_assert_eq!(buffer.lines(), all.concat());
        }
    }

    #[test]
    fn bytes_that_do_not_fit_are_not_stored_and_can_be_truncated() {
        let (mut buffer, full) = (LineBuffer::default(), vec![b'x'; MAX_LINE]);
        buffer.line(|line| {
            let line = line.append(&full).put(b"y").append(b"y").put(b"y");
            assert!(!line.fits());
            let line = line.truncate(MAX_LINE);
            assert!(line.fits());
            line
        });
        assert_eq!(buffer.lines(), full);
    }
}
