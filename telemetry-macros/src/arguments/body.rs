//! The last argument of `telemetry_scope!`, which is the block.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::Ident;
use syn::parse::{ParseStream, Parser as _};

use super::shown::shown;
use super::wrong_field::begins_field;
use super::{field, name};

/// The words before the parentheses or braces of a list, or of a field without a key.
const LISTS: [&str; 4] = ["fields", "content", "redacted", "public"];

/// The tokens with which the reader of the arguments continues, and the error about the block.
pub(super) struct Checked {
    pub(super) tokens: TokenStream,
    pub(super) error: Option<syn::Error>,
}

// Input:  "family.action", key = expr { … }
// Output: "family.action", key = expr, { … }
/// Checks the last argument. If the comma before the block is missing, it is added; any other argument at fault is removed,
/// so that it is reported once.
pub(super) fn check(tokens: TokenStream) -> Checked {
    let mut arguments = name::arguments(tokens.clone());
    while arguments.len() > 1 && arguments.last().is_some_and(Vec::is_empty) {
        arguments.pop();
    }
    let last = arguments.pop().unwrap_or_default();
    // The block is not the last argument, or tokens follow it. The reader reports both.
    let begins_with_block = |argument: &Vec<TokenTree>| argument.first().is_some_and(is_block);
    if arguments.iter().chain([&last]).any(begins_with_block) {
        return Checked {
            tokens,
            error: None,
        };
    }
    let at = block_start(&last);
    if misses_comma(&last[..at], at < last.len(), arguments.is_empty()) {
        let span = last[at].span();
        let all: Vec<TokenTree> = tokens.into_iter().collect();
        let behind = all
            .iter()
            .rposition(is_block)
            .map_or(all.len(), |block| block + 1);
        let (before, block) = all.split_at(behind - (last.len() - at));
        let comma = TokenTree::Punct(Punct::new(',', Spacing::Alone));
        return Checked {
            tokens: before
                .iter()
                .chain([&comma])
                .chain(block)
                .cloned()
                .collect(),
            error: Some(syn::Error::new(span, "expected `,` before the block")),
        };
    }
    let whole: TokenStream = last.iter().cloned().collect();
    let error = (!arguments.is_empty())
        .then(|| not_a_block(&last, &whole))
        .flatten();
    if error.is_none() {
        return Checked { tokens, error };
    }
    let others = arguments.into_iter().map(TokenStream::from_iter);
    Checked {
        tokens: others.map(|argument| quote::quote!(#argument,)).collect(),
        error,
    }
}

/// Returns where the block at the end of an argument begins, with `async` and `move`. Without a block, that is the end.
fn block_start(argument: &[TokenTree]) -> usize {
    if !argument.last().is_some_and(is_block) {
        return argument.len();
    }
    let mut start = argument.len() - 1;
    for word in ["move", "async"] {
        if start > 0 && is_word(&argument[start - 1], word) {
            start -= 1;
        }
    }
    start
}

/// Returns whether the tokens before a block are an argument of their own: the name, or a field.
fn misses_comma(before: &[TokenTree], has_block: bool, is_first: bool) -> bool {
    let tokens: TokenStream = before.iter().cloned().collect();
    let is_other = match before {
        [] => true,
        [TokenTree::Literal(_)] => return has_block && is_first,
        // A keyword such as `unsafe`, or a list.
        [TokenTree::Ident(word)] => {
            syn::parse2::<Ident>(tokens.clone()).is_err() || LISTS.iter().any(|list| word == list)
        }
        // A structure, such as `key = Key { … }`.
        [.., TokenTree::Ident(word)] => word.to_string().starts_with(char::is_uppercase),
        _ => false,
    };
    has_block && !is_other && is_field(tokens)
}

/// Returns the error for the last argument, if it stands in the place of the block.
fn not_a_block(argument: &[TokenTree], whole: &TokenStream) -> Option<syn::Error> {
    let first = argument.first()?;
    let begins = |word| is_word(first, word);
    let is_closure = is_mark(first, '|')
        || (begins("move") || begins("async")) && argument.iter().any(|token| is_mark(token, '|'));
    let is_text =
        matches!(first, TokenTree::Literal(literal) if literal.to_string().starts_with('"'));
    let message = if is_closure {
        "the scope has a block and no closure: write `{ … }`, or `async { … }` for a future"
            .to_owned()
    } else if begins("move") {
        "a block is written without `move`: write `{ … }`, or `async move { … }` for a future"
            .to_owned()
    } else if begins("async")
        || LISTS.into_iter().any(begins)
        || is_text
        || begins_field(whole.clone())
    {
        return None;
    } else {
        let shown = match shown(whole.clone()) {
            long if long == "expr" => "…".to_owned(),
            short => short,
        };
        format!("the scope needs a block as its last argument: write `{{ {shown} }}`")
    };
    Some(syn::Error::new_spanned(whole, message))
}

/// Returns the error for arguments behind the block, or tokens.
pub(super) fn not_last(block: &Group) -> syn::Error {
    syn::Error::new(
        block.span_open(),
        "the block must be the last argument of the scope: put it behind the fields",
    )
}

/// Returns the block that a token is, also in the group that a `macro_rules` macro puts around a fragment.
pub(super) fn block(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            let block = block(&inner.next()?)?;
            inner.next().is_none().then_some(block)
        }
        _ => None,
    }
}

fn is_block(token: &TokenTree) -> bool {
    block(token).is_some()
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == mark)
}

/// Finds an `.await` outside of nested `async` blocks.
pub(super) fn awaits(tokens: TokenStream) -> Option<Span> {
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

/// Returns whether the tokens are the field of a key, or a name alone.
fn is_field(tokens: TokenStream) -> bool {
    let field = |input: ParseStream<'_>| field::read(input, false).map(drop);
    field.parse2(tokens).is_ok()
}
