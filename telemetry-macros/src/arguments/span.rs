//! The arguments of `#[telemetry_span]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::LitStr;

use super::event::is_dotted_name;
use super::field::{self, Field};
use super::name::{self, Name};
use super::operation::{self, Operation, OperationArguments};
use super::option;
use super::slot::Slot;
use crate::ctxt::Ctxt;

const ATTRIBUTE: &str = "`#[telemetry_span]`";
const OPTIONS: [&str; 13] = [
    "fields",
    "content",
    "err",
    "ret",
    "level",
    "root",
    "turn",
    "stream",
    "future",
    "operation",
    "tool",
    "agent",
    "crate",
];
const NO_NAME: &str =
    "the span has no name: write the name first, `#[telemetry_span(\"family.action\")]`";

/// How a returned value or an error becomes text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Display,
    Debug,
}

/// The arguments as written, each option at most once.
pub(crate) struct SpanArguments {
    /// `None` only after an error.
    pub(crate) name: Option<Name>,
    pub(crate) fields: Vec<Field>,
    pub(crate) err: Option<(Span, Format)>,
    pub(crate) ret: Option<(Span, Format)>,
    pub(crate) level: Option<usize>,
    pub(crate) root: bool,
    pub(crate) turn: Option<Span>,
    pub(crate) stream: Option<Span>,
    pub(crate) future: Option<Span>,
    pub(crate) operation: Option<Operation>,
    pub(crate) runtime: Option<syn::Path>,
}

/// Reads the arguments. Their errors are in `ctxt`.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> SpanArguments {
    let mut name = None;
    let mut fields = Slot::new("fields");
    let mut content = Slot::new("content");
    let mut err = Slot::new("err");
    let mut ret = Slot::new("ret");
    let mut level = Slot::new("level");
    let mut root = Slot::new("root");
    let mut turn = Slot::new("turn");
    let mut stream = Slot::new("stream");
    let mut future = Slot::new("future");
    let mut operation = OperationArguments::new();
    let mut runtime = Slot::new("crate");

    if tokens.is_empty() {
        ctxt.error(Span::call_site(), NO_NAME);
    }
    let mut first = true;
    // The place of the error about a missing name, unless a name is found later.
    let mut missing = None;
    super::each(tokens, ctxt, |input, ctxt| {
        if std::mem::take(&mut first) {
            name = name::read(input, &OPTIONS)?;
            if name.is_some() {
                return Ok(());
            }
            missing = Some(input.span());
        }
        if input.peek(LitStr) {
            let found: LitStr = input.parse()?;
            let text = found.value();
            let message = match missing.take() {
                Some(_) => "the name must be the first argument: put it before the options".to_owned(),
                None if telemetry_schema::level::NAMES.contains(&&*text) => {
                    format!("a level is an option: write `level = \"{text}\"`")
                }
                None if !is_dotted_name(&found) => {
                    "a span has no message: record a field with `fields(key = expr)`, or write `telemetry_event!` in \
                     the body"
                        .to_owned()
                }
                None => "the span has a second name: remove one of them".to_owned(),
            };
            return Err(syn::Error::new(found.span(), message));
        }
        operation.expect_behind_sigil(input, ctxt);
        let option = option::option_name(input, ATTRIBUTE, &OPTIONS)?;
        let at = option.span();
        match option.to_string().as_str() {
            word if operation::OPTIONS.contains(&word) => operation.read(input, &option, ctxt)?,
            "fields" => {
                let list = super::parenthesized(input, &option, "fields(count = n)")?;
                let list = field::read_all(list, false, ctxt);
                fields.set(ctxt, at, list);
            }
            "content" => {
                let list = super::parenthesized(input, &option, "content(prompt)")?;
                let list = field::read_all(list, true, ctxt);
                content.set(ctxt, at, list);
            }
            "err" => err.set(ctxt, at, (at, format(input, &option, Format::Display)?)),
            "ret" => ret.set(ctxt, at, (at, format(input, &option, Format::Debug)?)),
            "level" => level.set(ctxt, at, super::level(input, &option)?),
            "root" => root.set(ctxt, at, super::flag(input, &option)?),
            "turn" => turn.set(ctxt, at, super::flag(input, &option).map(|()| at)?),
            "stream" => stream.set(ctxt, at, super::flag(input, &option).map(|()| at)?),
            "future" => future.set(ctxt, at, super::flag(input, &option).map(|()| at)?),
            "crate" => runtime.set(ctxt, at, super::runtime_path(input, &option)?),
            _ => {
                if option == "name" {
                    missing = None;
                }
                return Err(option::unknown(&option, input, ATTRIBUTE, &OPTIONS));
            }
        }
        Ok(())
    });
    if let Some(at) = missing {
        ctxt.error(at, NO_NAME);
    }

    let mut all = fields.take().unwrap_or_default();
    for field in content.take().unwrap_or_default() {
        field::add(&mut all, field, ctxt);
    }
    SpanArguments {
        name,
        fields: all,
        err: err.take(),
        ret: ret.take(),
        level: level.take(),
        root: root.take().is_some(),
        turn: turn.take(),
        stream: stream.take(),
        future: future.take(),
        operation: operation.finish(ctxt),
        runtime: runtime.take(),
    }
}

/// Reads the rest of `err`, `err(Debug)`, `ret(Display)`.
fn format(
    input: syn::parse::ParseStream<'_>,
    option: &Ident,
    default: Format,
) -> syn::Result<Format> {
    if !input.peek(syn::token::Paren) {
        super::flag(input, option).map_err(|error| {
            syn::Error::new(
                error.span(),
                format_args!(
                    "expected `,` or parentheses after `{option}`: write `{option}`, \
                     `{option}(Display)` or `{option}(Debug)`"
                ),
            )
        })?;
        return Ok(default);
    }
    let inner;
    syn::parenthesized!(inner in input);
    let found: TokenStream = inner.parse()?;
    match found.to_string().as_str() {
        "Display" => Ok(Format::Display),
        "Debug" => Ok(Format::Debug),
        _ => Err(syn::Error::new_spanned(
            if found.is_empty() {
                option.to_token_stream()
            } else {
                found
            },
            format_args!(
                "`{option}` records a text by one of two traits: write `{option}(Display)` or \
                 `{option}(Debug)`"
            ),
        )),
    }
}
