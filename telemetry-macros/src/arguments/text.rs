//! Options whose value is a text: `key = expr`, `key = %expr` or `key = ?expr`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, Token};

use super::expression;

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
    /// The name of the runtime's method for a text of this form.
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
    super::equals(input, option, &format!("{option} = expr"))?;
    let form = if input.parse::<Option<Token![%]>>()?.is_some() {
        TextForm::Display
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        TextForm::Debug
    } else {
        TextForm::Text
    };
    let value = expression::read(input)?;
    Ok(Text { form, value })
}
