//! Clusters of several characters in one cell, as `👨‍👩‍👧` or `🇩🇪`.
//!
//! `vt100` gives each character a cell of its own. Therefore a cluster is represented by one character that Unicode does not assign
//! and that has the width of the cluster.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The characters that represent clusters of two columns: the unassigned end of plane 3, whose default width is 2.
const WIDE: u32 = 0x3_f000;
/// The characters that represent clusters of one column: a plane for private use.
const NARROW: u32 = 0xf_0000;
/// The number of clusters that are represented. The characters of further ones get cells of their own.
const MAX_CLUSTERS: usize = 0xff0;

/// The clusters that were drawn, in the order of their representing characters.
#[derive(Debug, Default)]
pub(super) struct Clusters(Vec<Box<str>>);

impl Clusters {
    /// Returns the character that stands for a text in one cell, and its columns; `None` if the text takes no cell or several
    /// ones, or has control characters.
    pub(super) fn representative(&mut self, text: &str) -> Option<(char, u16)> {
        if let [byte @ b' '..=b'~'] = text.as_bytes() {
            return Some((char::from(*byte), 1));
        }
        if text.contains(|found: char| found.is_control()) {
            return None;
        }
        let columns = u16::try_from(text.width())
            .ok()
            .filter(|columns| (1..=2).contains(columns))?;
        let mut characters = text.chars();
        let first = characters.next()?;
        // The parser draws no replacement character, which stands for invalid bytes.
        if characters.next().is_some() || first == char::REPLACEMENT_CHARACTER {
            return Some((self.represent(text, columns == 2)?, columns));
        }
        (first.width() == Some(columns.into())).then_some((first, columns))
    }

    /// Returns the character that represents a cluster.
    fn represent(&mut self, cluster: &str, wide: bool) -> Option<char> {
        let known = self.0.iter().position(|known| **known == *cluster);
        let index = known.or_else(|| {
            let is_free = self.0.len() < MAX_CLUSTERS;
            is_free.then(|| {
                self.0.push(cluster.into());
                self.0.len() - 1
            })
        })?;
        char::from_u32(if wide { WIDE } else { NARROW } + u32::try_from(index).ok()?)
    }

    /// Returns the cluster that a cell's character represents.
    pub(super) fn get(&self, character: char) -> Option<&str> {
        let first = u32::from(character);
        let index = match first {
            ..WIDE => return None,
            WIDE.. if first < WIDE + 0x1000 => first - WIDE,
            NARROW.. if first < NARROW + 0x1000 => first - NARROW,
            _ => return None,
        };
        self.0.get(index as usize).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_representing_characters_have_the_width_of_their_clusters() {
        for (first, width) in [(WIDE, 2), (NARROW, 1)] {
            let last = first + u32::try_from(MAX_CLUSTERS).unwrap() - 1;
            for char in [first, last] {
                assert_eq!(char::from_u32(char).unwrap().width(), Some(width));
            }
        }
    }
}
