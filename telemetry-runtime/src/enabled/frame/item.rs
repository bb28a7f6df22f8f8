//! The bytes of an item, in the format of [`super`].

use super::KEY_AS_TEXT;

/// Bytes of the type and the key of an item.
pub(super) const START: usize = 3;

/// Writes the beginning of an item, and returns the rest of its room.
#[inline]
pub(super) fn fill<const N: usize>(
    room: &mut [u8],
    tag: u8,
    known: u16,
    fixed: [u8; N],
) -> Option<&mut [u8]> {
    let (start, rest) = room.split_first_chunk_mut()?;
    let (numbers, rest) = rest.split_first_chunk_mut()?;
    let [low, high] = known.to_le_bytes();
    *start = [tag, low, high];
    *numbers = fixed;
    Some(rest)
}

#[cold]
pub(super) fn key_as_text(key: &str) -> (u16, &[u8]) {
    // The grammar of keys allows less.
    let len = u8::try_from(key.len()).unwrap_or(u8::MAX);
    (
        KEY_AS_TEXT | u16::from(len),
        &key.as_bytes()[..usize::from(len)],
    )
}

pub(super) fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes()
}

pub(super) fn lengths(kept: usize, cap: usize, full: usize) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&length(kept));
    bytes[4..8].copy_from_slice(&length(cap));
    bytes[8..].copy_from_slice(&(full as u64).to_le_bytes());
    bytes
}

/// Copies bytes of equal length, without a call where they are few.
#[inline]
pub(super) fn copy_short(to: &mut [u8], from: &[u8]) {
    match from.len() {
        0 => {}
        1..4 => {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        4..8 => copy_ends::<4>(to, from),
        8..16 => copy_ends::<8>(to, from),
        16..=32 => copy_ends::<16>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first `N` and the last `N` bytes, which may overlap.
#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}
