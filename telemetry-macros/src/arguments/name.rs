//! The name of a span or an event.

use syn::parse::ParseStream;
use syn::{LitStr, Token};
use telemetry_schema::name;

/// A valid name.
pub(crate) struct Name(pub(crate) String);

/// Whether the next argument is an option: `word = …`, or a known word alone or with parentheses.
fn starts_option(input: ParseStream<'_>, flags: &[&str]) -> bool {
    let fork = input.fork();
    let Ok(word) = fork.call(<syn::Ident as syn::ext::IdentExt>::parse_any) else {
        return false;
    };
    (fork.peek(Token![=]) && !fork.peek(Token![==]))
        || flags.iter().any(|flag| word == *flag)
            && (fork.is_empty() || fork.peek(Token![,]) || fork.peek(syn::token::Paren))
}

/// Reads the name, which is the first argument. Returns `Ok(None)` if the first argument is an option. The
/// options are then checked, and the name is searched for among them.
pub(crate) fn read(input: ParseStream<'_>, options: &[&str]) -> syn::Result<Option<Name>> {
    if starts_option(input, options) {
        return Ok(None);
    }
    if !input.peek(LitStr) {
        let found: syn::Expr = input.parse()?;
        return Err(syn::Error::new_spanned(
            found,
            "the name must be a string literal, because it is checked at compile time: write it \
             in quotes, \"family.action\"",
        ));
    }
    let literal: LitStr = input.parse()?;
    check(&literal).map(Some)
}

/// Checks a name.
pub(crate) fn check(literal: &LitStr) -> syn::Result<Name> {
    let value = literal.value();
    match name::check(&value) {
        Ok(()) => Ok(Name(value)),
        Err(error) => {
            let suggestion = name::suggestion(&value)
                .map_or_else(String::new, |valid| format!(": write \"{valid}\""));
            Err(syn::Error::new(
                literal.span(),
                format_args!(
                    "invalid name: {error}. A name consists of segments `[a-z][a-z0-9_]*` separated \
                     by dots, such as \"model_selection.open\"{suggestion}"
                ),
            ))
        }
    }
}
