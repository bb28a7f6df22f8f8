//! Functions that are not annotated.

use std::fmt;
use std::ops::AddAssign;

/// Macros whose tokens, or whose groups in braces, are items. A name that ends with `_` stands for all names that
/// begin so, such as `cfg_rt`.
pub const ITEM_MACROS: &[&str] = &["cfg_", "cfg_if"];

/// The reason why a function is not annotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A `const fn`.
    Const,
    /// A function in a `macro_rules!` that is exported, or whose tokens before `fn` are not understood.
    MacroBody,
    /// A function in the tokens of a macro call.
    MacroCall,
}

/// The numbers of functions that are not annotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// `const fn`.
    pub constant: usize,
    /// Functions in a `macro_rules!` that is exported, or whose tokens before `fn` are not understood.
    pub macro_body: usize,
    /// Functions in the tokens of a macro call.
    pub macro_call: usize,
}

impl Skipped {
    /// Adds `count` functions.
    pub(crate) fn add(&mut self, reason: Reason, count: usize) {
        match reason {
            Reason::Const => self.constant += count,
            Reason::MacroBody => self.macro_body += count,
            Reason::MacroCall => self.macro_call += count,
        }
    }
}

impl AddAssign for Skipped {
    fn add_assign(&mut self, other: Self) {
        self.constant += other.constant;
        self.macro_body += other.macro_body;
        self.macro_call += other.macro_call;
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            constant,
            macro_body,
            macro_call,
        } = self;
        writeln!(f, "const {constant}")?;
        writeln!(f, "macro_body {macro_body}")?;
        write!(f, "macro_call {macro_call}")
    }
}

/// Returns whether the tokens of a macro with this name are items.
pub(crate) fn has_items(name: &str) -> bool {
    ITEM_MACROS
        .iter()
        .any(|&listed| name == listed || listed.ends_with('_') && name.starts_with(listed))
}
