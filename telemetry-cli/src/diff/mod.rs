//! `telemetry diff`: compares two sessions, or two periods.
//!
//! | module | responsibility |
//! |---|---|
//! | [`side`] | usage and time of one side |
//! | [`show`] | both sides as tables or JSON, sorted by the size of the change |

pub mod show;
pub mod side;

pub use side::{Choice, Side};
