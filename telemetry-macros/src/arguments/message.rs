//! The message of an event: a format string whose values are names in its braces.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, LitStr, parse_quote_spanned};

use super::field::{Capture, Field};
use super::format_string::names;
use super::secret;
use super::shown::shown;
use crate::ctxt::Ctxt;

/// The key of the field that holds the message.
const KEY: &str = "message";

/// Checks the format string and makes the field of the message.
pub(super) fn field(text: &LitStr) -> syn::Result<Field> {
    let value = text.value();
    for name in names(&value).map_err(|message| syn::Error::new(text.span(), message))? {
        if secret::is_secret(name) {
            return Err(syn::Error::new(
                text.span(),
                format_args!(
                    "`{{{name}}}` has the name of a secret, and secrets are not recorded: remove it from the \
                     message, or rename the variable if its value is not secret"
                ),
            ));
        }
    }
    let value: Expr = parse_quote_spanned!(text.span()=> ::core::format_args!(#text));
    Ok(Field {
        key: KEY.to_owned(),
        span: text.span(),
        capture: Capture::Display,
        content: false,
        value,
    })
}

/// Checks that a name in the braces is not the key of a field with another value: the message shows variables, and a
/// field does not become a variable. After an error, the field of the message is removed, because rustc would report its variable.
pub(super) fn check_fields(text: &LitStr, fields: &mut Vec<Field>, ctxt: &mut Ctxt) {
    let value = text.value();
    let mut is_wrong = false;
    for name in names(&value).unwrap_or_default() {
        let Some(field) = fields.iter().find(|field| field.key == name) else {
            continue;
        };
        if mentions(field.value.to_token_stream(), name) {
            continue;
        }
        let value = shown(field.value.to_token_stream());
        let sigil = field.capture.sigil();
        is_wrong = true;
        ctxt.error(
            text.span(),
            format_args!(
                "`{{{name}}}` in the message is the variable `{name}`, which the field `{name}` does not define: write \
                 `let {name} = {value};` before the event, and the field as `{sigil}{name}`"
            ),
        );
    }
    if is_wrong {
        fields.retain(|field| field.key != KEY);
    }
}

/// Returns whether a variable of this name is in the tokens. A name behind a dot is that of a field or a method.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    let mut after_dot = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(word) => !after_dot && word == name,
            TokenTree::Group(group) => mentions(group.stream(), name),
            // A format string may name the variable.
            TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
            TokenTree::Punct(_) => false,
        };
        after_dot = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '.');
        found
    })
}
