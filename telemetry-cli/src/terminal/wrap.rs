//! Sentences that are wrapped at spaces to the width of a terminal.

use std::borrow::Cow;
use std::io::{self, IsTerminal};

use anstream::adapter::strip_str;
use telemetry_text::columns;

/// The width of a narrow terminal below which wrapping would make a text longer and not clearer.
const LEAST: usize = 20;

/// Returns a text for stderr whose first line begins behind `before` columns. Where stderr is a terminal, the text is wrapped at spaces, and
/// further lines are indented by `indent`. A word is never cut, because it may be a path.
pub fn wrapped_for_stderr(text: &str, before: usize, indent: usize) -> Cow<'_, str> {
    match width_of_stderr() {
        Some(width) => wrapped(text, width, before, indent).into(),
        None => text.into(),
    }
}

/// Returns the number of columns of stderr, if that is a terminal.
pub(super) fn width_of_stderr() -> Option<usize> {
    let stderr = io::stderr();
    let size = stderr
        .is_terminal()
        .then(|| terminal_size::terminal_size_of(&stderr));
    size.flatten().map(|(width, _)| usize::from(width.0))
}

/// Returns a text in lines of at most `width` columns, as far as its words are shorter. The first line begins behind `before` columns, and
/// further lines are indented by `indent`, and those of an indented text by two more than it. Escape sequences for colours take no
/// columns.
pub fn wrapped(text: &str, width: usize, before: usize, indent: usize) -> String {
    let words = text.trim_start_matches(' ');
    let (own, words) = text.split_at(text.len() - words.len());
    let indent = match own.len() {
        0 => indent,
        own => own + 2,
    };
    if width < LEAST.max(indent + 1) {
        return text.to_owned();
    }
    let (mut lines, mut used) = (own.to_owned(), before + own.len());
    for (at, word) in words.split(' ').enumerate() {
        let needed = columns(&strip_str(word).to_string());
        if at > 0 && used + 1 + needed > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if at > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += needed;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_wrapped_at_spaces_and_a_path_is_never_cut() {
        let text = "cannot read /home/ada/.codex/logs/of/a/long/path: it is not a directory";
        assert_eq!(
            wrapped(text, 30, 11, 2),
            "cannot read\n  /home/ada/.codex/logs/of/a/long/path:\n  it is not a directory"
        );
        assert_eq!(wrapped(text, 200, 11, 2), text);
        assert_eq!(wrapped(text, 10, 11, 2), text);
        assert_eq!(
            wrapped("a \x1b[31mred\x1b[0m word of a text that is long", 20, 0, 2),
            "a \x1b[31mred\x1b[0m word of a text\n  that is long"
        );
        assert_eq!(
            wrapped("  018f2b1e last seen 2020-11-24T15:33:14Z", 30, 0, 2),
            "  018f2b1e last seen\n    2020-11-24T15:33:14Z"
        );
    }
}
