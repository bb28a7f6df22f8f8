//! The arguments of the attributes and macros, as written.
//!
//! Each argument is read on its own: after an error the reader continues after the next comma, so that
//! several errors are reported in one build.

mod attempt;
mod body;
pub(crate) mod event;
pub(crate) mod expression;
pub(crate) mod field;
mod foreign;
mod format_string;
mod key;
mod message;
pub(crate) mod name;
pub(crate) mod operation;
mod option;
pub(crate) mod scope;
mod secret;
mod separator;
pub(crate) mod shown;
pub(crate) mod slot;
pub(crate) mod span;
pub(crate) mod text;
pub(crate) mod usage;
mod wrong_field;
mod wrong_sigil;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, Token};
use telemetry_schema::nearest::nearest;

use crate::ctxt::Ctxt;

/// Calls `read` for each argument of a comma-separated list.
pub(crate) fn each(
    tokens: TokenStream,
    ctxt: &mut Ctxt,
    mut read: impl FnMut(ParseStream<'_>, &mut Ctxt) -> syn::Result<()>,
) {
    let walk = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match read(input, ctxt) {
                Ok(()) if input.is_empty() || input.peek(Token![,]) => {}
                Ok(()) if input.peek(Token![;]) => {
                    ctxt.push(input.error("arguments are separated by commas: write `,` for `;`"));
                }
                Ok(()) => ctxt.push(no_comma(input)),
                Err(error) => ctxt.push(error),
            }
            skip_past_comma(input)?;
        }
        Ok(())
    };
    if let Err(error) = walk.parse2(tokens) {
        ctxt.push(error);
    }
}

/// The error for an argument that follows another one without a comma.
fn no_comma(input: ParseStream<'_>) -> syn::Error {
    let next = separator::rest(input).into_iter().next();
    let next = match next {
        Some(TokenTree::Ident(_) | TokenTree::Literal(_)) => {
            format!("`{}`", shown::shown(next.into_iter().collect()))
        }
        _ => "the next argument".to_owned(),
    };
    input.error(format_args!("expected `,` before {next}"))
}

fn skip_past_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some()
            || input.parse::<Option<Token![;]>>()?.is_some()
        {
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Parses the `=` of an option whose value is not formatted, so that a sigil before the value is an error.
fn equals(input: ParseStream<'_>, option: &Ident, example: &str) -> syn::Result<()> {
    equals_of(input, option, example, false)?;
    if let Some(sigil) = wrong_sigil::sigil_at(input) {
        let value = shown::shown(separator::rest(input).into_iter().skip(1).collect());
        let written = match example.strip_suffix("expr") {
            Some(before) => format!("{before}{value}"),
            None => example.to_owned(),
        };
        return Err(input.error(format_args!(
            "`{option}` takes no `{sigil}`: write `{written}`"
        )));
    }
    Ok(())
}

/// Reads the `=` of an option.
fn equals_of(
    input: ParseStream<'_>,
    option: &Ident,
    example: &str,
    takes_text: bool,
) -> syn::Result<()> {
    if let Some(wrong) = separator::wrong(input) {
        return Err(wrong.of_option(&option.to_string(), takes_text, example));
    }
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        if separator::ends(input) {
            return Err(syn::Error::new(
                option.span(),
                format_args!("`{option} =` has no value: write `{example}`"),
            ));
        }
        return Ok(());
    }
    let written = separator::rest(input).into_iter().next().and_then(grouped);
    Err(syn::Error::new(
        option.span(),
        match written {
            Some(value) => format!("`{option}` is written with `=`: write `{option} = {value}`"),
            None => format!("`{option}` needs a value: write `{example}`"),
        },
    ))
}

/// Returns the tokens of a group as text.
fn grouped(token: TokenTree) -> Option<String> {
    match token {
        TokenTree::Group(group) if !group.stream().is_empty() => Some(shown::shown(group.stream())),
        _ => None,
    }
}

/// Checks that a flag, such as `root`, has no value.
fn flag(input: ParseStream<'_>, option: &Ident) -> syn::Result<()> {
    if separator::ends(input) {
        return Ok(());
    }
    if input.peek(Ident::peek_any) {
        return Err(input.error(format_args!("expected `,` after `{option}`")));
    }
    Err(syn::Error::new(
        option.span(),
        format_args!("`{option}` takes no value: write `{option}` alone"),
    ))
}

/// Reads the parentheses after an option.
fn parenthesized(
    input: ParseStream<'_>,
    option: &Ident,
    example: &str,
) -> syn::Result<TokenStream> {
    if !input.peek(syn::token::Paren) {
        let list = separator::rest(input).into_iter().last().and_then(grouped);
        let written = list.map_or_else(|| example.to_owned(), |list| format!("{option}({list})"));
        return Err(syn::Error::new(
            option.span(),
            format_args!("`{option}` needs parentheses: write `{written}`"),
        ));
    }
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}

/// Reads `crate = path`, the path of the runtime.
fn runtime_path(input: ParseStream<'_>, option: &Ident) -> syn::Result<syn::Path> {
    equals(input, option, "crate = path::to::telemetry_runtime")?;
    if input.peek(LitStr) {
        let quoted: LitStr = input.parse()?;
        return Err(syn::Error::new(
            quoted.span(),
            format_args!(
                "the path of the runtime is written without quotes: write `crate = {}`",
                quoted.value()
            ),
        ));
    }
    input.call(syn::Path::parse_mod_style)
}

/// Reads `level = "…"` and returns the index of the level.
fn level(input: ParseStream<'_>, option: &Ident) -> syn::Result<usize> {
    use telemetry_schema::level::NAMES;

    equals(input, option, "level = \"debug\"")?;
    let found: syn::Expr = input.parse()?;
    let written = expression::inside(&found);
    let word = match written {
        syn::Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => text.value(),
            _ => String::new(),
        },
        // The last word of a path such as `Level::Info`.
        syn::Expr::Path(path) => {
            let last = path.path.segments.last();
            last.map_or_else(String::new, |last| last.ident.to_string())
        }
        _ => String::new(),
    };
    let is_text =
        matches!(written, syn::Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Str(_)));
    if let Some(level) = NAMES.iter().position(|name| is_text && *name == word) {
        return Ok(level);
    }
    let meant = nearest(&word.to_ascii_lowercase(), NAMES).unwrap_or("debug");
    let message = format!(
        "invalid level `{}`: expected one of {}: write `level = \"{meant}\"`",
        shown::shown(found.to_token_stream()),
        NAMES.map(|name| format!("\"{name}\"")).join(", ")
    );
    Err(syn::Error::new_spanned(found, message))
}
