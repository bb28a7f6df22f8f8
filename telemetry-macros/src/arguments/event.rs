//! The arguments of `telemetry_event!` and `record!`.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, ext::IdentExt as _};
use telemetry_schema::name::check_log;

use super::field::{self, Field};
use super::name::{self, Name};
use super::slot::Slot;
use super::{message, separator, wrong_field};
use crate::ctxt::Ctxt;

const NO_NAME: &str =
    "the event has no name: write the name first, `telemetry_event!(\"family.action\")`";
/// The log of usage records. An event cannot be written to it.
const SESSION_LOG: &str = "session";

/// The arguments of `telemetry_event!`, as written.
pub(crate) struct EventArguments {
    /// `None` only after an error.
    pub(crate) name: Option<Name>,
    pub(crate) fields: Vec<Field>,
    pub(crate) level: Option<usize>,
    /// The declared log to write to; `None` is the debug log.
    pub(crate) log: Option<String>,
    pub(crate) runtime: Option<syn::Path>,
}

/// The arguments of `record!`, as written.
pub(crate) struct RecordArguments {
    pub(crate) fields: Vec<Field>,
    pub(crate) runtime: Option<syn::Path>,
}

/// Reads the arguments of an event: options and fields in any order, one name, and a message behind the name.
pub(crate) fn read(tokens: TokenStream, ctxt: &mut Ctxt) -> EventArguments {
    let mut name = None;
    let (mut has_name, mut has_message) = (false, false);
    let mut level = Slot::new("level");
    let mut log = Slot::new("log");
    let mut runtime = Slot::new("crate");
    let mut fields = Vec::new();
    let is_named = name::is_given(tokens.clone());
    let mut message = None;
    // After an error about a message such as `"{} of {}"`, which covers the expressions behind it.
    let mut has_wrong_message = false;

    let mut is_first = true;
    super::each(tokens, ctxt, |input, ctxt| {
        let is_first = std::mem::take(&mut is_first);
        if !has_name
            && !is_named
            && !input.peek(LitStr)
            && formatting_macro(input).is_none()
            && let Some(error) = name::wrong(input, is_first)
        {
            has_name = true;
            return Err(error);
        }
        if input.peek(LitStr) && !is_quoted_key(input) {
            let literal: LitStr = input.parse()?;
            if std::mem::replace(&mut has_name, true) {
                if is_dotted_name(&literal) {
                    return Err(syn::Error::new(
                        literal.span(),
                        "the event has a second name: remove one of them",
                    ));
                }
                if std::mem::replace(&mut has_message, true) {
                    return Err(syn::Error::new(
                        literal.span(),
                        "the event has a second message: remove one of them",
                    ));
                }
                let field = message::field(&literal).inspect_err(|_| has_wrong_message = true)?;
                field::add(&mut fields, field, ctxt);
                message = Some(literal);
                return Ok(());
            }
            name = Some(name::before_fields(&literal, fields.len(), "event")?);
            return Ok(());
        }
        if let Some(error) = of_tracing(input) {
            return Err(error);
        }
        match option(input).as_ref() {
            Some((word, option)) if word == "level" => {
                input.call(Ident::parse_any)?;
                level.set(ctxt, option.span(), super::level(input, option)?);
            }
            Some((word, option)) if word == "log" => {
                input.call(Ident::parse_any)?;
                log.set(ctxt, option.span(), log_name(input, option)?);
            }
            Some((word, option)) if word == "crate" => {
                input.call(Ident::parse_any)?;
                runtime.set(ctxt, option.span(), super::runtime_path(input, option)?);
            }
            found => {
                if let Some((word, option)) = found
                    && let Some(meant) = near_miss(word, input)
                {
                    return Err(syn::Error::new(
                        option.span(),
                        format_args!(
                            "`{word}` would be a field of the event: did you mean the option `{meant}`?"
                        ),
                    ));
                }
                if let Some(word) = formatting_macro(input) {
                    let part = if has_name { "message" } else { "name" };
                    // The other part of the event is not missing.
                    has_name = true;
                    return Err(literal_expected(&word, part));
                }
                if has_wrong_message && !wrong_field::begins_field(separator::rest(input)) {
                    input.parse::<syn::Expr>()?;
                    return Ok(());
                }
                field_or_content(input, &mut fields, ctxt)?;
            }
        }
        Ok(())
    });

    if !has_name {
        ctxt.error(Span::call_site(), NO_NAME);
    }
    if let Some(message) = message {
        message::check_fields(&message, &mut fields, ctxt);
    }
    EventArguments {
        name,
        fields,
        level: level.take(),
        log: log.take(),
        runtime: runtime.take(),
    }
}

/// Reads the fields of `record!`.
pub(crate) fn read_record(tokens: TokenStream, ctxt: &mut Ctxt) -> RecordArguments {
    let mut runtime = Slot::new("crate");
    let mut fields = Vec::new();
    if tokens.is_empty() {
        ctxt.error(
            Span::call_site(),
            "`record!` has no fields: write at least one, `record!(key = expr)`",
        );
    }
    let mut first = true;
    super::each(tokens, ctxt, |input, ctxt| {
        match option(input) {
        _ if std::mem::take(&mut first) && input.peek(LitStr) && !is_quoted_key(input) => {
            Err(input.error(
                "`record!` has no name and no message: remove the text, and write fields, `record!(key = expr)`",
            ))
        }
        Some((word, option)) if word == "crate" => {
            input.call(Ident::parse_any)?;
            runtime.set(ctxt, option.span(), super::runtime_path(input, &option)?);
            Ok(())
        }
        _ => field_or_content(input, &mut fields, ctxt),
    }
    });
    RecordArguments {
        fields,
        runtime: runtime.take(),
    }
}

