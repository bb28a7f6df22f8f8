//! Texts that come from a host or a provider: asked for with care, masked and capped.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::build::mask::mask;
use crate::build::stats;

/// The longest text of a record, in bytes. A Responses id of LiteLLM has about 350.
const MAX_TEXT: usize = 1024;

/// Calls a host's own code, which may panic: that is counted, and is no concern of the request's.
pub(super) fn caught<T>(host: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(host))
        .map_err(|payload| {
            // Its destructor is the host's as well.
            std::mem::forget(payload);
            stats::CAUGHT_PANICS.add(1);
        })
        .ok()
}

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

/// The text as a record may hold it: secrets masked, cut where it is too long. Where that changed it,
/// a hash of the whole follows, so that two ids stay two.
pub(super) fn storable(text: String) -> String {
    let mut stored = match mask(&text) {
        Cow::Borrowed(_) if text.len() <= MAX_TEXT => return text,
        Cow::Borrowed(_) => text.clone(),
        Cow::Owned(masked) => masked,
    };
    // FNV-1a: stored, so it must be the same in every version.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mark = format!("…{hash:016x}");
    let mut end = MAX_TEXT - mark.len();
    while !stored.is_char_boundary(end) && end < stored.len() {
        end -= 1;
    }
    stored.truncate(end);
    stored + &mark
}
