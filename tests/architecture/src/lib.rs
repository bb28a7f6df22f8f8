//! Checks of this repository's source: circles of files, layers, forbidden paths, type names, file
//! sizes, lint exceptions, and names in documents.
//!
//! The checks read the source with `syn` and build nothing. `tests/repository.rs` runs them over
//! this repository; their own tests run them over small trees in memory. Code for tests
//! (`#[cfg(test)]`) is not checked.

mod circle;
mod document;
mod extract;
mod forbidden;
mod layer;
mod limit;
mod lint;
mod name;
mod resolve;
mod source;
mod workspace;

#[cfg(test)]
mod tests;

pub use circle::circles;
pub use document::{missing_names, stale_names};
pub use forbidden::{Forbidden, forbidden_paths};
pub use layer::layers;
pub use limit::{MAX_LINES, long_files};
pub use lint::lint_exceptions;
pub use name::{Exception, repeated_types};
pub use resolve::Dependency;
pub use source::Source;
pub use workspace::{Crate, Workspace};
