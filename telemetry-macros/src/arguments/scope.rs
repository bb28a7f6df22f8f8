//! The arguments of `telemetry_scope!`.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, ext::IdentExt as _, token};

use super::event::{field_or_content, near_miss, option};
use super::field::Field;
use super::name::{self, Name};
use super::slot::Slot;
use crate::ctxt::Ctxt;

const NO_NAME: &str =
    "the scope has no name: write the name first, `telemetry_scope!(\"family.action\", { … })`";
const NO_BODY: &str = "the scope has no block: write it last, `telemetry_scope!(\"family.action\", { … })` or \
                       `telemetry_scope!(\"family.action\", async { … })`";

/// The arguments of `telemetry_scope!`, as written.
pub(crate) struct ScopeArguments {
    /// `None` only after an error.
    pub(crate) name: Option<Name>,
    pub(crate) fields: Vec<Field>,
    pub(crate) level: Option<usize>,
    pub(crate) runtime: Option<syn::Path>,
    /// `None` only after an error.
    pub(crate) body: Option<ScopeBody>,
}

/// The block of a scope.
pub(crate) struct ScopeBody {
    /// `async`, and `move` if it is written.
    pub(crate) asynchronous: Option<TokenStream>,
    pub(crate) block: Group,
}

/// Reads the arguments: a name, fields and options, and a block at the end.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> ScopeArguments {
    let mut name = None;
    let mut has_name = false;
    let mut level = Slot::new("level");
    let mut runtime = Slot::new("crate");
    let mut fields = Vec::new();
    let mut body: Option<ScopeBody> = None;
    super::each(tokens, ctxt, |input, ctxt| {
        if let Some(before) = &body {
            return Err(syn::Error::new(
                before.block.span_open(),
                "the block must be the last argument of the scope: put it behind the fields",
            ));
        }
        if input.peek(LitStr) && !input.peek2(Token![=]) {
            let literal: LitStr = input.parse()?;
            if std::mem::replace(&mut has_name, true) {
                return Err(syn::Error::new(
                    literal.span(),
                    "the scope has a second name: remove one of them",
                ));
            }
            name = Some(name::check(&literal)?);
            return Ok(());
        }
        if input.peek(token::Brace) || input.peek(Token![async]) {
            body = Some(read_body(input)?);
            return Ok(());
        }
        match option(input).as_ref() {
            Some((word, option)) if word == "level" => {
                input.call(Ident::parse_any)?;
                level.set(ctxt, option.span(), super::level(input, option)?);
            }
            Some((word, option)) if word == "crate" => {
                input.call(Ident::parse_any)?;
                runtime.set(ctxt, option.span(), super::runtime_path(input, option)?);
            }
            found => {
                if let Some((word, option)) = found
                    && near_miss(word, input) == Some("level")
                {
                    return Err(syn::Error::new(
                        option.span(),
                        format_args!(
                            "`{word}` would be a field of the scope: did you mean the option `level`?"
                        ),
                    ));
                }
                field_or_content(input, &mut fields, ctxt)?;
            }
        }
        Ok(())
    });
    if !has_name {
        ctxt.error(Span::call_site(), NO_NAME);
    }
    match &body {
        None if has_name => ctxt.error(Span::call_site(), NO_BODY),
        Some(body) if body.asynchronous.is_none() => {
            if let Some(at) = awaits(body.block.stream()) {
                ctxt.error(
                    at,
                    "`.await` would leave the scope, whose span is on this thread: write `telemetry_scope!(…, async { … })`, \
                     and await that",
                );
            }
        }
        _ => {}
    }
    ScopeArguments {
        name,
        fields,
        level: level.take(),
        runtime: runtime.take(),
        body,
    }
}

fn read_body(input: ParseStream<'_>) -> syn::Result<ScopeBody> {
    let mut asynchronous = None;
    if let Some(word) = input.parse::<Option<Token![async]>>()? {
        let capture: Option<Token![move]> = input.parse()?;
        asynchronous = Some(quote::quote!(#word #capture));
    }
    match input.parse::<TokenTree>()? {
        TokenTree::Group(block) if block.delimiter() == Delimiter::Brace => Ok(ScopeBody {
            asynchronous,
            block,
        }),
        other => Err(syn::Error::new(
            other.span(),
            "expected a block: write `async { … }` or `async move { … }`",
        )),
    }
}

/// Finds an `.await` outside of nested `async` blocks.
fn awaits(tokens: TokenStream) -> Option<Span> {
    let mut after_dot = false;
    let mut in_async = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if after_dot && word == "await" => return Some(word.span()),
            TokenTree::Ident(word) if word == "async" => in_async = true,
            TokenTree::Ident(word) if word == "move" => {}
            TokenTree::Group(group) if in_async && group.delimiter() == Delimiter::Brace => {
                in_async = false;
            }
            TokenTree::Group(group) => {
                if let Some(found) = awaits(group.stream()) {
                    return Some(found);
                }
            }
            TokenTree::Punct(punct) => {
                after_dot = punct.as_char() == '.';
                continue;
            }
            _ => {}
        }
        after_dot = false;
    }
    None
}
