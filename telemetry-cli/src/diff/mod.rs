//! `telemetry diff`: compares two sessions, or two periods.
//!
//! | module | responsibility |
//! |---|---|
//! | [`choice`] | parses a side of the command line |
//! | [`mod@read`] | reads the records of a side |
//! | [`side`] | adds up the records of a side |
//! | [`comparison`] | both sides beside each other, sorted by the size of the change; also as JSON |
//! | [`show`] | the comparison as tables |

pub mod choice;
pub mod comparison;
pub mod read;
pub mod show;
pub mod side;

pub use choice::SideChoice;
pub use comparison::Comparison;
pub use read::read;
