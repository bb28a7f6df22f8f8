//! Puts an attribute on every function of a crate's source.
//!
//! The source is parsed, and the attribute is inserted as text before each function's visibility, so that comments
//! and line numbers stay. The attribute is the innermost one: attributes such as `#[test]` and `#[cfg]` come first.
//!
//! Functions without a body are not counted. Three kinds of functions are skipped and counted: `const fn`, which the
//! attribute refuses; functions in a `macro_rules!` that is exported, since the crates that call it may not depend on
//! the attribute's crate; and functions in the tokens of a macro call, whose grammar only the macro knows. There are two
//! exceptions among macro calls: [`ITEM_MACROS`], whose tokens are items, and [`Templates`], in whose expansion the
//! functions of the call already have the attribute.

mod rewrite;
mod skipped;
mod tokens;

pub use rewrite::{Attribute, Rewritten, Templates, rewrite, templates};
pub use skipped::{ITEM_MACROS, Reason, Skipped};

#[cfg(test)]
mod tests;
