//! The fields of `fields(…)` and `content(…)`.

use std::slice;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Token, token};
use telemetry_schema::{name, secret::secret_segment};

use super::expression;
use super::key::{Joined, joined, key};
use super::wrong_field::{self, not_a_field, without_key};
use super::{secret, separator, shown::shown, wrong_sigil};
use crate::ctxt::Ctxt;

/// A field, whose key is checked.
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) span: Span,
    pub(crate) capture: Capture,
    /// Whether a person or a model wrote the value. Its text is stored only where `log_content = true`.
    pub(crate) content: bool,
    pub(crate) value: Expr,
}

/// How a value becomes JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capture {
    /// By its type: a number stays a number.
    Value,
    /// `%`
    Display,
    /// `?`
    Debug,
    /// `redacted(…)`: the value is not recorded.
    Redacted,
}

/// Reads the fields of one list. A field with an error is reported and not returned.
pub(crate) fn read_all(tokens: TokenStream, content: bool, ctxt: &mut Ctxt) -> Vec<Field> {
    let mut fields = Vec::new();
    super::each(tokens, ctxt, |input, ctxt| {
        let field = read(input, content)?;
        add(&mut fields, field, ctxt);
        Ok(())
    });
    fields
}

/// Adds a field, unless there is a field with its key.
pub(crate) fn add(fields: &mut Vec<Field>, field: Field, ctxt: &mut Ctxt) {
    if fields.iter().any(|earlier| earlier.key == field.key) {
        ctxt.error(
            field.span,
            format_args!(
                "duplicate field `{}`: rename or remove one of them",
                field.key
            ),
        );
    } else {
        fields.push(field);
    }
}

/// Reads one field.
pub(crate) fn read(input: ParseStream<'_>, content: bool) -> syn::Result<Field> {
    let at = input.span();
    if let Some(capture) = sigil(input)? {
        let sigil = capture.sigil();
        if separator::ends(input) {
            return Err(wrong_sigil::sigil_alone(sigil, at));
        }
        if let Some(error) = wrong_sigil::after_sigil(sigil, at, input) {
            return Err(error);
        }
        let name = shorthand_name(input, sigil)?;
        return Field::checked(slice::from_ref(&name), capture, content, path(&name));
    }
    if input.peek(LitStr) {
        let quoted: LitStr = input.parse()?;
        return Err(wrong_field::quoted(&quoted, input));
    }
    if !input.peek(Ident::peek_any) {
        return Err(not_a_field(input));
    }
    let fork = input.fork();
    let key = key(input)?;
    if let Some(wrong) = separator::wrong(input) {
        return Err(wrong.of_field(&joined(&key)));
    }
    if input.peek(Token![=]) {
        let equals: Token![=] = input.parse()?;
        return keyed(&key, equals.span, content, input);
    }
    match <[Ident; 1]>::try_from(key) {
        Ok([name]) if separator::ends(input) => {
            Field::checked(slice::from_ref(&name), Capture::Value, content, path(&name))
        }
        Ok([name]) if (name == "redacted" || name == "public") && input.peek(token::Paren) => {
            let word = name.to_string();
            let inner;
            syn::parenthesized!(inner in input);
            let whole = inner.fork().parse::<TokenStream>()?;
            let name = match shorthand_name(&inner, "") {
                Ok(name) if inner.is_empty() => name,
                _ => {
                    inner.parse::<TokenStream>()?;
                    return Err(syn::Error::new_spanned(
                        if whole.is_empty() {
                            name.into_token_stream()
                        } else {
                            whole
                        },
                        format_args!(
                            "`{word}` without a key takes one name: write `{word}(name)` or \
                             `key = {word}(expr)`"
                        ),
                    ));
                }
            };
            if word == "public" {
                let value = path(&name);
                return Field::with_valid_key(
                    slice::from_ref(&name),
                    Capture::Value,
                    content,
                    value,
                );
            }
            Field::checked(
                slice::from_ref(&name),
                Capture::Redacted,
                content,
                path(&name),
            )
        }
        _ => Err(without_key(&fork, "")),
    }
}

