//! `#[derive(UsageSource)]`: attributes -> checked source -> impl.

mod attribute;
mod bounds;
mod expand;
mod source;

pub(crate) use expand::expand;
pub(crate) use source::check;
