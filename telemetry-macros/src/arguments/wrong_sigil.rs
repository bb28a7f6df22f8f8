//! The errors for `%` and `?` in a wrong place.

use proc_macro2::{Delimiter, Punct, Span, TokenTree};
use syn::parse::ParseStream;
use syn::{Token, token};

use super::key::{joined, key};
use super::separator;
use super::shown::shown;

/// Returns the error for `?key = expr` or `%redacted(name)`, behind whose sigil the parser stands.
pub(super) fn after_sigil(sigil: &str, at: Span, input: ParseStream<'_>) -> Option<syn::Error> {
    if let Some(other) = sigil_at(input) {
        return Some(two_sigils(sigil, other, at));
    }
    let fork = input.fork();
    let key = key(&fork).ok()?;
    let words = joined(&key);
    let message = if fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>]) {
        fork.parse::<Token![=]>().ok()?;
        let value = shown(separator::rest(&fork));
        format!("`{sigil}` must be before the value: write `{words} = {sigil}{value}`")
    } else if fork.peek(token::Paren) && words == "redacted" {
        let whole = shown(separator::rest(input));
        format!("`redacted` takes no `{sigil}`, because its value is not recorded: write `{whole}`")
    } else if fork.peek(token::Paren) && words == "public" {
        let whole = shown(separator::rest(input));
        format!("`public` with `{sigil}` needs a key: write `key = {sigil}{whole}`")
    } else {
        return None;
    };
    Some(syn::Error::new(at, message))
}

/// Returns the error for a sigil without a name.
pub(super) fn sigil_alone(sigil: &str, at: Span) -> syn::Error {
    let message = format!("`{sigil}` has no name: write `{sigil}name` or `key = {sigil}expr`");
    syn::Error::new(at, message)
}

/// Returns the error for two sigils, such as `%?name`.
pub(super) fn two_sigils(first: &str, second: &str, at: Span) -> syn::Error {
    let message = if first == second {
        format!("a value has one `{first}`: remove the second")
    } else {
        "a value has one of `%` and `?`: write `%` for its `Display` text, or `?` for its `Debug` text".to_owned()
    };
    syn::Error::new(at, message)
}

/// Returns the sigil at the next token, without consuming it.
pub(super) fn sigil_at(input: ParseStream<'_>) -> Option<&'static str> {
    if input.peek(Token![%]) {
        Some("%")
    } else if input.peek(Token![?]) {
        Some("?")
    } else {
        None
    }
}

/// Returns the error for a sigil in the argument of `redacted(…)` or `public(…)`, or behind the value.
pub(super) fn sigil_in_value(key: &str, input: ParseStream<'_>) -> Option<syn::Error> {
    let tokens: Vec<TokenTree> = separator::rest(input).into_iter().collect();
    if let [.., TokenTree::Punct(last)] = &tokens[..]
        && last.as_char() == '%'
    {
        let value = shown(tokens[..tokens.len() - 1].iter().cloned().collect());
        return Some(syn::Error::new(
            last.span(),
            format_args!("`%` must be before the value: write `{key} = %{value}`"),
        ));
    }
    if let Some((sigil, value)) = behind_reference(&tokens) {
        return Some(syn::Error::new(
            sigil.span(),
            format_args!("`{sigil}` must be before the value: write `{key} = {sigil}{value}`"),
        ));
    }
    let [TokenTree::Ident(word), TokenTree::Group(group)] = &tokens[..] else {
        return None;
    };
    let mut inner = group.stream().into_iter();
    let Some(TokenTree::Punct(sigil)) = inner.next() else {
        return None;
    };
    if !matches!(sigil.as_char(), '%' | '?') {
        return None;
    }
    let inner = shown(inner.collect());
    let message = if word == "public" {
        format!("`{sigil}` must be before `public`: write `{key} = {sigil}public({inner})`")
    } else if word == "redacted" {
        format!(
            "`redacted` takes no `{sigil}`, because its value is not recorded: write `{key} = redacted({inner})`"
        )
    } else {
        return None;
    };
    Some(syn::Error::new(sigil.span(), message))
}

/// Returns the sigil of `&%name`, `*?name` or `(%name)`, and the value that it belongs before. The `&` is not needed.
pub(super) fn behind_reference(tokens: &[TokenTree]) -> Option<(Punct, String)> {
    if let [TokenTree::Group(group)] = tokens
        && group.delimiter() == Delimiter::Parenthesis
    {
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        return match &inner[..] {
            [TokenTree::Punct(sigil), value @ ..] if is_sigil(sigil) => {
                Some((sigil.clone(), shown(value.iter().cloned().collect())))
            }
            _ => None,
        };
    }
    let is_pointer = |token: &&TokenTree| matches!(token, TokenTree::Punct(mark) if matches!(mark.as_char(), '&' | '*'));
    let before = tokens.iter().take_while(is_pointer).count();
    let (before, behind) = tokens.split_at(before);
    match behind {
        [TokenTree::Punct(sigil), value @ ..] if !before.is_empty() && is_sigil(sigil) => {
            let is_dereference = |token: &&TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '*');
            let value = before.iter().filter(is_dereference).chain(value);
            Some((sigil.clone(), shown(value.cloned().collect())))
        }
        _ => None,
    }
}

fn is_sigil(mark: &Punct) -> bool {
    matches!(mark.as_char(), '%' | '?')
}

/// Returns the error for `name?` or `self.name%`.
pub(super) fn sigil_behind(input: ParseStream<'_>) -> Option<syn::Error> {
    let fork = input.fork();
    let words = key(&fork).ok()?;
    let sigil = sigil_at(&fork)?;
    let at = fork.span();
    fork.parse::<TokenTree>().ok()?;
    if !fork.is_empty() && !fork.peek(Token![,]) {
        return None;
    }
    let written = match &words[..] {
        [name] => format!("{sigil}{name}"),
        [.., last] => format!("{last} = {sigil}{}", joined(&words)),
        [] => return None,
    };
    Some(syn::Error::new(
        at,
        format_args!("`{sigil}` must be before the value: write `{written}`"),
    ))
}
