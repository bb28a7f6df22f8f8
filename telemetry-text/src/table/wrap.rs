//! Text on several lines.

use super::widths::INDENT;
use crate::columns;

/// Returns a text in parts of at most `width` columns.
pub(super) fn chunks(text: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while columns(rest) > width {
        let (part, others) = rest.split_at(end_of_width(rest, width));
        parts.push(part);
        rest = others;
    }
    parts.push(rest);
    parts
}

/// Returns the length in bytes of the beginning of a text, which is not empty, that has at most `width` columns. A character
/// that is wider is a beginning as well.
fn end_of_width(text: &str, width: usize) -> usize {
    let ends = text.char_indices().map(|(at, found)| at + found.len_utf8());
    let fitting = ends
        .take_while(|end| columns(&text[..*end]) <= width)
        .last();
    fitting.unwrap_or_else(|| text.chars().next().map_or(0, char::len_utf8))
}

/// Returns a text in indented lines of at most `limit` columns, split at spaces where there are some. Further lines are
/// indented twice.
pub(super) fn wrapped(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let indent = if lines.is_empty() { INDENT } else { 2 * INDENT };
        let width = limit.saturating_sub(indent).max(1);
        let end = end_of_width(rest, width);
        let space = rest[..end]
            .rfind(' ')
            .filter(|at| end < rest.len() && *at > 0);
        let (line, others) = rest.split_at(space.unwrap_or(end));
        lines.push(" ".repeat(indent) + line);
        rest = others.trim_start();
    }
    lines
}
