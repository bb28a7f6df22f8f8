//! Tokens of the user, as an error repeats them.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A longer text is replaced, so that an error stays one line.
const LONGEST: usize = 40;

/// Returns the tokens as text, or `expr` if there are none or many.
pub(crate) fn shown(tokens: TokenStream) -> String {
    let text = text(tokens);
    if text.is_empty() || text.chars().count() > LONGEST {
        "expr".to_owned()
    } else {
        text
    }
}

/// Returns the tokens as text, with spaces as rustfmt sets them in simple expressions.
fn text(tokens: TokenStream) -> String {
    let mut text = String::new();
    // Whether an operand ends before the next token, and whether the next token follows without a space.
    let (mut operand, mut joined) = (false, true);
    // Whether the next mark belongs to the one before, as in `=>`.
    let mut continues = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let inner = self::text(group.stream());
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace if inner.is_empty() => ("{", "}"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() == Delimiter::Brace && operand && !joined {
                    text.push(' ');
                }
                text.extend([open, &inner, close]);
                (operand, joined) = (true, false);
            }
            TokenTree::Punct(punct) => {
                let mark = punct.as_char();
                let binary = operand
                    && matches!(
                        mark,
                        '=' | '+' | '-' | '*' | '/' | '%' | '&' | '<' | '>' | '|'
                    );
                if binary && !continues {
                    text.push(' ');
                }
                text.push(mark);
                continues = punct.spacing() == Spacing::Joint;
                let separates = matches!(mark, ',' | ';');
                if (binary || separates) && !continues {
                    text.push(' ');
                }
                // `?` and `!` end an operand; after other marks, a sign belongs to the next operand.
                operand = matches!(mark, '?' | '!') || (operand && continues);
                joined = true;
            }
            word => {
                if operand && !joined {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                (operand, joined) = (true, false);
            }
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn simple_expressions_are_shown_as_they_are_written() {
        for source in [
            "3",
            "-3",
            "\"text\"",
            "self.config.model",
            "presets.len()",
            "a + b * 2",
            "&name[1]",
            "name.parse()?",
            "format!(\"{a}\", b)",
            "Path::new(a, b)",
            "x == 3",
            "a && b",
            "x => 3",
            "x as u64",
            "{ parse(x) }",
            "x = ?self.x",
        ] {
            assert_eq!(text(source.parse().unwrap()), source);
        }
    }
}
