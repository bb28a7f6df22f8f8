//! The attributes `#[usage]` and `#[usage(word)]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, LitStr, Meta, Token};
use telemetry_schema::nearest::nearest;

use crate::arguments;
use crate::ctxt::Ctxt;

/// The part of a usage that a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `#[usage]`: the field is a `UsageSource`, the only one.
    Usage,
    /// `#[usage(details)]`: the field is a further `UsageSource`, which completes the usage.
    Details,
    /// One value. The function of `stated` in the runtime has the name of the word.
    Word(&'static str, WordKind),
}

/// The kind of value of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordKind {
    Text,
    Count,
    Cost,
}

/// Names that providers give to the quantities of these words.
const SYNONYMS: [(&str, &str); 12] = [
    ("input_tokens", "prompt_tokens"),
    ("output_tokens", "completion_tokens"),
    ("cache_read_tokens", "cached_tokens"),
    ("cache_read_input_tokens", "cached_tokens"),
    ("cached_input_tokens", "cached_tokens"),
    ("cache_creation_tokens", "cache_write_tokens"),
    ("cache_creation_input_tokens", "cache_write_tokens"),
    ("reasoning_output_tokens", "reasoning_tokens"),
    ("id", "request_id"),
    ("response_id", "request_id"),
    ("stop_reason", "finish_reason"),
    ("cost_usd", "cost"),
];

const WORDS: [(&str, WordKind); 27] = [
    ("request_id", WordKind::Text),
    ("model", WordKind::Text),
    ("prompt_tokens", WordKind::Count),
    ("cached_tokens", WordKind::Count),
    ("cache_write_tokens", WordKind::Count),
    ("completion_tokens", WordKind::Count),
    ("reasoning_tokens", WordKind::Count),
    ("total_tokens", WordKind::Count),
    ("cost", WordKind::Cost),
    ("retry_cause", WordKind::Text),
    ("finish_reason", WordKind::Text),
    ("service_tier", WordKind::Text),
    ("cache_write_1h_tokens", WordKind::Count),
    ("audio_input_tokens", WordKind::Count),
    ("image_input_tokens", WordKind::Count),
    ("video_input_tokens", WordKind::Count),
    ("cached_audio_tokens", WordKind::Count),
    ("cached_image_tokens", WordKind::Count),
    ("audio_output_tokens", WordKind::Count),
    ("image_output_tokens", WordKind::Count),
    ("video_output_tokens", WordKind::Count),
    ("citation_tokens", WordKind::Count),
    ("web_searches", WordKind::Count),
    ("map_searches", WordKind::Count),
    ("search_context_size", WordKind::Text),
    ("speed", WordKind::Text),
    ("inference_geo", WordKind::Text),
];
const DETAILS: &str = "details";

/// Reads the attributes of one field. Returns `None` for a field without a valid `#[usage]`.
pub(crate) fn of_field(attributes: &[Attribute], ctxt: &mut Ctxt) -> Option<(Role, Span)> {
    let mut role = None;
    for attribute in attributes {
        if !attribute.path().is_ident("usage") {
            continue;
        }
        let span = attribute.path().segments[0].ident.span();
        let found = match &attribute.meta {
            Meta::Path(_) => Ok(Role::Usage),
            Meta::List(list) => list.parse_args_with(word),
            Meta::NameValue(pair) => Err(syn::Error::new(
                pair.eq_token.span,
                match known(pair.value.to_token_stream()) {
                    Some(word) => {
                        format!("`#[usage]` does not take a value: write `#[usage({word})]`")
                    }
                    None => {
                        "`#[usage]` does not take a value: write `#[usage]` or `#[usage(word)]`"
                            .to_owned()
                    }
                },
            )),
        };
        match found {
            Ok(_) if role.is_some() => ctxt.error(
                span,
                "duplicate `#[usage]` on one field: remove one of them",
            ),
            Ok(found) => role = Some((found, span)),
            Err(error) => ctxt.push(error),
        }
    }
    role
}

