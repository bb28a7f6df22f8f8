//! Reading a host's value through [`UsageSource`].

use crate::enabled::panics::catch_user_panic;
use crate::enabled::stats::{self, Cause};
use crate::usage::{Usage, UsageSource};

/// The usages that a host's value states.
pub(super) struct Extracted {
    /// One usage for each request.
    pub(super) usages: Vec<Usage>,
    /// Properties of the request that are stated without a usage.
    pub(super) partial: Option<Usage>,
    /// Whether the request failed.
    pub(super) failed: bool,
    /// Whether the call that returned the value is only a part of the request, so that the duration of
    /// the call is not that of the request.
    pub(super) is_part: bool,
}

/// Calls the host's implementation. Returns `None` if it panics.
pub(super) fn extract(source: &(impl UsageSource + ?Sized)) -> Option<Extracted> {
    let extracted = catch_user_panic(|| {
        let mut usages = Vec::new();
        source.each_usage(&mut |usage| usages.push(usage));
        Extracted {
            usages,
            partial: source.partial(),
            failed: source.failed(),
            is_part: source.is_part(),
        }
    });
    if extracted.is_none() {
        stats::lost(1, Cause::HostPanic);
    }
    extracted
}
