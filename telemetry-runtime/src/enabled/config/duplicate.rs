//! The first place of a duplicate key, which the parser does not report.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::document::{LineIndex, full_key, in_file_order};

/// Describes a duplicate key for a message: its full name, and the line of the first one as far as the text in front of it
/// shows both. `span` is the place of the second one.
pub(super) fn describe(text: &str, span: &Range<usize>) -> Option<String> {
    let key = names(text.get(span.clone())?)?.pop()?;
    let brackets = open_brackets(&text[..span.start]);
    // The bracket of a header is the first character of its line.
    let is_in_value = brackets.first().is_some_and(|first| {
        let before = &text[line_start(text, first.at)..first.at];
        !before.trim().is_empty()
    });
    let found = if is_in_value {
        in_braces(text, span.start, &brackets, &key)
    } else {
        in_lines(text, span.start, &key)
    };
    let Some((name, at)) = found else {
        return Some(format!("`{}`", full_key("", &key)));
    };
    let (line, column) = LineIndex::of(text.as_bytes()).position(at);
    Some(format!("`{name}`; the first one is at {line}:{column}"))
}

/// Returns the full name and the place of the first key of this name, if the second one, which begins at `at`, is on a line of its
/// own.
fn in_lines(text: &str, at: usize, key: &str) -> Option<(String, usize)> {
    let line_start = line_start(text, at);
    // Everything in front of this line is valid.
    let before = DeTable::parse(&text[..line_start]).ok()?;
    let parents = parents(text, line_start..at)?;
    let first = table(before.get_ref(), &parents)?.get_key_value(key)?.0;
    let place = Spanned::<DeString<'_>>::span(first).start;
    Some((full_name(&parents, key), place))
}

/// Like [`in_lines`], for a key in an inline table, which is behind these open brackets.
fn in_braces(
    text: &str,
    at: usize,
    brackets: &[OpenBracket],
    key: &str,
) -> Option<(String, usize)> {
    let (first, last) = (brackets.first()?, brackets.last()?);
    let line_start = line_start(text, first.at);
    let value_of = text[line_start..first.at].trim_end().strip_suffix('=')?;
    let mut parents = header_above(&text[..line_start]);
    parents.extend(names(value_of)?);
    // Everything in front of the last separator is valid, if the brackets are closed.
    let separator = last.separator;
    let mut closed = text[..separator].to_owned();
    closed.extend(
        text[separator..]
            .chars()
            .next()
            .filter(|found| *found == '{'),
    );
    for bracket in brackets.iter().rev() {
        closed.push(if bracket.is_brace { '}' } else { ']' });
    }
    let before = DeTable::parse(&closed).ok()?;
    let (own, above) = parents.split_last()?;
    let mut value = table(before.get_ref(), above)?.get(&**own)?.get_ref();
    // The last value of each table and array is the one that was open.
    for _ in &brackets[1..] {
        value = match value {
            DeValue::Table(table) => {
                let (name, value) = in_file_order(table).pop()?;
                parents.push(name.get_ref().to_string());
                value.get_ref()
            }
            DeValue::Array(values) => values.iter().next_back()?.get_ref(),
            _ => return None,
        };
    }
    let dotted = text[separator + 1..at]
        .lines()
        .next_back()
        .unwrap_or_default();
    let dotted = match dotted.trim() {
        "" => Vec::new(),
        dotted => names(dotted.strip_suffix('.')?)?,
    };
    let first = table(value.as_table()?, &dotted)?.get_key_value(key)?.0;
    parents.extend(dotted);
    let place = Spanned::<DeString<'_>>::span(first).start;
    Some((full_name(&parents, key), place))
}

fn full_name(parents: &[String], key: &str) -> String {
    let name = parents.iter();
    let name = name.fold(String::new(), |name, parent| full_key(&name, parent));
    full_key(&name, key)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// A bracket or brace that is not closed.
struct OpenBracket {
    is_brace: bool,
    at: usize,
    /// The place of the last comma behind it, or else of itself.
    separator: usize,
}

/// Returns the brackets that are open at the end of a text whose strings and comments are complete.
fn open_brackets(text: &str) -> Vec<OpenBracket> {
    let mut open: Vec<OpenBracket> = Vec::new();
    let mut rest = text;
    while let Some(found) = rest.chars().next() {
        let at = text.len() - rest.len();
        rest = match found {
            '#' => rest.find('\n').map_or("", |end| &rest[end..]),
            '"' | '\'' => behind_string(rest, found),
            _ => &rest[found.len_utf8()..],
        };
        match found {
            '[' | '{' => open.push(OpenBracket {
                is_brace: found == '{',
                at,
                separator: at,
            }),
            ']' | '}' => {
                open.pop();
            }
            ',' => {
                if let Some(last) = open.last_mut() {
                    last.separator = at;
                }
            }
            _ => {}
        }
    }
    open
}

/// Returns the text behind the string with which a text begins.
fn behind_string(text: &str, quote: char) -> &str {
    let triple = quote.to_string().repeat(3);
    let (len, end) = if text.starts_with(&triple) {
        (3, &*triple)
    } else {
        (1, &triple[..1])
    };
    let mut at = len;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(end) {
            at += len;
            // A string in three quotes may end with one or two more.
            let is_longer = |at: usize| len == 3 && text[at..].starts_with(quote);
            while is_longer(at) {
                at += 1;
            }
            return &text[at..];
        }
        let is_escape = quote == '"' && rest.starts_with('\\');
        let characters = if is_escape { 2 } else { 1 };
        at += rest
            .chars()
            .take(characters)
            .map(char::len_utf8)
            .sum::<usize>();
    }
    ""
}

