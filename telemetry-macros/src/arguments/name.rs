//! The name of a span or an event.

use syn::parse::ParseStream;
use syn::{LitStr, Token};
use telemetry_schema::name;

/// A name that obeys the grammar.
pub(crate) struct Name(pub(crate) String);

/// Whether the next argument is an option, `word = …`, `word(…)` or a known flag.
fn starts_option(input: ParseStream<'_>, flags: &[&str]) -> bool {
    let fork = input.fork();
    let Ok(word) = fork.call(<syn::Ident as syn::ext::IdentExt>::parse_any) else {
        return false;
    };
    (fork.peek(Token![=]) && !fork.peek(Token![==]))
        || flags.iter().any(|flag| word == *flag)
            && (fork.is_empty() || fork.peek(Token![,]) || fork.peek(syn::token::Paren))
}

/// Reads the name, which is the first argument. `Ok(None)` where the first argument is an option,
/// so that the options are checked all the same, and the name is looked for among them.
pub(crate) fn read(input: ParseStream<'_>, options: &[&str]) -> syn::Result<Option<Name>> {
    if starts_option(input, options) {
        return Ok(None);
    }
    if !input.peek(LitStr) {
        let found: syn::Expr = input.parse()?;
        return Err(syn::Error::new_spanned(
            found,
            "a name has to be a string literal, because it is checked when the program is \
             compiled: write it here in quotes, \"family.action\"",
        ));
    }
    let literal: LitStr = input.parse()?;
    check(&literal).map(Some)
}

/// Checks the grammar.
pub(crate) fn check(literal: &LitStr) -> syn::Result<Name> {
    let value = literal.value();
    match name::check(&value) {
        Ok(()) => Ok(Name(value)),
        Err(error) => {
            let mend = name::mend(&value)
                .map_or_else(String::new, |mended| format!("; write \"{mended}\""));
            Err(syn::Error::new(
                literal.span(),
                format_args!(
                    "this is no name: {error}. A name is segments of `[a-z][a-z0-9_]*` with dots \
                     between them, such as \"model_selection.open\"{mend}"
                ),
            ))
        }
    }
}