fn word(input: ParseStream<'_>) -> syn::Result<Role> {
    let words = WORDS.map(|(word, _)| word);
    let allowed = || {
        let quoted: Vec<String> = words
            .iter()
            .chain([&DETAILS])
            .map(|word| format!("`{word}`"))
            .collect();
        format!(
            "write `#[usage]` on a field that is a `UsageSource`, or one of the words {}",
            quoted.join(", ")
        )
    };
    if input.is_empty() {
        return Err(syn::Error::new(
            input.span(),
            format_args!("`#[usage()]` has no word: {}", allowed()),
        ));
    }
    if let Ok(quoted) = input.fork().parse::<LitStr>() {
        let word = known(quoted.to_token_stream());
        return Err(match word {
            Some(word) => syn::Error::new(
                quoted.span(),
                format_args!("a word is written without quotes: write `#[usage({word})]`"),
            ),
            None => unknown(&quoted.value(), quoted.span(), &allowed()),
        });
    }
    let found = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), allowed()))?;
    if !input.is_empty() {
        let at = input.span();
        let behind: TokenStream = input.parse()?;
        // The word of `word = "text"`, `name = "word"` or `word(…)`.
        let is_list = matches!(behind.clone().into_iter().next(), Some(TokenTree::Punct(mark)) if mark.as_char() == ',');
        let meant = known(found.to_token_stream())
            .or_else(|| known(behind.into_iter().skip(1).collect()).filter(|_| !is_list));
        let written = meant.unwrap_or_else(|| {
            if is_list {
                found.to_string()
            } else {
                "word".to_owned()
            }
        });
        let each = if is_list {
            ", and mark each field on its own"
        } else {
            " without a value"
        };
        return Err(syn::Error::new(
            at,
            format_args!("`#[usage(…)]` takes one word: write `#[usage({written})]`{each}"),
        ));
    }
    if found == "usage" {
        return Err(syn::Error::new(
            found.span(),
            "`#[usage(…)]` has no word `usage`: write `#[usage]` alone on the field that has the usage",
        ));
    }
    let text = found.to_string();
    if text == DETAILS {
        return Ok(Role::Details);
    }
    if let Some((word, kind)) = WORDS.iter().find(|(word, _)| text == *word) {
        return Ok(Role::Word(word, *kind));
    }
    Err(unknown(&text, found.span(), &allowed()))
}

/// Returns the word that a name or a quoted text is, or the word for the name that a provider gives to its quantity.
fn known(tokens: TokenStream) -> Option<String> {
    let text = match syn::parse2::<LitStr>(tokens.clone()) {
        Ok(quoted) => quoted.value(),
        Err(_) => syn::parse2::<Ident>(tokens).ok()?.to_string(),
    };
    let word = WORDS
        .map(|(word, _)| word)
        .into_iter()
        .chain([DETAILS])
        .find(|word| text == *word);
    let synonym = || SYNONYMS.iter().find(|(word, _)| text == *word);
    word.or_else(|| Some(synonym()?.1)).map(str::to_owned)
}

/// Returns the error for a word that there is not. `allowed` are the words.
fn unknown(text: &str, at: Span, allowed: &str) -> syn::Error {
    let words = WORDS.map(|(word, _)| word);
    let synonym = SYNONYMS.iter().find(|(word, _)| text == *word);
    let meant = synonym
        .map(|(_, meant)| *meant)
        .or_else(|| nearest(text, words.into_iter().chain([DETAILS])))
        .map(|meant| format!("did you mean `{meant}`?"));
    // With a near word, the list of all words would only hide it.
    syn::Error::new(
        at,
        format_args!(
            "`#[usage(…)]` has no word `{text}`: {}",
            meant.unwrap_or_else(|| allowed.to_owned())
        ),
    )
}

/// The attributes of a struct or an enum.
pub(crate) struct Container {
    /// The path of `#[usage(crate = path)]`.
    pub(crate) runtime: Option<syn::Path>,
    /// Whether there is an attribute that belongs on a field, which is an error.
    pub(crate) has_mark: bool,
}

/// Reads `#[usage(crate = path)]` of the struct or enum.
pub(crate) fn of_container(attributes: &[Attribute], ctxt: &mut Ctxt) -> Container {
    let mut has_mark = false;
    let mut runtime = arguments::slot::Slot::new("crate");
    for attribute in attributes {
        if !attribute.path().is_ident("usage") {
            continue;
        }
        let read = |input: ParseStream<'_>| {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            input.call(syn::Path::parse_mod_style)
        };
        match attribute.parse_args_with(read) {
            Ok(path) => runtime.set(ctxt, attribute.path().segments[0].ident.span(), path),
            Err(_) if names_runtime(attribute) => ctxt.error_at(
                attribute.path(),
                "the path of the runtime is written without quotes: write `#[usage(crate = path::to::telemetry_runtime)]`",
            ),
            Err(_) => {
                has_mark = true;
                let inside = match &attribute.meta {
                    Meta::List(list) => known(list.tokens.clone()),
                    _ => None,
                };
                let word = inside.map_or_else(String::new, |word| format!("({word})"));
                ctxt.error_at(
                    attribute.path(),
                    format_args!(
                        "expected `#[usage(crate = path)]` on a type: put `#[usage{word}]` on the field that has \
                         the usage"
                    ),
                );
            }
        }
    }
    Container {
        runtime: runtime.take(),
        has_mark,
    }
}

fn names_runtime(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list)
        if matches!(list.tokens.clone().into_iter().next(), Some(TokenTree::Ident(word)) if word == "crate"))
}
