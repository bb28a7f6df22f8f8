//! `telemetry tail`: the records of all logs, by time, and what is written meanwhile.
//!
//! | module | job |
//! |---|---|
//! | [`entry`] | a line of any log: when it was written, and whether it is meant |
//! | [`line`](mod@line) | as a person reads it |
//! | [`past`] | what is there |
//! | [`follow`](mod@follow) | what comes |

pub mod entry;
pub mod follow;
pub mod line;
pub mod past;

pub use entry::{Entry, Level, Wanted};
pub use follow::follow;
pub use past::{Past, all, last};
