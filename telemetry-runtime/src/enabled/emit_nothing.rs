//! `emit` without the feature `tracing`: nothing is passed on.

use super::callsite::Callsite;
use super::frame::Frame;
use crate::Outcome;

/// A span of `tracing`. No value of this type exists.
#[derive(Debug)]
pub(crate) enum Emitted {}

#[expect(
    clippy::unused_self,
    reason = "the methods have the signatures of those in `emit`"
)]
impl Emitted {
    pub(crate) fn open(_: &'static Callsite, _: &Frame) -> Option<Box<Self>> {
        None
    }

    pub(crate) fn enter(&self) {}

    pub(crate) fn exit(&self) {}

    pub(crate) fn close(&self, _: Outcome) {}
}

pub(crate) fn set(_: bool) {}

#[inline]
pub(crate) const fn is_on() -> bool {
    false
}

#[inline]
pub(crate) const fn was_on() -> bool {
    false
}

pub(crate) fn event(_: &'static Callsite, _: &Frame) {}
