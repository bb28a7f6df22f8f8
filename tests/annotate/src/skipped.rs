//! Functions that are not annotated.

use std::fmt;
use std::ops::AddAssign;

use proc_macro2::{TokenStream, TokenTree};

/// Macros whose tokens, or whose groups in braces, are items. A name that ends with `_` stands for all names that
/// begin so, such as `cfg_rt`.
pub const ITEM_MACROS: &[&str] = &["cfg_", "cfg_if"];

/// The reason why a function is not annotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A `const fn`.
    Const,
    /// A function in the body of a `macro_rules!`.
    MacroBody,
    /// A function in the tokens of a macro call.
    MacroCall,
}

/// The numbers of functions that are not annotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// `const fn`.
    pub constant: usize,
    /// Functions in the body of a `macro_rules!`.
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

/// Counts the functions with a body in unparsed tokens: a `fn` that a name follows (a `$` in a `macro_rules!`), and
/// then braces before the next semicolon.
pub(crate) fn count_functions(tokens: &TokenStream) -> usize {
    let mut count = 0;
    let mut has_name = false;
    let mut is_after_fn = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                if has_name && group.delimiter() == proc_macro2::Delimiter::Brace {
                    count += 1;
                    has_name = false;
                }
                count += count_functions(&group.stream());
                is_after_fn = false;
            }
            TokenTree::Ident(ident) if ident == "fn" => is_after_fn = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                (has_name, is_after_fn) = (false, false);
            }
            TokenTree::Punct(punct) if punct.as_char() == '$' => {
                has_name |= is_after_fn;
                is_after_fn = false;
            }
            TokenTree::Ident(_) => {
                has_name |= is_after_fn;
                is_after_fn = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => is_after_fn = false,
        }
    }
    count
}
