//! The errors for tokens in the place of a field.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, LitStr, Token};
use telemetry_schema::nearest::nearest;
use telemetry_schema::secret::secret_segment;

use super::key::key;
use super::shown::shown;
use super::{separator, wrong_sigil};

pub(super) const FORMS: &str = "a field is `name`, `%name`, `?name`, `key = expr`, `key = %expr` or \
                     `key = ?expr`";
/// A key that is shown if no word of the expression is one.
const KEY: &str = "key";

/// Returns the error for a string literal in the place of a field.
pub(super) fn quoted(literal: &LitStr, input: ParseStream<'_>) -> syn::Error {
    let key = literal.value();
    let has_value = input.peek(Token![=]) || separator::wrong(input).is_some();
    let message = if has_value && telemetry_schema::name::check(&key).is_ok() {
        let value = match separator::wrong(input) {
            Some(separator) => separator.shown_value(),
            None => shown(separator::rest(input).into_iter().skip(1).collect()),
        };
        format!("a key is written without quotes: write `{key} = {value}`")
    } else {
        format!(
            "a text alone is not a field: write `key = \"…\"`. {}",
            capitalized(FORMS)
        )
    };
    syn::Error::new(literal.span(), message)
}

/// Returns the error for a list in braces, such as `{ key: value }`, or in brackets or parentheses.
fn grouped(input: ParseStream<'_>) -> Option<syn::Error> {
    let (token, _) = input.cursor().token_tree()?;
    let TokenTree::Group(group) = token else {
        return None;
    };
    let (name, open, close) = match group.delimiter() {
        Delimiter::Brace => ("braces", '{', '}'),
        Delimiter::Bracket => ("brackets", '[', ']'),
        _ => ("parentheses", '(', ')'),
    };
    Some(syn::Error::new(
        group.span_open(),
        format_args!(
            "fields are written without {name}: remove `{open}` and `{close}`. {}",
            capitalized(FORMS)
        ),
    ))
}

/// Returns the error for tokens that cannot begin a field.
pub(super) fn not_a_field(input: ParseStream<'_>) -> syn::Error {
    if let Some(error) = grouped(input) {
        return error;
    }
    let fork = input.fork();
    match fork.parse::<Expr>() {
        Ok(expr) if !matches!(expr, Expr::Lit(_)) && (fork.is_empty() || fork.peek(Token![,])) => {
            expression(&expr, "")
        }
        _ => {
            let tokens: Vec<TokenTree> = separator::rest(input).into_iter().collect();
            if let Some((sigil, value)) = wrong_sigil::behind_reference(&tokens) {
                return syn::Error::new(
                    sigil.span(),
                    format_args!("`{sigil}` must be before the value: write `{sigil}{value}`"),
                );
            }
            let message = match tokens.into_iter().next() {
                Some(TokenTree::Group(_)) | None => FORMS.to_owned(),
                Some(found) => format!("expected a field, found `{found}`: {FORMS}"),
            };
            syn::Error::new(input.span(), message)
        }
    }
}

/// Returns the error for an expression in the place of a field. `sigil` is written before the expression.
pub(super) fn without_key(input: ParseStream<'_>, sigil: &str) -> syn::Error {
    if let Some(error) = list(input) {
        return error;
    }
    if let Some(error) = wrong_sigil::sigil_behind(input) {
        return error;
    }
    let Ok(expr) = input.parse::<Expr>() else {
        return not_a_field(input);
    };
    if let Expr::Path(name) = &expr
        && let Some(name) = name.path.get_ident()
    {
        // The name alone is a field; the error is in the tokens after it.
        return syn::Error::new(
            input.span(),
            format_args!("expected `,` or `= expr` after the field `{name}`"),
        );
    }
    expression(&expr, sigil)
}

