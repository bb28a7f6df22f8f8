//! The arguments of `#[telemetry_span]`.

use proc_macro2::{Ident, Span, TokenStream};

use super::field::{self, Field};
use super::name::{self, Name};
use super::slot::Slot;
use crate::ctxt::Ctxt;

const WHAT: &str = "`#[telemetry_span]`";
const OPTIONS: [&str; 8] = [
    "fields", "content", "err", "ret", "level", "root", "future", "crate",
];
const NO_NAME: &str =
    "the span has no name: write `#[telemetry_span(\"family.action\")]`, the name first";

/// How a returned value or an error becomes text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Display,
    Debug,
}

/// What was written, each option at most once.
pub(crate) struct SpanArguments {
    /// `None` only where an error says so.
    pub(crate) name: Option<Name>,
    pub(crate) fields: Vec<Field>,
    pub(crate) err: Option<(Span, Format)>,
    pub(crate) ret: Option<(Span, Format)>,
    pub(crate) level: Option<usize>,
    pub(crate) root: bool,
    pub(crate) future: Option<Span>,
    pub(crate) runtime: Option<syn::Path>,
}

/// Reads the arguments; what is wrong with them is in `ctxt`.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> SpanArguments {
    let mut name = None;
    let mut fields = Slot::new("fields");
    let mut content = Slot::new("content");
    let mut err = Slot::new("err");
    let mut ret = Slot::new("ret");
    let mut level = Slot::new("level");
    let mut root = Slot::new("root");
    let mut future = Slot::new("future");
    let mut runtime = Slot::new("crate");

    if tokens.is_empty() {
        ctxt.error(Span::call_site(), NO_NAME);
    }
    let mut first = true;
    super::each(tokens, ctxt, |input, ctxt| {
        if std::mem::take(&mut first) {
            name = name::read(input, ctxt, NO_NAME, &OPTIONS)?;
            if name.is_some() {
                return Ok(());
            }
        }
        let option = super::option_name(input, WHAT, &OPTIONS)?;
        let at = option.span();
        match option.to_string().as_str() {
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
            "future" => {
                super::flag(input, &option)?;
                future.set(ctxt, at, at);
            }
            "crate" => runtime.set(ctxt, at, super::runtime_path(input, &option)?),
            _ => return Err(super::unknown(&option, WHAT, &OPTIONS)),
        }
        Ok(())
    });

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
        future: future.take(),
        runtime: runtime.take(),
    }
}

/// `err`, `err(Debug)`, `ret(Display)`.
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
                    "`{option}` is written `{option}`, `{option}(Display)` or `{option}(Debug)`"
                ),
            )
        })?;
        return Ok(default);
    }
    let inner;
    syn::parenthesized!(inner in input);
    let word = inner.parse::<Ident>().ok().filter(|_| inner.is_empty());
    match word.as_ref().map(ToString::to_string).as_deref() {
        Some("Display") => Ok(Format::Display),
        Some("Debug") => Ok(Format::Debug),
        _ => Err(syn::Error::new(
            word.map_or(option.span(), |word| word.span()),
            format_args!(
                "`{option}` is stored as text: write `{option}(Display)` or `{option}(Debug)`"
            ),
        )),
    }
}
