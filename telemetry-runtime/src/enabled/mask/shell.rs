//! Secrets at fixed places of command lines and of files of words.

use std::ops::Range;

/// Returns a secret by the word that begins at `at`.
pub(super) fn word(_text: &[u8], _at: usize) -> Option<Range<usize>> {
    None
}
