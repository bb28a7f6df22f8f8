//! Texts of a host or a provider in the form in which records hold them: masked and of limited length.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use once_cell::race::OnceBox;

use super::pricing;
use crate::enabled::mask::{is_id, mask};
use crate::enabled::random::random_bytes;

/// The longest text of a record, in bytes of its JSON. Twelve such texts fit into a line. A Responses id of
/// LiteLLM has about 350 bytes.
const MAX_TEXT: usize = 1024;

/// Masks secrets, and cuts a text that is too long.
pub(super) fn storable(text: &str) -> String {
    let masked = mask(text);
    if json_len(&masked) <= MAX_TEXT {
        return masked.into_owned();
    }
    cut(&masked, CUT)
}

/// Like [`storable`], in lower case, as requests name an effort. Rust names it `High`.
pub(super) fn storable_effort(text: &str) -> String {
    // Masked before the conversion, because a key in lower case is not recognised.
    storable(&mask(text).to_lowercase())
}

/// Like [`storable`], but a model name that the prices in force list is never masked.
pub(super) fn storable_model(text: &str) -> String {
    match mask(text) {
        Cow::Owned(_) if json_len(text) <= MAX_TEXT && pricing::lists(text) => text.to_owned(),
        masked => storable(&masked),
    }
}

/// Like [`storable`]. If that changes the text, a hash follows, so that different ids stay different. A text in the
/// form of an id is stored unchanged, because its record must be equal in every process.
pub(super) fn storable_id(text: &str) -> String {
    let masked = if is_id(text) {
        Cow::Borrowed(text)
    } else {
        mask(text)
    };
    let hash = match &masked {
        Cow::Borrowed(_) if json_len(text) <= MAX_TEXT => return text.to_owned(),
        // FNV-1a: the hash is stored, so every version must compute an equal one.
        Cow::Borrowed(text) => text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }),
        // The key ends with this process, so that a reader of the log cannot try secrets until one has
        // this hash. In another process the same id has another hash.
        Cow::Owned(_) => {
            static KEY: OnceBox<[u8; 20]> = OnceBox::new();
            // `RandomState` is not used, because it panics if a sandbox denies random bytes.
            let mut hash = DefaultHasher::new();
            let key = KEY.get_or_init(|| Box::new(random_bytes()));
            (key, text).hash(&mut hash);
            hash.finish()
        }
    };
    cut(&masked, &format!("{CUT}{hash:016x}"))
}

/// Marks the end of a text that was cut.
const CUT: &str = "…";

/// Returns the beginning of the text that fits into a record together with `mark`, and `mark`.
fn cut(text: &str, mark: &str) -> String {
    let mut room = MAX_TEXT - mark.len();
    let fits = |found: &char| {
        let left = room.checked_sub(json_len_of(*found));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push_str(mark);
    kept
}

fn json_len(text: &str) -> usize {
    text.chars().map(json_len_of).sum()
}

fn json_len_of(found: char) -> usize {
    match found {
        '"' | '\\' => 2,
        '\0'..='\u{1f}' => 6,
        _ => found.len_utf8(),
    }
}
