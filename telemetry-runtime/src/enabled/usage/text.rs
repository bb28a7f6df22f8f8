//! Texts that come from a host or a provider: asked for with care, and capped.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::build::stats;

/// The longest text of a record, in bytes. A Responses id of LiteLLM has about 350.
const MAX_TEXT: usize = 1024;

/// Calls a host's own code, which may panic: that is counted, and is no concern of the request's.
pub(super) fn caught<T>(host: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(host));
    if result.is_err() {
        stats::CAUGHT_PANICS.add(1);
    }
    result.ok()
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

/// The text, if it is short enough; else its beginning and, so that two long ids stay two, a hash
/// of the whole.
pub(super) fn capped(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        // FNV-1a: stored, so it must be the same in every version.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mark = format!("…{hash:016x}");
        text.truncate(text.floor_char_boundary(MAX_TEXT - mark.len()));
        text.push_str(&mark);
    }
    text
}
