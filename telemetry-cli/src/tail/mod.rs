//! `telemetry tail`: the lines of all logs by time, and new lines as they are written.
//!
//! | module | responsibility |
//! |---|---|
//! | [`entry`] | parses and filters a line of any log |
//! | [`line`](mod@line) | formats a line for people |
//! | [`past`] | reads existing lines |
//! | [`follow`](mod@follow) | reads new lines |

pub mod entry;
pub mod follow;
pub mod line;
pub mod past;

pub use entry::{Entry, Level, Wanted};
pub use follow::follow;
pub use past::{Past, all, last};
