//! The arguments of the attributes and macros, as written.
//!
//! Each argument is read on its own: after an error the reader continues after the next comma, so that
//! several errors are reported in one build.

pub(crate) mod event;
pub(crate) mod expression;
pub(crate) mod field;
mod message;
pub(crate) mod name;
pub(crate) mod operation;
pub(crate) mod scope;
pub(crate) mod slot;
pub(crate) mod span;
pub(crate) mod text;
pub(crate) mod usage;

use proc_macro2::{Ident, TokenStream};
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
                Ok(()) => ctxt.push(input.error("expected `,` before the next argument")),
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

fn skip_past_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some() {
            break;
        }
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// Reads the name of an option, which may be a keyword such as `crate`.
fn option_name(input: ParseStream<'_>, attribute: &str, allowed: &[&str]) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    Err(input.error(format_args!(
        "expected an option of {attribute}: one of {}",
        list(allowed)
    )))
}

/// Options of other libraries or of other attributes, and what to write instead.
const FOREIGN: [(&str, &str); 5] = [
    (
        "skip",
        "arguments are recorded only where `fields(…)` names them: remove it",
    ),
    (
        "skip_all",
        "arguments are recorded only where `fields(…)` names them: remove it",
    ),
    (
        "name",
        "write the name alone as the first argument, \"family.action\"",
    ),
    (
        "target",
        "filters match the first segments of the name, \"family.action\": remove it",
    ),
    (
        "parent",
        "pass the parent with `SpanContext::in_scope`, or start a tree with `root`",
    ),
];

/// The error for an option that is not one of `allowed`.
fn unknown(word: &Ident, attribute: &str, allowed: &[&str]) -> syn::Error {
    let found = word.unraw().to_string();
    if let Some((_, suggestion)) = FOREIGN.iter().find(|(foreign, _)| *foreign == found) {
        return syn::Error::new(
            word.span(),
            format_args!("{attribute} has no option `{found}`: {suggestion}"),
        );
    }
    let message = match nearest(&found, allowed.iter().copied()) {
        Some(meant) => format!(
            "{attribute} has no option `{found}`: did you mean `{meant}`? Its options are {}",
            list(allowed)
        ),
        None => format!(
            "{attribute} has no option `{found}`: its options are {}",
            list(allowed)
        ),
    };
    syn::Error::new(word.span(), message)
}

/// `` `a`, `b` and `c` ``
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Reads the `=` of an option.
fn equals(input: ParseStream<'_>, option: &Ident, example: &str) -> syn::Result<()> {
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(
                option.span(),
                format_args!("`{option} =` has no value: write `{example}`"),
            ));
        }
        return Ok(());
    }
    Err(syn::Error::new(
        option.span(),
        format_args!("`{option}` needs a value: write `{example}`"),
    ))
}

/// A flag, such as `root`, takes no value.
fn flag(input: ParseStream<'_>, option: &Ident) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
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
        return Err(syn::Error::new(
            option.span(),
            format_args!("`{option}` needs parentheses: write `{example}`"),
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
    let suggestion = nearest(&word.to_ascii_lowercase(), NAMES)
        .map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"));
    Err(syn::Error::new_spanned(
        found,
        format_args!(
            "invalid level: expected one of {}{suggestion}",
            NAMES.map(|name| format!("\"{name}\"")).join(", ")
        ),
    ))
}
