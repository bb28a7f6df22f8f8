//! Numbers of keys, so that frames do not carry the text of a key, nor the writer copies it byte by byte.
//!
//! A key is a literal of the host, and is identified by its address. Its number is a slot of a table, which it
//! takes when it is first recorded. If another key has that slot already, the key has no number, and its frames
//! carry its text.

use once_cell::race::OnceBox;

use crate::enabled::reentry;

/// Slots: several per key of a large program, so that few keys have no number.
const NUMBERS: u16 = 1024;

static KEYS: [OnceBox<&'static str>; NUMBERS as usize] =
    [const { OnceBox::new() }; NUMBERS as usize];

/// The key of an item of a frame.
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

/// Returns the number of a key that has one already.
#[inline]
pub(super) fn known(key: &'static str) -> Option<u16> {
    let number = slot(key);
    let known = KEYS[usize::from(number)].get()?;
    // Two literals may begin at one address.
    (known.as_ptr() == key.as_ptr() && known.len() == key.len()).then_some(number)
}

/// Returns the number of a key, or gives it one if its slot is free.
#[inline]
pub(super) fn number(key: &'static str) -> Option<u16> {
    known(key).or_else(|| take_slot(key))
}

#[cold]
fn take_slot(key: &'static str) -> Option<u16> {
    let _inside = reentry::enter();
    let slot = &KEYS[usize::from(slot(key))];
    if slot.get().is_some() {
        return None;
    }
    // Fails if another thread has taken the slot since.
    let _ = slot.set(Box::new(key));
    known(key)
}

/// Returns the key of a number.
fn text(number: u16) -> Option<&'static str> {
    KEYS.get(usize::from(number))?.get().copied()
}

/// Returns the slot of a key. The multiplication scatters keys whose literals are adjacent in memory.
#[inline]
fn slot(key: &str) -> u16 {
    let scattered = (key.as_ptr().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [.., low, high] = scattered.to_le_bytes();
    u16::from_le_bytes([low, high]) % NUMBERS
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;

    /// There are more keys here than numbers.
    #[test]
    fn a_number_stays_with_one_key() {
        // In a static, so that the leak sanitizer finds them reachable.
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
    fn two_keys_that_begin_at_one_address_have_different_numbers() {
        // In a static, so that the leak sanitizer finds it reachable.
        static LONG: OnceLock<String> = OnceLock::new();
        let long: &'static str = LONG.get_or_init(|| "prompt_tokens".to_owned());
        let (short, first) = (&long[..6], number(long));
        assert!(first.is_none() || number(short).is_none());
    }
}