/// Reads the value of a field, behind `key =`.
fn keyed(key: &[Ident], equals: Span, content: bool, input: ParseStream<'_>) -> syn::Result<Field> {
    let words = joined(key);
    let no_value = |at: Span, written: &str, value: &str| {
        let message = format!("`{words} {written}` has no value: write `{words} = {value}`");
        Err(syn::Error::new(at, message))
    };
    if separator::ends(input) {
        return no_value(equals, "=", "expr");
    }
    let at = input.span();
    let sign = sigil(input)?;
    if let Some(sign) = sign {
        if separator::ends(input) {
            let sign = sign.sigil();
            return no_value(at, &format!("= {sign}"), &format!("{sign}expr"));
        }
        if let Some(other) = wrong_sigil::sigil_at(input) {
            return Err(wrong_sigil::two_sigils(sign.sigil(), other, at));
        }
    }
    if let Some(error) = wrong_sigil::sigil_in_value(&words, input) {
        return Err(error);
    }
    let capture = sign.unwrap_or(Capture::Value);
    let value = expression::read(input)?;
    if let Some(inner) = wrapped_in("redacted", &value)? {
        return Field::checked(key, Capture::Redacted, content, inner);
    }
    match wrapped_in("public", &value)? {
        Some(inner) => Field::with_valid_key(key, capture, content, inner),
        None => Field::checked(key, capture, content, value),
    }
}

impl Capture {
    /// Returns the sign before the value.
    pub(super) const fn sigil(self) -> &'static str {
        match self {
            Self::Display => "%",
            Self::Debug => "?",
            Self::Value | Self::Redacted => "",
        }
    }
}

impl Field {
    /// Checks the form of the key, and that neither the key nor the value has the name of a secret.
    fn checked(key: &[Ident], capture: Capture, content: bool, value: Expr) -> syn::Result<Self> {
        let field = Self::with_valid_key(key, capture, content, value)?;
        let words = &field.key;
        if capture != Capture::Redacted
            && !secret::is_fact_about_secret(words)
            && let Some(segment) = secret_segment(words)
        {
            let because = if segment == *words {
                String::new()
            } else {
                format!(" (`{segment}`)")
            };
            let value = short(&field.value);
            return Err(syn::Error::new_spanned(
                Joined(key),
                format_args!(
                    "the name of the field `{words}` is that of a secret{because}, and secrets are not \
                     recorded: write `{words} = redacted({value})`, or `{words} = public({value})` if \
                     the value is not secret"
                ),
            ));
        }
        if capture != Capture::Redacted
            && let Some(found) = secret::secret_name(&field.value)
        {
            let value = short(&field.value);
            return Err(secret::error(&found, words, capture.sigil(), &value));
        }
        Ok(field)
    }

    /// Checks the form of the key.
    fn with_valid_key(
        key: &[Ident],
        capture: Capture,
        content: bool,
        value: Expr,
    ) -> syn::Result<Self> {
        let words = joined(key);
        let error = |message: String| Err(syn::Error::new_spanned(Joined(key), message));
        if let Err(wrong) = name::check(&words) {
            let suggestion = name::suggestion(&words).unwrap_or_else(|| "key".to_owned());
            let mut value = short(&value);
            if capture != Capture::Redacted && secret_segment(&suggestion).is_some() {
                value = format!("redacted({value})");
            }
            return error(format!(
                "invalid key `{words}`: {wrong}. A key consists of segments `[a-z][a-z0-9_]*` \
                 separated by dots: write `{suggestion} = {value}`"
            ));
        }
        Ok(Self {
            key: words,
            span: key.first().map_or_else(Span::call_site, Ident::span),
            capture,
            content,
            value,
        })
    }
}

/// Returns the value as a suggestion shows it.
fn short(value: &Expr) -> String {
    shown(value.to_token_stream())
}

fn sigil(input: ParseStream<'_>) -> syn::Result<Option<Capture>> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        return Ok(Some(Capture::Display));
    }
    if input.parse::<Option<Token![?]>>()?.is_some() {
        return Ok(Some(Capture::Debug));
    }
    Ok(None)
}

/// Reads the name of a field that has no key.
fn shorthand_name(input: ParseStream<'_>, sigil: &str) -> syn::Result<Ident> {
    let fork = input.fork();
    if !input.peek(Ident::peek_any) {
        return Err(not_a_field(input));
    }
    let name = input.call(Ident::parse_any)?;
    if separator::ends(input) {
        Ok(name)
    } else {
        Err(without_key(&fork, sigil))
    }
}

/// Returns the expression of a field that has no key.
fn path(name: &Ident) -> Expr {
    Expr::Path(syn::ExprPath {
        attrs: Vec::new(),
        qself: None,
        path: name.clone().into(),
    })
}

/// Returns the argument of `redacted(…)` or `public(…)`.
fn wrapped_in(word: &str, value: &Expr) -> syn::Result<Option<Expr>> {
    let Expr::Call(call) = expression::inside(value) else {
        return Ok(None);
    };
    let Expr::Path(function) = expression::inside(&call.func) else {
        return Ok(None);
    };
    if !function.path.is_ident(word) {
        return Ok(None);
    }
    match call.args.first() {
        Some(inner) if call.args.len() == 1 => Ok(Some(inner.clone())),
        _ => Err(syn::Error::new_spanned(
            value,
            format_args!("`{word}` takes one expression: write `{word}(expr)`"),
        )),
    }
}
