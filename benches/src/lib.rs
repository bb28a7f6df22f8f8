//! Code that the benchmarks of this crate share.
//!
//! `cargo bench -p benches` prints every measure of `docs/benchmarks.md`, with the peers next to
//! each other. `scripts/instructions check` compares instruction counts with the recorded ones.

pub mod allocations;
pub mod earlier;
mod interleave;
mod parser;

pub use interleave::{Contestant, interleave, median};
pub use parser::document;
