//! Text from elsewhere, on a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything that a terminal obeys, that turns its writing round, or that cannot be
/// seen, made visible: `␛` for the escape character, `<U+202E>` for a direction override. The result
/// is one line, holds no control character, and shows the same on every terminal.
///
/// ```
/// use telemetry_cli::terminal::visible;
/// assert_eq!(visible("plain text, ü and 漢"), "plain text, ü and 漢");
/// assert_eq!(visible("\x1b[2J\r\n"), "␛[2J␍␊");
/// assert_eq!(visible("user\u{202e}gpj.exe"), "user<U+202E>gpj.exe");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 8);
    let (plain, rest) = text.split_at(first);
    shown.push_str(plain);
    for found in rest.chars() {
        match found {
            '\0'..='\x1f' => shown.push(picture(u32::from(found))),
            '\x7f' => shown.push('\u{2421}'),
            found if is_hidden(found) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "<U+{:04X}>", u32::from(found));
            }
            found => shown.push(found),
        }
    }
    Cow::Owned(shown)
}

/// The picture of a control character: U+2400 and on.
fn picture(control: u32) -> char {
    char::from_u32(0x2400 + control).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Controls, the characters of Unicode that format text or are ignored where they cannot be shown,
/// and those that nobody has given a meaning to. Two selectors that choose the look of the character
/// before them are none of these.
pub(super) fn is_hidden(found: char) -> bool {
    if matches!(found, ' '..='~' | '\u{fe0e}' | '\u{fe0f}') {
        return false;
    }
    matches!(
        found,
        '\0'..='\u{9f}'
            | '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..
    )
}

#[cfg(test)]
mod tests {
    use super::{is_hidden, visible};
    use proptest::prelude::*;

    #[test]
    fn what_moves_or_hides_is_shown() {
        for (text, shown) in [
            ("", ""),
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("a\tb", "a␉b"),
            ("\x7f", "␡"),
            ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
            ("\u{200b}", "<U+200B>"),
            ("\u{e0041}", "<U+E0041>"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn writing_of_all_languages_is_left_alone() {
        for text in [
            "naïve",
            "漢字",
            "עברית",
            "العربية",
            "🦀",
            "❤\u{fe0f}",
            "e\u{301}",
        ] {
            assert_eq!(visible(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(|found| is_hidden(found) || found.is_control()));
            prop_assert_eq!(visible(&shown), shown.as_ref());
        }
    }
}
