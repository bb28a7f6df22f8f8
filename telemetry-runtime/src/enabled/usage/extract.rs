//! Reading a host's value through [`UsageSource`].

use crate::enabled::panics::catch_user_panic;
use crate::enabled::stats::{self, Cause};
use crate::usage::{Assembly, UsagePart, UsageSource};

/// The usages that a host's value states.
pub(super) struct Extracted {
    /// One part with a usage for each request.
    pub(super) usages: Vec<UsagePart>,
    /// Properties of the last request, if they are stated without a usage.
    pub(super) partial: Option<UsagePart>,
    /// Whether the request failed.
    pub(super) failed: bool,
    /// Whether the call that returned the value is only a part of the request, so that the duration of
    /// the call is not that of the request.
    pub(super) is_part: bool,
}

impl Extracted {
    /// Puts the items of one value together.
    pub(super) fn of(value: ExtractedParts) -> Self {
        let mut assembly = Assembly::default();
        let mut requests = Vec::new();
        for part in value.parts {
            requests.extend(assembly.add(part));
        }
        requests.extend(assembly.finish());
        let partial = requests.pop_if(|last| !last.is_usage);
        requests.retain(|request| request.is_usage);
        Self {
            usages: requests,
            partial,
            failed: value.failed,
            is_part: value.is_part,
        }
    }

    /// Puts the items of a value together with the items of its stream that were reported before.
    pub(super) fn in_stream(value: ExtractedParts, reported: &mut Assembly) -> Self {
        let mut partial: Option<UsagePart> = None;
        let mut usages = Vec::new();
        let mut has_usage = false;
        for part in value.parts {
            if !part.is_usage {
                partial = Some(match partial {
                    Some(before) => before.followed_by(part.clone()),
                    None => part.clone(),
                });
            }
            let is_usage = part.is_usage;
            if let Some(before) = reported.add(part)
                && has_usage
            {
                usages.push(before);
                has_usage = false;
            }
            has_usage |= is_usage;
        }
        if has_usage {
            // Before the counts are known, the stream itself records the request at its end.
            let known = |request: &UsagePart| !request.usage.is_empty();
            usages.extend(reported.in_progress().filter(known));
        }
        Self {
            usages,
            partial,
            failed: value.failed,
            is_part: value.is_part,
        }
    }
}

/// The statements of the items of a host's value.
pub(super) struct ExtractedParts {
    pub(super) parts: Vec<UsagePart>,
    /// Whether the request failed.
    pub(super) failed: bool,
    pub(super) is_part: bool,
    /// Whether the value, an item of a stream, has content.
    pub(super) has_content: bool,
}

/// Calls the host's implementation. Returns `None` if it panics.
pub(super) fn extract_parts(source: &(impl UsageSource + ?Sized)) -> Option<ExtractedParts> {
    let extracted = catch_user_panic(|| {
        let mut parts = Vec::new();
        source.each_part(&mut |part| parts.push(part));
        ExtractedParts {
            parts,
            failed: source.failed(),
            is_part: source.is_part(),
            has_content: source.has_content(),
        }
    });
    if extracted.is_none() {
        stats::lost(1, Cause::HostPanic);
    }
    extracted
}
