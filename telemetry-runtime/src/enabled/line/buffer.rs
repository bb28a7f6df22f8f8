//! Where lines are made: bytes go to their place with no look at more than whether there is room, and
//! without a call for a few of them.

use crate::enabled::frame::Key;
use crate::enabled::json::Append;
use crate::enabled::limits::MAX_LINE;

/// Lines of a log.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// Longer than the lines.
    bytes: Vec<u8>,
    len: usize,
}

/// A line, and what may be written behind it.
const ROOM: usize = MAX_LINE + CHUNK;

/// Bytes of a new buffer: what half a ring mostly becomes, and room for a line.
const FIRST: usize = 512 * 1024;

impl Buffer {
    /// The lines.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds a line: what `write` makes of the room for it. One that does not fit is left out.
    #[inline]
    pub(crate) fn line(&mut self, write: impl FnOnce(Line<'_>) -> Line<'_>) {
        if self.bytes.len() - self.len < ROOM {
            self.grow(ROOM);
        }
        if let Some(room) = self.bytes[self.len..].first_chunk_mut() {
            let line = write(Line { room, len: 0 });
            debug_assert!(
                line.fits(),
                "the caps of the parts keep a line below its own"
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
        // Zeroed by the system, and only where it is used.
        let mut bytes = vec![0; (self.len + room).next_power_of_two().max(FIRST)];
        bytes[..self.len].copy_from_slice(self.lines());
        self.bytes = bytes;
    }
}

/// A line in the making. What does not fit into it makes it longer all the same, and can be taken back.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    room: &'a mut [u8; ROOM],
    len: usize,
}

impl Line<'_> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn fits(&self) -> bool {
        self.len <= MAX_LINE
    }

    /// Takes back what is behind `len`.
    pub(crate) fn truncate(self, len: usize) -> Self {
        Self { len, ..self }
    }

    /// Writes over a byte.
    pub(crate) fn set(self, at: usize, byte: u8) -> Self {
        if let Some(place) = self.room.get_mut(at) {
            *place = byte;
        }
        self
    }

    /// Appends bytes whose number is known when this is compiled.
    #[inline]
    pub(crate) fn put<const N: usize>(self, bytes: &[u8; N]) -> Self {
        self.append_first(bytes, N)
    }

    /// Appends what mostly is a few bytes.
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

    /// Appends the first `N` and the last `N` bytes, which are all.
    #[inline]
    fn ends<const N: usize>(self, bytes: &[u8]) -> Self {
        match (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
            (Some(first), Some(last)) => self.append_first(first, bytes.len() - N).put(last),
            _ => self,
        }
    }
}

impl Append for Line<'_> {
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
        // Behind a line that is full there is room for whatever does not fit.
        let place = self.len.min(MAX_LINE);
        self.room[place..place + N].copy_from_slice(bytes);
        Self {
            len: self.len + len,
            ..self
        }
    }
}

const CHUNK: usize = 32;

/// Bytes that many lines share. They are appended in whole chunks.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    chunks: Vec<[u8; CHUNK]>,
    len: usize,
}

impl Piece {
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
    pub(crate) fn append<'a>(&self, mut line: Line<'a>) -> Line<'a> {
        let len = line.len + self.len;
        for chunk in &self.chunks {
            line = line.put(chunk);
        }
        line.truncate(len)
    }
}

/// Keys by their numbers, each as it stands before a field's value.
#[derive(Debug)]
pub(crate) struct Keys(Vec<Option<Piece>>);

impl Keys {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends `,"KEY":`.
    #[inline]
    pub(crate) fn append<'a>(&mut self, number: u16, line: Line<'a>) -> Line<'a> {
        if let Some(Some(piece)) = self.0.get(usize::from(number)) {
            piece.append(line)
        } else {
            self.learn(number).append(line)
        }
    }

    #[cold]
    fn learn(&mut self, number: u16) -> &Piece {
        let place = usize::from(number);
        if place >= self.0.len() {
            self.0.resize_with(place + 1, || None);
        }
        self.0[place].get_or_insert_with(|| {
            // Keys are checked when the host is compiled: nothing in them needs an escape.
            Piece::new(&[b",\"", Key::Number(number).text(), b"\":"].concat())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_appended_behind_those_that_are_there(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20),
        ) {
            let mut buffer = Buffer::default();
            for part in &parts {
                buffer.line(|line| line.short(part));
                buffer.line(|line| Piece::new(part).append(line));
                buffer.line(|line| line.append(part));
                buffer.append(part);
            }
            let all: Vec<&[u8]> = parts.iter().flat_map(|part| [&part[..]; 4]).collect();
            prop_assert_eq!(buffer.lines(), all.concat());
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_can_be_taken_back() {
        let (mut buffer, full) = (Buffer::default(), vec![b'x'; MAX_LINE]);
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
