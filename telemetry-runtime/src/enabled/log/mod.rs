//! Log files: opening, rotation, the byte budget.
//!
//! | module | holds |
//! |---|---|
//! | [`place`] | the directory of a log, which is checked whenever it is opened |
//! | [`open`] | one open file with its lock, to which whole lines are appended |
//! | [`position`] | where a line is in a file to which others append as well |
//! | [`append`] | a log: its open file, lines that could not be written |
//! | [`direct`] | appending to a shared log from several threads at once |
//! | [`rotation`] | closing a full segment and opening the next one |
//! | [`lines`] | the lines of a buffer |
//! | [`lost`] | the lines that report missing records |
//! | [`retention`] | when the directory is pruned |
//! | [`background`] | work of other threads that has log files open |
//!
//! The names of files and the choice of files to remove are in [`telemetry_store`], which readers use as well.

pub(crate) mod append;
pub(crate) mod background;
pub(crate) mod direct;
pub(crate) mod lines;
pub(crate) mod lost;
pub(crate) mod open;
pub(crate) mod place;
mod position;
pub(crate) mod refusal;
pub(crate) mod retention;
pub(crate) mod rotation;
