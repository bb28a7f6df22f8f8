//! The name of a span or an event.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::{LitStr, Token, token};
use telemetry_schema::name;

use super::{separator, shown, wrong_field};

/// A valid name.
pub(crate) struct Name(pub(crate) String);

/// Returns whether the next argument is an option: `word = …`, or a known word alone or with parentheses.
fn starts_option(input: ParseStream<'_>, flags: &[&str]) -> bool {
    let fork = input.fork();
    let Ok(word) = fork.call(<syn::Ident as syn::ext::IdentExt>::parse_any) else {
        return false;
    };
    (fork.peek(Token![=]) && !fork.peek(Token![==]))
        || flags.iter().any(|flag| word == *flag)
            && (fork.is_empty() || fork.peek(Token![,]) || fork.peek(token::Paren))
}

/// Reads the name, which is the first argument. Returns `Ok(None)` if the first argument is an option. The
/// options are then checked, and the name is searched for among them.
pub(crate) fn read(input: ParseStream<'_>, options: &[&str]) -> syn::Result<Option<Name>> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return check(&literal).map(Some);
    }
    if let Some(error) = written_as_an_option(input).filter(|_| !starts_option(input, options)) {
        return Err(error);
    }
    if starts_option(input, options) {
        return Ok(None);
    }
    Err(not_a_literal(input))
}

/// Returns the error for an argument of a macro that takes fields, if it stands in the place of the name. A variable stands there only
/// as the first argument; a later one is a field.
pub(super) fn wrong(input: ParseStream<'_>, is_first: bool) -> Option<syn::Error> {
    if let Some(error) = written_as_an_option(input) {
        return Some(error);
    }
    let argument = separator::rest(input);
    if is_first && syn::parse2::<syn::Ident>(argument.clone()).is_ok() {
        return Some(syn::Error::new_spanned(
            argument,
            "the name must be a string literal, because it is checked at compile time: write it in quotes, \"family.action\", and \
             record what varies as a field, `key = expr`",
        ));
    }
    let upper_case = argument
        .to_string()
        .chars()
        .all(|letter| letter.is_uppercase() || letter == '_');
    let has_group = argument
        .clone()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Group(_)));
    if argument.is_empty()
        || (has_group && input.peek2(token::Paren) && list_or_wrapper(input))
        || (wrong_field::begins_field(argument) && !upper_case)
    {
        return None;
    }
    Some(not_a_literal(input))
}

/// Returns whether the first argument is `fields(…)`, `content(…)`, `redacted(…)` or `public(…)`, or a macro.
fn list_or_wrapper(input: ParseStream<'_>) -> bool {
    let word = input.cursor().ident().map(|(word, _)| word.to_string());
    word.is_some_and(|word| ["fields", "content", "redacted", "public"].contains(&&*word))
}

/// Returns the error for `name: "…"`, `name = "…"`, `name => "…"` and `name("…")`.
fn written_as_an_option(input: ParseStream<'_>) -> Option<syn::Error> {
    let (word, _) = input.cursor().ident()?;
    let literal = separator::rest(input).into_iter().last()?;
    let literal = match literal {
        TokenTree::Group(group) if input.peek2(token::Paren) => {
            group.stream().into_iter().next()?
        }
        other => other,
    };
    let literal: LitStr = syn::parse2(literal.into()).ok()?;
    (word == "name").then(|| {
        syn::Error::new(
            word.span(),
            format_args!(
                "the name is written alone, as the first argument: write \"{}\"",
                literal.value()
            ),
        )
    })
}

/// Returns the error for an expression in the place of the name.
fn not_a_literal(input: ParseStream<'_>) -> syn::Error {
    let found = separator::rest(input);
    let words = match syn::parse2::<syn::Lit>(found.clone()) {
        Ok(syn::Lit::ByteStr(bytes)) => String::from_utf8(bytes.value()).unwrap_or_default(),
        Ok(_) => String::new(),
        Err(_) => shown::shown(found.clone()).replace("::", "."),
    };
    let is_path = found.clone().into_iter().count() > 1 || !words.contains(['"', ' ']);
    let suggestion = if name::check(&words).is_ok() && words.contains('.') && is_path {
        words
    } else {
        "family.action".to_owned()
    };
    let message = format!(
        "the name must be a string literal, because it is checked at compile time: write it in \
         quotes, \"{suggestion}\""
    );
    if found.is_empty() {
        syn::Error::new(input.span(), message)
    } else {
        syn::Error::new_spanned(found, message)
    }
}

/// Checks the name of a macro that takes fields, which are behind the name. `fields` is the number of fields before it.
pub(super) fn before_fields(name: &LitStr, fields: usize, of: &str) -> syn::Result<Name> {
    let checked = check(name)?;
    if fields > 0 {
        return Err(syn::Error::new(
            name.span(),
            format_args!(
                "the name must be before the fields: write `telemetry_{of}!(\"{}\", …)`",
                checked.0
            ),
        ));
    }
    Ok(checked)
}

/// Returns whether an argument of a macro is a name: a string literal alone.
pub(super) fn is_given(tokens: TokenStream) -> bool {
    arguments(tokens)
        .iter()
        .any(|argument| match &argument[..] {
            [TokenTree::Literal(literal), ..] => {
                syn::parse2::<LitStr>(TokenTree::from(literal.clone()).into())
                    .is_ok_and(|literal| name::check(&literal.value()).is_ok())
            }
            _ => false,
        })
}

/// Splits tokens at their commas and semicolons.
pub(super) fn arguments(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';'));
    tokens.split(ends).map(<[TokenTree]>::to_vec).collect()
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