/// Returns the names of the tables around a key: of a header, or of the header above and of the dotted key. `line` is the
/// part of the key's line in front of it.
fn parents(text: &str, line: Range<usize>) -> Option<Vec<String>> {
    let in_line = text[line.clone()].trim_start();
    let (mut parents, dotted) = match in_line.strip_prefix('[') {
        Some(header) => (Vec::new(), header.trim_start_matches('[')),
        None => (header_above(&text[..line.start]), in_line),
    };
    let dotted = dotted.trim();
    if !dotted.is_empty() {
        parents.extend(names(dotted.strip_suffix('.')?)?);
    }
    Some(parents)
}

/// Returns the names of the last header of a text; none if the text has no header.
fn header_above(text: &str) -> Vec<String> {
    let lines = text.lines().rev();
    let mut headers = lines.filter(|line| line.trim_start().starts_with('['));
    headers
        .find_map(|line| {
            let root = DeTable::parse(line).ok()?;
            Some(chain(root.get_ref()))
        })
        .unwrap_or_default()
}

/// Returns the names of a dotted key.
fn names(dotted: &str) -> Option<Vec<String>> {
    let text = format!("{dotted} = 0");
    let root = DeTable::parse(&text).ok()?;
    Some(chain(root.get_ref()))
}

/// Returns the names of tables each of which is the only value of the one around it.
fn chain(root: &DeTable<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut table = Some(root);
    while let Some((name, value)) = table.and_then(|table| table.iter().next()) {
        names.push(name.get_ref().to_string());
        table = last_table(value.get_ref());
    }
    names
}

fn table<'t, 'i>(root: &'t DeTable<'i>, names: &[String]) -> Option<&'t DeTable<'i>> {
    names.iter().try_fold(root, |table, name| {
        last_table(table.get(&**name)?.get_ref())
    })
}

/// Returns the table that a value is, or the last table of an array.
fn last_table<'t, 'i>(value: &'t DeValue<'i>) -> Option<&'t DeTable<'i>> {
    match value {
        DeValue::Table(table) => Some(table),
        DeValue::Array(tables) => tables.iter().next_back()?.get_ref().as_table(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_key_has_its_name_and_its_first_place() {
        for (text, expected) in [
            (
                "[telemetry]\nenabled = true\nenabled = false",
                "`telemetry.enabled`; the first one is at 2:1",
            ),
            (
                "[telemetry]\nx = 1\n[other]\n[telemetry]\ny = 2",
                "`telemetry`; the first one is at 1:2",
            ),
            ("a.b = 1\na.b = 2", "`a.b`; the first one is at 1:3"),
            ("[[l]]\nx = 1\nx = 2", "`l.x`; the first one is at 2:1"),
            ("[a.b]\n[a]\nb = 1", "`a.b`; the first one is at 1:4"),
            ("b = 1\n[b]\nc = 1", "`b`; the first one is at 1:1"),
            ("[a]\nb = 1\n[a.b]\nc = 1", "`a.b`; the first one is at 2:1"),
            (
                "[a]\nx = [\n[1, 2],\n]\n  \"en abled\" = 1\n\"en abled\" = 2",
                "`a.\"en abled\"`; the first one is at 5:3",
            ),
            ("[a]\nb.c = 1\nb.c = 1", "`a.b.c`; the first one is at 2:3"),
            // Both are in one inline table.
            (
                "[a]\nb = { c = 1, c = 2 }",
                "`a.b.c`; the first one is at 2:7",
            ),
            (
                "[a]\nb = { \"c.*\" = 1, d = '}', \"c.*\" = 2 }",
                "`a.b.\"c.*\"`; the first one is at 2:7",
            ),
            (
                "[a]\nx.b = [ { c = 1 }, # ]\n { c = 1, d = { e.f = \"\\\"{\", e.f = 2 } } ]",
                "`a.x.b.d.e.f`; the first one is at 3:19",
            ),
            (
                "b = [ [ \"\"\"[\"\"\"\"\" ], { c = 1, c = 2 } ]",
                "`b.c`; the first one is at 1:24",
            ),
            ("b = { c = 1,\n c = 2 }", "`b.c`; the first one is at 1:7"),
        ] {
            let error = DeTable::parse(text).unwrap_err();
            assert_eq!(error.message(), "duplicate key", "{text}");
            let found = describe(text, &error.span().unwrap());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
    }
}
