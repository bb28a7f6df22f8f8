//! Text that is not valid TOML: the message of the parser, or plainer words for frequent mistakes, with a remedy.

use std::ops::Range;

use super::duplicate;
use super::invalid::quoted;
use super::keys::{DIR_ALIAS, TABLE};
use super::value::shortened;

/// Quotes of word processors.
const TYPOGRAPHIC: [char; 8] = ['“', '”', '„', '‘', '’', '‚', '«', '»'];

/// Describes an error of the parser: `message` about the part `span` of `text`.
pub(super) fn describe(text: &str, span: &Range<usize>, message: &str) -> String {
    let rest = text.get(span.start..).unwrap_or_default();
    let next = rest.chars().next();
    let hint = match message {
        "duplicate key" => {
            let place = duplicate::describe(text, span);
            return place.map_or_else(|| message.to_owned(), |place| format!("{message} {place}"));
        }
        _ if message.starts_with("string values must be quoted") => {
            let found = text.get(span.clone()).unwrap_or_default();
            return unquoted(found, is_of_telemetry(text, span.start));
        }
        _ if message.starts_with("invalid boolean") => "a boolean is `true` or `false`".to_owned(),
        _ if next.is_some_and(is_forbidden) => {
            format!("{} is not allowed", described(next.unwrap_or_default()))
        }
        _ if message.starts_with("key with no value") => no_value(text, span.start),
        _ if message.starts_with("invalid key-value pair") && next == Some('{') => {
            "this looks like JSON; TOML has lines such as `[telemetry]` and `enabled = true`"
                .to_owned()
        }
        _ if message.starts_with("invalid unquoted key") => match next {
            Some(found) => format!(
                "{} is not allowed without quotes around the name",
                described(found)
            ),
            None => String::new(),
        },
        _ if message.contains("unicode value digits") || message.contains("escape") => {
            "write a backslash as `\\\\`, or put the text between single quotes".to_owned()
        }
        _ if message.starts_with("cannot extend value of type inline table") => {
            "a table in braces is complete; write its keys below a header instead".to_owned()
        }
        _ if message.ends_with("string, expected `\"`")
            || message.ends_with("string, expected `'`") =>
        {
            "the quote at the end of the text is missing".to_owned()
        }
        _ if message.starts_with("missing comma between array elements")
            && rest.lines().next().is_some_and(|line| line.contains('=')) =>
        {
            "or is the `]` of the array missing?".to_owned()
        }
        _ if message.starts_with("unexpected key or value") && next == Some(',') => {
            "a number has no commas, but may have `_` between its digits".to_owned()
        }
        _ => String::new(),
    };
    match &*hint {
        "" => message.to_owned(),
        hint => format!("{message}; {hint}"),
    }
}

/// Returns whether the value at this place belongs to telemetry. The values of the host may be secret.
fn is_of_telemetry(text: &str, at: usize) -> bool {
    let mut lines = text.get(..at).unwrap_or_default().lines().rev();
    let setting = lines.next().unwrap_or_default();
    let word = |text: &str| {
        let bare = |found: char| found.is_ascii_alphanumeric() || matches!(found, '_' | '-');
        let end = text.find(|found| !bare(found)).unwrap_or(text.len());
        text[..end].to_owned()
    };
    match lines.find_map(|line| line.trim_start().strip_prefix('[')) {
        Some(header) => word(header.trim_start_matches('[').trim_start()) == TABLE,
        None => [TABLE, DIR_ALIAS].contains(&&*word(setting.trim_start())),
    }
}

/// Describes a value without quotes that is neither a number nor a boolean. It is shown only if `is_shown`.
fn unquoted(found: &str, is_shown: bool) -> String {
    let foreign = |found: &char| found.is_whitespace() && !found.is_ascii();
    if let Some(blank) = found.chars().next().filter(foreign) {
        return format!("found {}; allowed: a space", described(blank));
    }
    let found = found.trim();
    if found.is_empty() || found.starts_with('#') {
        return "a value is missing behind `=`".to_owned();
    }
    let (remedy, text) = if found.starts_with(TYPOGRAPHIC) {
        let text = found.trim_matches(TYPOGRAPHIC);
        ("the quotes of TOML are `\"` and `'`", Some(text))
    } else if is_boolean(found) {
        ("a boolean is `true` or `false`", None)
    } else {
        ("a text needs quotes", Some(found))
    };
    if !is_shown {
        return format!("found a value without quotes; {remedy}");
    }
    let (short, more) = shortened(found);
    let text = text.map(|text| format!(": {}{more}", quoted(shortened(text).0)));
    format!(
        "found `{}{more}`; {remedy}{}",
        short.escape_debug(),
        text.unwrap_or_default()
    )
}

/// Returns the remedy for a line without `=`.
fn no_value(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let before = text[start..at].trim_end();
    let is_alone = before.len() == line.trim_end().len();
    if let Some(found) = line.chars().find(|found| is_forbidden(*found)) {
        format!("{} is not allowed", described(found))
    } else if line.trim_start().starts_with([';', '/']) {
        "a comment begins with `#`".to_owned()
    } else if before.ends_with(':') && is_alone {
        "this looks like YAML; TOML has lines such as `[telemetry]` and `enabled = true`".to_owned()
    } else if before.ends_with(':') || text[at..].trim_start().starts_with(':') {
        "the separator of a key and its value is `=`, and not `:`".to_owned()
    } else {
        "the separator of a key and its value is `=`".to_owned()
    }
}

/// Returns whether a character is allowed nowhere in TOML.
fn is_forbidden(found: char) -> bool {
    found.is_control() && !matches!(found, '\n' | '\r' | '\t')
}

/// Describes a character. One without a shape has its number.
fn described(found: char) -> String {
    let has_shape = found.is_alphanumeric() || found.is_ascii_punctuation();
    if has_shape {
        format!("`{found}`")
    } else {
        format!("the character U+{:04X}", u32::from(found))
    }
}

/// Returns whether a text begins with a word that other formats read as a boolean.
fn is_boolean(text: &str) -> bool {
    let word = text.split(|found: char| !found.is_alphanumeric()).next();
    word.is_some_and(|word| {
        let words = ["yes", "no", "on", "off", "true", "false"];
        words.iter().any(|it| word.eq_ignore_ascii_case(it))
    })
}
