//! Text for people, as the runtime's snapshot and the reader print it.
#![forbid(unsafe_code)]

mod number;

pub use number::grouped;
