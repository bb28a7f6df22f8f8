use crate::UsageSource;
#[inline(always)]
pub const fn usage_enabled() -> bool {
    false
}

/// What a `#[session_usage]` says of its request.
pub struct UsageRequest(());

impl UsageRequest {
    #[inline(always)]
    pub fn begin() -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn text<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn display<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn debug<T: ?Sized>(&mut self, _key: &'static str, _text: &T) {}
    #[inline(always)]
    pub fn attempt<T: ?Sized>(&mut self, _attempt: &T) {}
    #[inline(always)]
    pub fn session<T: ?Sized>(&mut self, _session: &T) {}
    #[inline(always)]
    pub fn enter(self) -> UsageGuard {
        UsageGuard(())
    }
}

/// A request in flight.
#[must_use]
pub struct UsageGuard(());

impl UsageGuard {
    #[inline(always)]
    pub fn none() -> Self {
        Self(())
    }
    #[inline(always)]
    pub fn finish(self, _returned: &(impl UsageSource + ?Sized)) {}
}

#[inline(always)]
pub fn instrument_usage<F>(_guard: UsageGuard, future: F) -> F
where
    F: Future<Output: UsageSource>,
{
    future
}

#[inline(always)]
pub fn record_usage_of(_request: UsageRequest, _source: &(impl UsageSource + ?Sized)) {}

pub fn record_usage(_source: &(impl UsageSource + ?Sized)) {}
