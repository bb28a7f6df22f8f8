//! The fields of `fields(…)` and `content(…)`.

use std::slice;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Token, token};
use telemetry_schema::{name, secret::secret_segment};

use super::expression;
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

const FORMS: &str = "a field is `name`, `%name`, `?name`, `key = expr`, `key = %expr` or \
                     `key = ?expr`";

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
    let (start, at) = (input.fork(), input.span());
    if let Some(capture) = sigil(input)? {
        if input.is_empty() {
            return Err(syn::Error::new(at, FORMS));
        }
        if let Some(error) = sigil_before_key(&start) {
            return Err(error);
        }
        let name = shorthand_name(input)?;
        return Field::checked(slice::from_ref(&name), capture, content, path(&name));
    }
    if input.peek(LitStr) {
        let quoted: LitStr = input.parse()?;
        return Err(syn::Error::new(
            quoted.span(),
            format_args!(
                "a key is written without quotes: write `{} = expr`",
                quoted.value()
            ),
        ));
    }
    if !input.peek(Ident::peek_any) {
        return Err(not_a_field(input));
    }
    let fork = input.fork();
    let key = key(input)?;
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        let key = joined(&key);
        return Err(syn::Error::new(
            input.span(),
            format_args!("expected `=` between a key and its value: write `{key} = expr`"),
        ));
    }
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            let key = joined(&key);
            return Err(syn::Error::new(
                equals.span,
                format_args!("`{key} =` has no value: write `{key} = expr`"),
            ));
        }
        let capture = sigil(input)?.unwrap_or(Capture::Value);
        let value = expression::read(input)?;
        if let Some(inner) = wrapped_in("redacted", &value)? {
            return Field::checked(&key, Capture::Redacted, content, inner);
        }
        return match wrapped_in("public", &value)? {
            Some(inner) => Field::with_valid_key(&key, capture, content, inner),
            None => Field::checked(&key, capture, content, value),
        };
    }
    match <[Ident; 1]>::try_from(key) {
        Ok([name]) if input.is_empty() || input.peek(Token![,]) => {
            Field::checked(slice::from_ref(&name), Capture::Value, content, path(&name))
        }
        Ok([name]) if (name == "redacted" || name == "public") && input.peek(token::Paren) => {
            let word = name.to_string();
            let inner;
            syn::parenthesized!(inner in input);
            let whole = inner.fork().parse::<TokenStream>()?;
            let name = match shorthand_name(&inner) {
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
        _ => Err(without_key(&fork)),
    }
}

impl Field {
    /// Checks the form of the key, and that its name is not that of a secret.
    fn checked(key: &[Ident], capture: Capture, content: bool, value: Expr) -> syn::Result<Self> {
        let field = Self::with_valid_key(key, capture, content, value)?;
        let words = &field.key;
        if capture != Capture::Redacted
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

/// The value as a suggestion shows it.
fn short(value: &Expr) -> String {
    match value {
        Expr::Path(path) if path.qself.is_none() => path.to_token_stream().to_string(),
        _ => "expr".to_owned(),
    }
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

/// The error for `?key = expr`.
fn sigil_before_key(input: ParseStream<'_>) -> Option<syn::Error> {
    let sigil: proc_macro2::Punct = input.parse().ok()?;
    let key = joined(&key(input).ok()?);
    let equals: Token![=] = input.parse().ok()?;
    let value: Expr = input.parse().ok()?;
    let _ = equals;
    Some(syn::Error::new(
        sigil.span(),
        format_args!(
            "`{sigil}` must be before the value: write `{key} = {sigil}{}`",
            short(&value)
        ),
    ))
}

/// The error for tokens that cannot begin a field.
fn not_a_field(input: ParseStream<'_>) -> syn::Error {
    syn::Error::new(input.span(), FORMS)
}

/// Reads the name of a field that has no key.
fn shorthand_name(input: ParseStream<'_>) -> syn::Result<Ident> {
    let fork = input.fork();
    if !input.peek(Ident::peek_any) {
        return Err(not_a_field(input));
    }
    let name = input.call(Ident::parse_any)?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(name)
    } else {
        Err(without_key(&fork))
    }
}

/// Reads a key, `name` or `name.name`.
fn key(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let mut segments = vec![input.call(Ident::parse_any)?];
    while input.peek(Token![.]) && input.peek2(Ident::peek_any) {
        input.parse::<Token![.]>()?;
        segments.push(input.call(Ident::parse_any)?);
    }
    Ok(segments)
}

fn joined(key: &[Ident]) -> String {
    let words: Vec<String> = key.iter().map(|word| word.unraw().to_string()).collect();
    words.join(".")
}

/// The expression of a field that has no key.
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

/// The error for an expression in the place of a field.
fn without_key(input: ParseStream<'_>) -> syn::Error {
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
    let key = match &expr {
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.unraw().to_string(),
            syn::Member::Unnamed(_) => "key".to_owned(),
        },
        Expr::MethodCall(call) => call.method.unraw().to_string(),
        _ => "key".to_owned(),
    };
    syn::Error::new_spanned(
        expr,
        format_args!(
            "an expression needs a key: write `{key} = …`. {}",
            capitalized(FORMS)
        ),
    )
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The tokens of a key, so that an error underlines all of them.
struct Joined<'a>(&'a [Ident]);

impl quote::ToTokens for Joined<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(Ident::to_token_stream));
    }
}
