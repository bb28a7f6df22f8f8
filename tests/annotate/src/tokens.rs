//! Functions in the body of a `macro_rules!`, which is tokens and no syntax tree.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A function with a body in tokens.
#[derive(Debug)]
pub(crate) struct Found {
    /// The byte of its first token after its attributes, unless the tokens before `fn` are not understood.
    pub start: Option<usize>,
    /// The name, or the name of the macro's variable that is the name.
    pub name: String,
    /// Whether the name is a macro's variable.
    pub is_named_by_variable: bool,
    /// Whether it is a `const fn`.
    pub is_const: bool,
    /// Whether it is inside of a group of the tokens.
    pub is_in_group: bool,
}

/// Returns the groups that the rules of a `macro_rules!` expand to: those after `=>`.
pub(crate) fn transcribers(rules: &TokenStream) -> Vec<TokenStream> {
    let mut is_after_arrow = false;
    let mut found = Vec::new();
    for token in rules.clone() {
        match token {
            TokenTree::Group(group) if is_after_arrow => {
                found.push(group.stream());
                is_after_arrow = false;
            }
            TokenTree::Punct(punct) => is_after_arrow |= punct.as_char() == '>',
            _ => is_after_arrow = false,
        }
    }
    found
}

/// Returns the functions in tokens: a `fn` that a name follows, and braces before the next semicolon.
pub(crate) fn functions(tokens: &TokenStream) -> Vec<Found> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            found.extend(functions(&group.stream()).into_iter().map(|inner| Found {
                is_in_group: true,
                ..inner
            }));
        }
        if is_word(token, "fn")
            && let Some(name) = name_at(&tokens[at + 1..])
            && has_body(&tokens[at + 1..])
        {
            let (start, is_const) = start_of(&tokens[..=at]);
            found.push(Found {
                start,
                name,
                is_named_by_variable: is_punct(&tokens[at + 1], '$'),
                is_const,
                is_in_group: false,
            });
        }
    }
    found
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Returns the name at the start of the tokens, `name` or `$name`.
fn name_at(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Ident(name), ..] => Some(name.to_string()),
        [dollar, TokenTree::Ident(name), ..] if is_punct(dollar, '$') => Some(name.to_string()),
        _ => None,
    }
}

fn has_body(tokens: &[TokenTree]) -> bool {
    tokens
        .iter()
        .take_while(|token| !is_punct(token, ';'))
        .any(|token| is_group(token, Delimiter::Brace))
}

/// Returns the start of a function whose `fn` is the last token, and whether it is a `const fn`.
fn start_of(tokens: &[TokenTree]) -> (Option<usize>, bool) {
    const QUALIFIERS: [&str; 6] = ["const", "async", "unsafe", "extern", "default", "pub"];
    let mut is_const = false;
    let mut first = tokens.len() - 1;
    while first > 0 {
        let before = &tokens[..first];
        first -= match before {
            [.., token] if QUALIFIERS.iter().any(|word| is_word(token, word)) => {
                is_const |= is_word(token, "const");
                1
            }
            [.., abi, TokenTree::Literal(_)] if is_word(abi, "extern") => 1,
            [.., public, group]
                if is_word(public, "pub") && is_group(group, Delimiter::Parenthesis) =>
            {
                1
            }
            [.., dollar, TokenTree::Ident(_)] if is_punct(dollar, '$') => 2,
            // A repetition, such as `$(pub)?`, unless it is one of attributes.
            [.., TokenTree::Group(repeated), end]
                if repeated.delimiter() == Delimiter::Parenthesis
                    && ['*', '?', '+'].iter().any(|&sign| is_punct(end, sign)) =>
            {
                let is_attribute = repeated.stream().into_iter().next();
                let is_attribute = is_attribute.is_some_and(|token| is_punct(&token, '#'));
                if !is_attribute {
                    return (None, is_const);
                }
                break;
            }
            _ => break,
        };
    }
    (Some(tokens[first].span().byte_range().start), is_const)
}
