//! `telemetry statusline`: a line for the prompt of a shell, an editor or a terminal multiplexer.
//!
//! | module | responsibility |
//! |---|---|
//! | `input` | the JSON that the caller of a status line writes to stdin |
//! | `read` | reads the end of the session logs |
//! | `show` | the line, and the JSON |

mod input;
mod read;
mod show;

pub use input::StatuslineInput;
pub use read::{Statusline, read};
pub use show::{line, write_json};
