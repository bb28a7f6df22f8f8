//! From lines to files: naming, opening, rotation, the byte budget.
//!
//! | module | holds |
//! |---|---|
//! | [`open`] | one open file and its lock; whole lines are appended to it |
//! | [`append`] | a log: its open file, rotation, what could not be written |
//! | [`lost`] | the line that says that records are missing |
//! | [`retention`] | when to look what is to be removed |
//!
//! How files are named and which go is in [`telemetry_store`], for readers as well.

pub(crate) mod append;
mod lost;
pub(crate) mod open;
pub(crate) mod retention;
