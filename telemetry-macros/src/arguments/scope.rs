//! The arguments of `telemetry_scope!`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, ext::IdentExt as _, token};

use super::body::{self, awaits, block, not_last};
use super::event::{
    field_or_content, is_dotted_name, is_quoted_key, near_miss, of_tracing, option,
};
use super::field::Field;
use super::name::{self, Name};
use super::separator;
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

/// The arguments read so far.
struct Reader {
    name: Option<Name>,
    /// Whether no argument was read so far.
    is_first: bool,
    /// Whether a name is written, perhaps with an error.
    has_name: bool,
    /// Whether a name is written anywhere, and not only in the arguments read so far.
    is_named: bool,
    level: Slot<usize>,
    runtime: Slot<syn::Path>,
    fields: Vec<Field>,
    body: Option<ScopeBody>,
}

/// Reads the arguments: a name, fields and options, and a block at the end.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> ScopeArguments {
    let mut reader = Reader {
        name: None,
        is_first: true,
        has_name: false,
        is_named: name::is_given(tokens.clone()),
        level: Slot::new("level"),
        runtime: Slot::new("crate"),
        fields: Vec::new(),
        body: None,
    };
    let checked = body::check(tokens);
    // An error about the block is reported once.
    let mut has_body_error = checked.error.is_some();
    checked.error.into_iter().for_each(|error| ctxt.push(error));
    super::each(checked.tokens, ctxt, |input, ctxt| {
        let behind = input.cursor().token_stream().into_iter();
        let length = separator::rest(input).into_iter().count();
        let is_last = behind.skip(length).count() <= 1;
        let result = reader.argument(input, ctxt);
        has_body_error |= is_last && result.is_err();
        result
    });
    let Reader {
        name,
        has_name,
        level,
        runtime,
        fields,
        body,
        ..
    } = reader;
    if !has_name {
        ctxt.error(Span::call_site(), NO_NAME);
    }
    match &body {
        None if has_name && !has_body_error => ctxt.error(Span::call_site(), NO_BODY),
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

impl Reader {
    /// Reads one argument.
    fn argument(&mut self, input: ParseStream<'_>, ctxt: &mut Ctxt) -> syn::Result<()> {
        let is_first = std::mem::take(&mut self.is_first);
        if let Some(before) = &self.body {
            let rest: TokenStream = input.parse()?;
            return if rest.is_empty() {
                Ok(())
            } else {
                Err(not_last(&before.block))
            };
        }
        if input.peek(LitStr) && !is_quoted_key(input) {
            return self.name(&input.parse()?);
        }
        if starts_body(input) {
            let found = self.body.insert(read_body(input)?);
            if input.is_empty() || input.peek(Token![,]) {
                return Ok(());
            }
            input.parse::<TokenStream>()?;
            return Err(not_last(&found.block));
        }
        if !self.has_name
            && !self.is_named
            && let Some(error) = name::wrong(input, is_first)
        {
            self.has_name = true;
            return Err(error);
        }
        if let Some(error) = of_tracing(input) {
            return Err(error);
        }
        match option(input).as_ref() {
            Some((word, option)) if word == "level" => {
                input.call(Ident::parse_any)?;
                self.level
                    .set(ctxt, option.span(), super::level(input, option)?);
            }
            Some((word, option)) if word == "crate" => {
                input.call(Ident::parse_any)?;
                self.runtime
                    .set(ctxt, option.span(), super::runtime_path(input, option)?);
            }
            Some((word, option)) if near_miss(word, input) == Some("level") => {
                return Err(syn::Error::new(
                    option.span(),
                    format_args!(
                        "`{word}` would be a field of the scope: did you mean the option `level`?"
                    ),
                ));
            }
            _ => {
                field_or_content(input, &mut self.fields, ctxt)?;
            }
        }
        Ok(())
    }

    fn name(&mut self, literal: &LitStr) -> syn::Result<()> {
        if std::mem::replace(&mut self.has_name, true) {
            let message = if is_dotted_name(literal) {
                "the scope has a second name: remove one of them"
            } else {
                "a scope has no message: write a field, `key = expr`, or `telemetry_event!` in the block"
            };
            return Err(syn::Error::new(literal.span(), message));
        }
        self.name = Some(name::before_fields(literal, self.fields.len(), "scope")?);
        Ok(())
    }
}

fn starts_body(input: ParseStream<'_>) -> bool {
    input.peek(token::Brace) || input.peek(Token![async])
}

fn read_body(input: ParseStream<'_>) -> syn::Result<ScopeBody> {
    let mut asynchronous = None;
    if let Some(word) = input.parse::<Option<Token![async]>>()? {
        let capture: Option<Token![move]> = input.parse()?;
        asynchronous = Some(quote::quote!(#word #capture));
    }
    let token = input.parse::<TokenTree>()?;
    match block(&token) {
        Some(block) => Ok(ScopeBody {
            asynchronous,
            block,
        }),
        None => Err(syn::Error::new(
            token.span(),
            "expected a block: write `async { … }` or `async move { … }`",
        )),
    }
}