/// Returns the name of a macro that formats a text, without consuming it.
fn formatting_macro(input: ParseStream<'_>) -> Option<Ident> {
    let fork = input.fork();
    let path = fork.call(syn::Path::parse_mod_style).ok()?;
    let word = path.segments.last()?.ident.clone();
    let formats = ["format", "format_args", "concat", "stringify"];
    (fork.peek(Token![!]) && formats.iter().any(|it| word == it)).then_some(word)
}

fn literal_expected(word: &Ident, part: &str) -> syn::Error {
    let suggestion = if part == "name" {
        "write \"family.action\", and what varies as a field, `key = expr`"
    } else {
        "write `\"text {value}\"` alone, with the name of a variable in the braces, or a field, `key = expr`"
    };
    syn::Error::new(
        word.span(),
        format_args!(
            "the {part} of an event must be a string literal, not `{word}!(…)`: {suggestion}"
        ),
    )
}

/// Returns whether a text is a name and hardly a message.
pub(super) fn is_dotted_name(literal: &LitStr) -> bool {
    let text = literal.value();
    text.contains('.') && telemetry_schema::name::check(&text).is_ok()
}

/// Misspelt forms of the option `log`. Other words that differ in one letter are plausible keys.
const NEAR_LOG: [&str; 7] = ["Log", "LOG", "logs", "lgo", "logg", "loog", "log_name"];
/// Misspelt forms of the option `level`.
const NEAR_LEVEL: [&str; 12] = [
    "Level",
    "LEVEL",
    "levle",
    "levl",
    "lvel",
    "leve",
    "levels",
    "leval",
    "lvl",
    "evel",
    "elvel",
    "log_level",
];

/// Returns the option that `word = "text"` probably means. A word whose value is not the name of a level is not read as
/// `level`.
pub(super) fn near_miss(word: &str, input: ParseStream<'_>) -> Option<&'static str> {
    let fork = input.fork();
    fork.call(Ident::parse_any).ok()?;
    fork.parse::<Token![=]>().ok()?;
    let value = fork.parse::<LitStr>().ok()?.value();
    let is_level = telemetry_schema::level::NAMES.contains(&&*value.to_lowercase());
    if NEAR_LOG.contains(&word) {
        Some("log")
    } else if NEAR_LEVEL.contains(&word) && is_level {
        Some("level")
    } else {
        None
    }
}

/// Returns the word of `word =`, and of `level: …` or `log(…)`, without consuming it.
pub(super) fn option(input: ParseStream<'_>) -> Option<(String, Ident)> {
    let fork = input.fork();
    let word = fork.call(Ident::parse_any).ok()?;
    let wrong = fork.peek(syn::token::Paren) || separator::wrong(&fork).is_some();
    let is_option = ["level", "log", "crate"]
        .iter()
        .any(|option| word == option);
    (fork.peek(Token![=]) || (is_option && wrong)).then(|| (word.to_string(), word))
}

/// Returns whether a string literal stands in the place of a key: `"key" = …`, `"key": …` or `"key" => …`.
pub(super) fn is_quoted_key(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.parse::<LitStr>().is_ok() && (fork.peek(Token![=]) || separator::wrong(&fork).is_some())
}

/// Returns the error for `target: …` and `parent: …`, which the macros of tracing take.
pub(super) fn of_tracing(input: ParseStream<'_>) -> Option<syn::Error> {
    let (word, _) = input.cursor().ident()?;
    if !input.peek2(Token![:]) || input.peek2(Token![::]) {
        return None;
    }
    let suggestion = if word == "target" {
        "filters match the first segments of the name, \"family.action\": remove it"
    } else if word == "parent" {
        "pass the parent with `SpanContext::in_scope`, or remove it"
    } else {
        return None;
    };
    Some(syn::Error::new(
        word.span(),
        format_args!("`{word}` is not an option here: {suggestion}"),
    ))
}

/// Reads a field, or the fields of `content(…)`.
pub(super) fn field_or_content(
    input: ParseStream<'_>,
    fields: &mut Vec<Field>,
    ctxt: &mut Ctxt,
) -> syn::Result<()> {
    if input.peek(Ident) && input.peek2(syn::token::Paren) {
        let fork = input.fork();
        if fork.parse::<Ident>()? == "content" {
            input.parse::<Ident>()?;
            let list;
            syn::parenthesized!(list in input);
            for field in field::read_all(list.parse()?, true, ctxt) {
                field::add(fields, field, ctxt);
            }
            return Ok(());
        }
    }
    let field = field::read(input, false)?;
    field::add(fields, field, ctxt);
    Ok(())
}

/// Reads `log = "name"`, the name of a log that the configuration declares.
fn log_name(input: ParseStream<'_>, option: &Ident) -> syn::Result<String> {
    super::equals(input, option, "log = \"name\"")?;
    let name: LitStr = input.parse().map_err(|error| {
        syn::Error::new(
            error.span(),
            "the name of a log must be a string literal: write `log = \"name\"`, with the name of \
             a `[telemetry.logs.<name>]` table",
        )
    })?;
    let value = name.value();
    if value == SESSION_LOG {
        return Err(syn::Error::new(
            name.span(),
            format_args!(
                "an event cannot be written to the log \"{value}\", which holds usage records: \
                 remove `log` to write to the debug log, write `log = \"tui\"` for a line of text, or \
                 name a log that a `[telemetry.logs.<name>]` table declares"
            ),
        ));
    }
    match check_log(&value) {
        Ok(()) => Ok(value),
        Err(error) => Err(syn::Error::new(
            name.span(),
            format_args!(
                "invalid log name: {error}. The name of a log matches `[a-z][a-z0-9_-]*`, such as \
                 \"my-log\": write the name of a `[telemetry.logs.<name>]` table"
            ),
        )),
    }
}
