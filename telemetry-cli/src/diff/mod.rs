//! `telemetry diff`: what is different between two sessions, or two spans of time.
//!
//! | module | job |
//! |---|---|
//! | [`side`] | what one of the two used, and how long it took |
//! | [`show`] | both beside each other, the largest change first |

pub mod show;
pub mod side;

pub use side::{Choice, Side};
