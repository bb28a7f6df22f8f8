//! The arguments of `#[session_usage]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Expr, LitStr};

use super::event::is_dotted_name;
use super::slot::Slot;
use super::text::{self, Text};
use super::{attempt, expression, foreign, option};
use crate::ctxt::Ctxt;

const ATTRIBUTE: &str = "`#[session_usage]`";
const OPTIONS: [&str; 9] = [
    "usage",
    "stream",
    "model",
    "effort",
    "session",
    "request_id",
    "attempt",
    "retry_cause",
    "crate",
];

/// The arguments as written, each option at most once.
pub(crate) struct UsageArguments {
    pub(crate) usage: Option<Expr>,
    /// Whether `usage` is given, perhaps with an error.
    pub(crate) has_usage: bool,
    /// Whether `stream` is written, also with an error in it.
    pub(crate) has_stream: bool,
    /// The place of the option.
    pub(crate) stream: Option<Span>,
    /// The options that are text, with their keys in the runtime.
    pub(crate) texts: Vec<(&'static str, Text)>,
    pub(crate) session: Option<Expr>,
    pub(crate) attempt: Option<Expr>,
    pub(crate) runtime: Option<syn::Path>,
}

/// Reads the arguments. Their errors are in `ctxt`.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> UsageArguments {
    let mut texts =
        ["model", "effort", "request_id", "retry_cause"].map(|key| (key, Slot::new(key)));
    let mut usage = Slot::new("usage");
    let mut stream = Slot::new("stream");
    let mut session = Slot::new("session");
    let mut attempt = Slot::new("attempt");
    let mut runtime = Slot::new("crate");
    let mut has_usage = false;
    let mut has_stream = false;

    super::each(tokens, ctxt, |input, ctxt| {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let value = text.value();
            let message = if is_dotted_name(&text) {
                format!(
                    "{ATTRIBUTE} has no name: remove it, or write `#[telemetry_span(\"{value}\")]` beside it"
                )
            } else {
                format!("a text alone is not an option of {ATTRIBUTE}: write `model = \"{value}\"`")
            };
            return Err(syn::Error::new(text.span(), message));
        }
        let option = option::option_name(input, ATTRIBUTE, &OPTIONS)?;
        let at = option.span();
        let word = option.to_string();
        if let Some((_, slot)) = texts.iter_mut().find(|(key, _)| word == *key) {
            slot.set(ctxt, at, text::read(input, &option)?);
            return Ok(());
        }
        match word.as_str() {
            "usage" => {
                has_usage = true;
                usage.set(ctxt, at, expression(input, &option)?);
            }
            "stream" => {
                has_stream = true;
                super::flag(input, &option)?;
                stream.set(ctxt, at, at);
            }
            "session" => session.set(ctxt, at, expression(input, &option)?),
            "attempt" => {
                let number = expression(input, &option)?;
                attempt::check(&number)?;
                attempt.set(ctxt, at, number);
            }
            "crate" => runtime.set(ctxt, at, super::runtime_path(input, &option)?),
            _ => {
                return Err(foreign::of_usage(&option, input)
                    .unwrap_or_else(|| option::unknown(&option, input, ATTRIBUTE, &OPTIONS)));
            }
        }
        Ok(())
    });

    UsageArguments {
        usage: usage.take(),
        has_usage,
        has_stream,
        stream: stream.take(),
        texts: texts
            .into_iter()
            .filter_map(|(key, slot)| Some((key, slot.take()?)))
            .collect(),
        session: session.take(),
        attempt: attempt.take(),
        runtime: runtime.take(),
    }
}

fn expression(input: ParseStream<'_>, option: &Ident) -> syn::Result<Expr> {
    super::equals(input, option, &format!("{option} = expr"))?;
    expression::read(input)
}
