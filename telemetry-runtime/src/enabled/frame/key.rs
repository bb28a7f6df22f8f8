//! Keys by number, so that frames need not carry their text, nor the writer copy it byte by byte.
//!
//! A key is a literal of the host's: it is known again by where it lies. Its number is a place in a
//! table, which it takes when it is recorded first. Where another key has that place already, it
//! stays without a number, and stands in its frames as text.

use std::sync::OnceLock;

use crate::enabled::fork;

/// Places: some per key of a large program, so that few are without.
const NUMBERS: u16 = 1024;

static KEYS: [OnceLock<&'static str>; NUMBERS as usize] =
    [const { OnceLock::new() }; NUMBERS as usize];

/// How a frame has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Number(u16),
    Text(&'a [u8]),
}

impl Key<'_> {
    pub(crate) fn text(&self) -> &[u8] {
        match *self {
            Key::Number(number) => text(number).unwrap_or_default().as_bytes(),
            Key::Text(text) => text,
        }
    }
}

/// The number of a key that has one already.
#[inline]
pub(super) fn known(key: &'static str) -> Option<u16> {
    let number = place(key);
    let known = KEYS[usize::from(number)].get()?;
    // Of two literals one may begin where the other does.
    (known.as_ptr() == key.as_ptr() && known.len() == key.len()).then_some(number)
}

/// The number of a key, if it has or gets one.
#[inline]
pub(super) fn number(key: &'static str) -> Option<u16> {
    known(key).or_else(|| take_place(key))
}

#[cold]
fn take_place(key: &'static str) -> Option<u16> {
    let place = &KEYS[usize::from(place(key))];
    if place.get().is_some() {
        return None;
    }
    // A child would wait for whoever is about to set it.
    let held_off = fork::hold_off();
    place.get_or_init(|| key);
    drop(held_off);
    known(key)
}

/// The key of a number.
fn text(number: u16) -> Option<&'static str> {
    KEYS.get(usize::from(number))?.get().copied()
}

/// Scatters literals that lie side by side.
#[inline]
fn place(key: &str) -> u16 {
    let scattered = (key.as_ptr().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [.., low, high] = scattered.to_le_bytes();
    u16::from_le_bytes([low, high]) % NUMBERS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More keys than there are numbers.
    #[test]
    fn a_number_is_one_key_s_for_good() {
        // Known for good, to whoever looks for leaks as well.
        static KEYS: OnceLock<Vec<&'static str>> = OnceLock::new();
        let keys = KEYS.get_or_init(|| {
            let keys = 0..2 * NUMBERS;
            keys.map(|index| &*format!("key_{index}").leak()).collect()
        });
        let numbers: Vec<Option<u16>> = keys.iter().map(|key| number(key)).collect();
        assert!(numbers.iter().flatten().count() > usize::from(NUMBERS / 2));
        assert!(numbers.contains(&None));
        for (key, known) in keys.iter().zip(numbers) {
            assert_eq!(number(key), known);
            if let Some(known) = known {
                assert_eq!(text(known), Some(*key));
            }
        }
    }

    #[test]
    fn a_key_that_begins_where_another_does_does_not_get_its_number() {
        let long: &'static str = "prompt_tokens".to_owned().leak();
        let (short, first) = (&long[..6], number(long));
        assert!(first.is_none() || number(short).is_none());
    }
}