/// Returns the error for an expression without a key.
fn expression(expr: &Expr, sigil: &str) -> syn::Error {
    let message = match expr {
        Expr::Assign(assign) => {
            let wrong = shown(assign.left.to_token_stream());
            let key = telemetry_schema::name::suggestion(&wrong.replace("::", "."));
            let key = key.unwrap_or_else(|| KEY.to_owned());
            let value = shown(assign.right.to_token_stream());
            format!("`{wrong}` is not a key: write `{key} = {value}`")
        }
        Expr::Let(found) => {
            let key = shown(found.pat.to_token_stream());
            let value = shown(found.expr.to_token_stream());
            format!("a field is written without `let`: write `{key} = {value}`")
        }
        Expr::Path(path) if level_of(&path.path).is_some() => {
            let level = level_of(&path.path).unwrap_or_default();
            format!("a level is an option: write `level = \"{level}\"`")
        }
        Expr::Range(range) if range.start.is_none() && range.end.is_none() => {
            format!(
                "`{}` is not a field, and a field that is not named is not recorded: remove it",
                shown(expr.to_token_stream())
            )
        }
        _ => {
            let sigil = match expr {
                // A range has no `Display` text.
                Expr::Range(_) => "?",
                _ => sigil,
            };
            let key = key_of(expr).unwrap_or_else(|| KEY.to_owned());
            let value = shown(expr.to_token_stream());
            let value = if value == "expr" {
                "…".to_owned()
            } else {
                value
            };
            let value = match secret_segment(&key) {
                Some(_) => format!("redacted({value})"),
                None => format!("{sigil}{value}"),
            };
            let forms = capitalized(FORMS);
            format!("an expression needs a key: write `{key} = {value}`. {forms}")
        }
    };
    syn::Error::new_spanned(expr, message)
}

/// Returns the level of a path such as `Level::INFO`.
fn level_of(path: &syn::Path) -> Option<String> {
    let mut words = path
        .segments
        .iter()
        .rev()
        .map(|segment| segment.ident.to_string());
    let level = words.next()?.to_lowercase();
    (words.next()? == "Level" && telemetry_schema::level::NAMES.contains(&&*level)).then_some(level)
}

/// Returns the error for `fields(…)`, `fields{…}` or `content{…}` in a list of fields.
fn list(input: ParseStream<'_>) -> Option<syn::Error> {
    let (word, rest) = input.cursor().ident()?;
    let (token, _) = rest.token_tree()?;
    let TokenTree::Group(group) = token else {
        return None;
    };
    let inner = shown(group.stream());
    if let Some(meant) =
        misspelt(&word.to_string()).filter(|_| group.delimiter() == Delimiter::Parenthesis)
    {
        let beside = if meant == "content" {
            ", beside the fields"
        } else {
            ""
        };
        let message = match meant {
            "fields" => format!(
                "an expression needs a key, and the fields are written here without `fields`: write `{inner}`"
            ),
            _ => format!(
                "an expression needs a key: did you mean `{meant}({inner})`{beside}? For a function of yours write \
                 `key = {word}({inner})`"
            ),
        };
        return Some(syn::Error::new(word.span(), message));
    }
    let message = if word == "fields" {
        let inner = if inner == "expr" {
            "key = expr"
        } else {
            &*inner
        };
        format!("the fields are written here without `fields`: write `{inner}`")
    } else if word == "content" && group.delimiter() == Delimiter::Parenthesis {
        "`content(…)` is an option of its own: write it beside `fields(…)`".to_owned()
    } else if word == "content" {
        format!("`content` needs parentheses: write `content({inner})`")
    } else {
        return None;
    };
    Some(syn::Error::new(word.span(), message))
}

/// Returns the word that a misspelt one before parentheses means.
fn misspelt(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let meant = nearest(&lower, ["content", "redacted", "public", "fields"])?;
    let is_near = lower.len() <= meant.len() + 2 && lower.len() * 2 >= meant.len();
    (is_near && word != meant).then_some(meant)
}

/// Returns a key for an expression: the last name in it.
fn key_of(expr: &Expr) -> Option<String> {
    let name = match expr {
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.unraw().to_string(),
            syn::Member::Unnamed(_) => return None,
        },
        Expr::MethodCall(call) => call.method.unraw().to_string(),
        Expr::Path(path) => path.path.get_ident()?.unraw().to_string(),
        Expr::Reference(inner) => return key_of(&inner.expr),
        Expr::Unary(inner) => return key_of(&inner.expr),
        Expr::Cast(inner) => return key_of(&inner.expr),
        Expr::Try(inner) => return key_of(&inner.expr),
        Expr::Index(inner) => return key_of(&inner.expr),
        Expr::Paren(inner) => return key_of(&inner.expr),
        _ => return None,
    };
    telemetry_schema::name::check(&name).is_ok().then_some(name)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Returns whether an argument begins as a field does: with a sigil, or with a name before a sign of a value or the end.
pub(super) fn begins_field(tokens: TokenStream) -> bool {
    let begins = |input: ParseStream<'_>| {
        let begins = match key(input) {
            Ok(words) => {
                (input.is_empty() && words.len() == 1)
                    || input.peek(Token![=])
                    || separator::wrong(input).is_some()
            }
            Err(_) => wrong_sigil::sigil_at(input).is_some(),
        };
        input.parse::<TokenStream>()?;
        Ok(begins)
    };
    begins.parse2(tokens).unwrap_or(false)
}
