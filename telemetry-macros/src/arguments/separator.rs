//! Signs between a key and its value that stand in the place of `=`.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::Token;
use syn::parse::ParseStream;

use super::shown::shown;

/// A wrong sign between a key and its value, and the tokens behind the sign.
pub(super) struct Separator {
    sign: String,
    span: Span,
    value: TokenStream,
}

/// Returns the wrong separator at the next token, without consuming it.
pub(super) fn wrong(input: ParseStream<'_>) -> Option<Separator> {
    let (first, rest) = input.cursor().punct()?;
    let second = rest.punct();
    let pair = (
        first.as_char(),
        second.as_ref().map(|(next, _)| next.as_char()),
    );
    let joint = first.spacing() == proc_macro2::Spacing::Joint;
    let (sign, rest) = match pair {
        (':', Some(':')) => return None,
        ('%' | '?', Some('=')) => (first.to_string(), second?.1),
        ('=', Some('=' | '>'))
        | ('-', Some('>'))
        | ('<', Some('-'))
        | (':' | '+' | '-' | '*' | '/' | '|' | '&' | '^' | '~', Some('='))
            if joint =>
        {
            let (second, rest) = second?;
            (format!("{first}{second}"), rest)
        }
        (':', _) => (":".to_owned(), rest),
        _ => return None,
    };
    Some(Separator {
        span: first.span(),
        value: value(argument(rest.token_stream()), &sign),
        sign,
    })
}

impl Separator {
    /// Returns the value as an error shows it.
    pub(super) fn shown_value(self) -> String {
        shown(self.value)
    }

    /// Returns the error for a field of the key `key`.
    pub(super) fn of_field(self, key: &str) -> syn::Error {
        let value = shown(self.value);
        let message = match self.sign.as_str() {
            "%" | "?" => {
                let sign = &self.sign;
                format!("`{sign}` must be before the value: write `{key} = {sign}{value}`")
            }
            "==" => format!(
                "expected `=` between a key and its value, found `==`: write `{key} = {value}`, or \
                 `key = {key} == {value}` to record the comparison"
            ),
            sign => format!(
                "expected `=` between a key and its value, found `{sign}`: write `{key} = {value}`"
            ),
        };
        syn::Error::new(self.span, message)
    }

    /// Returns the error for an option. `example` is shown if the option has no value.
    pub(super) fn of_option(self, option: &str, takes_text: bool, example: &str) -> syn::Error {
        let value = match shown(self.value) {
            value if value == "expr" => None,
            value => Some(value),
        };
        let written =
            value.map_or_else(|| example.to_owned(), |value| format!("{option} = {value}"));
        let message = match self.sign.as_str() {
            sign @ ("%" | "?") if takes_text => {
                let written = written.replacen("= ", &format!("= {sign}"), 1);
                format!("`{sign}` must be before the value: write `{written}`")
            }
            sign @ ("%" | "?") => format!("`{option}` takes no `{sign}`: write `{written}`"),
            sign => format!("expected `=` after `{option}`, found `{sign}`: write `{written}`"),
        };
        syn::Error::new(self.span, message)
    }
}

/// Returns the tokens up to the next comma or semicolon.
pub(super) fn argument(tokens: TokenStream) -> TokenStream {
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';'));
    tokens
        .into_iter()
        .take_while(|token| !ends(token))
        .collect()
}

/// Returns the tokens of the argument at the cursor, without consuming them.
pub(super) fn rest(input: ParseStream<'_>) -> TokenStream {
    argument(input.cursor().token_stream())
}

/// Returns whether an argument ends here. The `;` in the place of a comma is reported by the reader of the list.
pub(super) fn ends(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}

/// Removes the type of `key: type = value`.
fn value(tokens: TokenStream, sign: &str) -> TokenStream {
    let assigned = |input: ParseStream<'_>| {
        input.parse::<syn::Type>()?;
        input.parse::<Token![=]>()?;
        input.parse::<TokenStream>()
    };
    match syn::parse::Parser::parse2(assigned, tokens.clone()) {
        Ok(value) if sign == ":" => value,
        _ => tokens,
    }
}
