//! The name of an option, and the errors for other tokens in its place.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Token;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use telemetry_schema::nearest::nearest;

use super::shown::shown;
use super::{foreign, separator, wrong_sigil};

/// Reads the name of an option, which may be a keyword such as `crate`.
pub(super) fn option_name(
    input: ParseStream<'_>,
    attribute: &str,
    allowed: &[&str],
) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    if let Some(sigil) = wrong_sigil::sigil_at(input)
        && let Some(suggestion) = sigil_before_option(sigil, input, allowed)
    {
        return Err(input.error(format_args!(
            "no option begins with `{sigil}`: {suggestion}"
        )));
    }
    Err(input.error(format_args!(
        "expected an option of {attribute}: one of {}",
        list(allowed)
    )))
}

/// Returns the suggestion for `%model`, `?err` or the field `%name` in the place of an option.
fn sigil_before_option(sigil: &str, input: ParseStream<'_>, allowed: &[&str]) -> Option<String> {
    let rest: Vec<TokenTree> = separator::rest(input).into_iter().skip(1).collect();
    let TokenTree::Ident(word) = rest.first()? else {
        return None;
    };
    let word = word.to_string();
    let format = if sigil == "%" { "Display" } else { "Debug" };
    if word == "err" || word == "ret" {
        return allowed
            .contains(&&*word)
            .then(|| format!("write `{word}({format})`"));
    }
    if allowed.contains(&&*word) {
        let value = match &rest[..] {
            [_, TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                shown(value.iter().cloned().collect())
            }
            _ => "expr".to_owned(),
        };
        let takes_text = [
            "model",
            "effort",
            "request_id",
            "retry_cause",
            "tool",
            "agent",
        ];
        let sigil = if takes_text.contains(&&*word) {
            sigil
        } else {
            ""
        };
        return Some(format!("write `{word} = {sigil}{value}`"));
    }
    let written: TokenStream = rest.into_iter().collect();
    let written = match key_behind_dots(&written) {
        Some(last) if last != word => format!("{last} = {sigil}{}", shown(written)),
        _ => format!("{sigil}{}", shown(written)),
    };
    let takes_fields = allowed.contains(&"fields");
    takes_fields.then(|| format!("a field is written in `fields({written})`"))
}

/// Returns the error for an option that is not one of `allowed`. The parser stands behind the word.
pub(super) fn unknown(
    word: &Ident,
    input: ParseStream<'_>,
    attribute: &str,
    allowed: &[&str],
) -> syn::Error {
    let found = word.unraw().to_string();
    if let Some(suggestion) = foreign::of_span(&found) {
        return syn::Error::new(
            word.span(),
            format_args!("{attribute} has no option `{found}`: {suggestion}"),
        );
    }
    let meant = nearest(&found, allowed.iter().copied());
    if meant.is_none()
        && let Some(suggestion) = field_as_option(word, input, allowed)
    {
        return syn::Error::new(
            word.span(),
            format_args!(
                "{attribute} has no option `{found}`: {suggestion}. Its options are {}",
                list(allowed)
            ),
        );
    }
    let message = match meant {
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

/// Returns the suggestion for a field or a level in the place of an option.
fn field_as_option(word: &Ident, input: ParseStream<'_>, allowed: &[&str]) -> Option<String> {
    let found = word.unraw().to_string();
    let takes_fields = allowed.contains(&"fields");
    if takes_fields && telemetry_schema::level::NAMES.contains(&&*found) {
        return Some(format!("write `level = \"{found}\"`"));
    }
    let ends = input.is_empty() || input.peek(Token![,]);
    let field = if ends {
        found
    } else if let Some(wrong) = separator::wrong(input) {
        format!("{found} = {}", wrong.shown_value())
    } else if input.peek(Token![=]) {
        let value = separator::rest(input).into_iter().skip(1).collect();
        format!("{found} = {}", shown(value))
    } else if input.peek(Token![.]) {
        let whole = std::iter::once(TokenTree::Ident(word.clone()));
        let whole: TokenStream = whole.chain(separator::rest(input)).collect();
        let key = key_behind_dots(&whole)?;
        if !takes_fields && !allowed.contains(&&*key) {
            return None;
        }
        format!("{key} = {}", shown(whole))
    } else {
        return None;
    };
    if takes_fields {
        Some(format!("a field is written in `fields({field})`"))
    } else if field.contains(" = ") && input.peek(Token![.]) {
        Some(format!("write `{field}`"))
    } else {
        None
    }
}

/// Returns the last name of `self.config.model`.
fn key_behind_dots(tokens: &TokenStream) -> Option<String> {
    match tokens.clone().into_iter().last()? {
        TokenTree::Ident(last) => Some(last.unraw().to_string()),
        _ => None,
    }
}

/// `` `a`, `b` and `c` ``
fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
