//! `telemetry tail`: the lines of all logs by time, and new lines as they are written.
//!
//! | module | responsibility |
//! |---|---|
//! | [`log_line`] | parses and filters a line of any log |
//! | [`mod@format`] | formats a line for people |
//! | [`existing`] | reads existing lines |
//! | [`follow`](mod@follow) | reads new lines |
//! | [`screen_text`] | the lines that appeared on the screen of a host |

pub mod existing;
pub mod follow;
pub mod format;
pub mod log_line;
pub mod screen_text;

pub use existing::{SelectedLine, each_line, last_lines};
pub use follow::follow;
pub use log_line::{LineFilter, LineLevel, LogLine};
