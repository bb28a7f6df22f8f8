//! The classes of bytes at which a rule may begin, and the trait of the ways to find them.

/// The number of bytes that are classified together.
pub(super) const BLOCK: usize = 64;

/// The places of a block, a bit for each byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Letters and digits.
    pub(super) words: u64,
    /// The bytes that a key may have, and a few others: the graphic characters of ASCII without `!`, `"`, `#` and `$`.
    pub(super) parts: u64,
    /// Marks with which a rule or an escape begins, and a few others: the bytes from `%` to `(`, from `,` to `.` and from
    /// `:` to `>`, `_`, `|`, `~`, `\\`, `^` and the byte that begins a colour.
    pub(super) marks: u64,
}

/// A way to find the places of a block.
pub(super) trait Classes: Copy {
    fn places(self, block: &[u8; BLOCK]) -> Places;
}

/// Work on the places of blocks, compiled for each way to find them.
pub(super) trait Work {
    type Result;
    /// Must be inlined: the code around it decides for which processors it is compiled.
    fn work(self, classes: impl Classes) -> Self::Result;
}

/// The first bytes and the lengths of the ranges of marks.
pub(super) const MARKS: [(u8, u8); 3] = [(b'%', 4), (b',', 3), (b':', 5)];
/// Each of `\\`, `^`, `|` and `~` with this bit pattern is a `~`: one comparison for four marks.
pub(super) const TO_TILDE: u8 = 0x22;
/// The difference of a capital and its small letter.
pub(super) const CASE: u8 = 0x20;
