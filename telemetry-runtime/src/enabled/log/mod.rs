//! From lines to files: naming, opening, rotation, the byte budget.
//!
//! | module | holds |
//! |---|---|
//! | [`name`] | how files are named, and which names are ours |
//! | [`open`] | one open file and its lock; whole lines are appended to it |
//! | [`append`] | a log: its open file, rotation, what could not be written |
//! | [`lost`] | the line that says that records are missing |
//! | [`plan`] | which files go: pure |
//! | [`retention`] | when to look, and the removal itself |

pub(crate) mod append;
mod lost;
pub(crate) mod name;
pub(crate) mod open;
pub(crate) mod plan;
pub(crate) mod retention;
