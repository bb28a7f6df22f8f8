//! Options whose value is a text: `key = expr`, `key = %expr` or `key = ?expr`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, Token};

use super::{expression, wrong_sigil};

/// A text: `expr`, `%expr` or `?expr`.
pub(crate) struct Text {
    pub(crate) form: TextForm,
    pub(crate) value: Expr,
}

/// How an expression becomes text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// The expression is a string, or an `Option` of a string.
    Text,
    /// `%`
    Display,
    /// `?`
    Debug,
}

impl TextForm {
    /// Returns the name of the runtime's method for a text of this form.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Display => "display",
            Self::Debug => "debug",
        }
    }
}

/// Reads the value of an option.
pub(super) fn read(input: ParseStream<'_>, option: &Ident) -> syn::Result<Text> {
    super::equals_of(input, option, &format!("{option} = expr"), true)?;
    let at = input.span();
    let first = wrong_sigil::sigil_at(input);
    let form = if input.parse::<Option<Token![%]>>()?.is_some() {
        TextForm::Display
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        TextForm::Debug
    } else {
        TextForm::Text
    };
    if let Some((first, second)) = first.zip(wrong_sigil::sigil_at(input)) {
        return Err(wrong_sigil::two_sigils(first, second, at));
    }
    if let Some(error) = wrong_sigil::sigil_in_value(&option.to_string(), input) {
        return Err(error);
    }
    let value = expression::read(input)?;
    Ok(Text { form, value })
}
