//! Texts that come from a host or a provider: masked and capped.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use once_cell::race::OnceBox;

use super::pricing;
use crate::enabled::mask::{is_id, mask};

/// The longest text of a record, in bytes of its JSON: twelve of them stay far within a line. A Responses id of LiteLLM has about 350.
const MAX_TEXT: usize = 1024;

/// What `Debug` wrote of an `Option`: `Some(High)` is `High`, `None` is nothing.
pub(super) fn inside_some(written: &str) -> Option<String> {
    let inside = written
        .strip_prefix("Some(")
        .and_then(|rest| rest.strip_suffix(')'));
    let inside = inside.unwrap_or(written);
    let unquoted = inside
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    (inside != "None").then(|| unquoted.unwrap_or(inside).to_owned())
}

/// The text as a record may hold it: secrets masked, cut where it is too long.
pub(super) fn storable(text: &str) -> String {
    let masked = mask(text);
    if json_len(&masked) <= MAX_TEXT {
        return masked.into_owned();
    }
    cut(&masked, CUT)
}

/// As [`storable`], in the lower case in which requests name an effort: `High` is how Rust writes it.
pub(super) fn storable_effort(text: &str) -> String {
    // Masked before: a key in lower case is not known for one.
    storable(&mask(text).to_lowercase())
}

/// As [`storable`], but a model that the prices in force list is a name whatever it looks like.
pub(super) fn storable_model(text: &str) -> String {
    match mask(text) {
        Cow::Owned(_) if json_len(text) <= MAX_TEXT && pricing::lists(text) => text.to_owned(),
        masked => storable(&masked),
    }
}

/// As [`storable`], and where that changed the text a hash follows, so that two ids stay two. A text with the
/// form of an id is stored as it is: its record must be the same in every process.
pub(super) fn storable_id(text: &str) -> String {
    let masked = if is_id(text) {
        Cow::Borrowed(text)
    } else {
        mask(text)
    };
    let hash = match &masked {
        Cow::Borrowed(_) if json_len(text) <= MAX_TEXT => return text.to_owned(),
        // FNV-1a: stored, so it must be the same in every version.
        Cow::Borrowed(text) => text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }),
        // The key ends with this process, so that a reader of the log cannot try secrets until one has
        // this hash. In another process the same id has another hash.
        Cow::Owned(_) => {
            static KEY: OnceBox<RandomState> = OnceBox::new();
            KEY.get_or_init(Box::default).hash_one(text)
        }
    };
    cut(&masked, &format!("{CUT}{hash:016x}"))
}

/// Stands where something was left out.
const CUT: &str = "…";

/// As much of the text as has room beside the mark, and the mark.
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
