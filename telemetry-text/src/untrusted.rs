//! Untrusted text on a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Replaces every character that a terminal obeys, that reverses the direction of writing, or that cannot be
/// seen: `␛` stands for the escape character, `<U+202E>` for a direction override. The result is one line, holds
/// no control character, and looks alike on every terminal.
///
/// ```
/// use telemetry_text::visible;
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

/// Returns the picture of a control character: U+2400 and on.
fn picture(control: u32) -> char {
    char::from_u32(0x2400 + control).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Returns whether [`visible`] replaces the character: control characters, line separators, the characters of Unicode that
/// format text or are ignored where they cannot be shown, characters for private use, and code points without a
/// character. The two selectors that choose the look of the character before them are kept.
pub fn is_hidden(found: char) -> bool {
    if matches!(found, ' '..='~' | '\u{fe0e}' | '\u{fe0f}') {
        return false;
    }
    is_invisible_letter_or_mark(found)
        || matches!(
            found.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        )
}

/// Returns whether the character has the property `Default_Ignorable_Code_Point` but the general category of a letter or
/// of a mark: joiners, fillers and variation selectors.
fn is_invisible_letter_or_mark(found: char) -> bool {
    matches!(
        found,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::{is_hidden, visible};
    use proptest::prelude::*;

    #[test]
    fn control_and_invisible_characters_are_replaced() {
        for (text, shown) in [
            ("", ""),
            ("\x1b]0;title\x07", "␛]0;title␇"),
            ("\u{9b}31m", "<U+009B>31m"),
            ("a\tb", "a␉b"),
            ("\x7f", "␡"),
            ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
            ("\u{200b}", "<U+200B>"),
            ("\u{ad}\u{feff}", "<U+00AD><U+FEFF>"),
            ("\u{2028}", "<U+2028>"),
            ("\u{3164}\u{fe00}", "<U+3164><U+FE00>"),
            ("\u{e000}\u{10ffff}", "<U+E000><U+10FFFF>"),
            ("\u{e0041}", "<U+E0041>"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn text_of_all_languages_is_unchanged() {
        for text in [
            "naïve",
            "漢字",
            "עברית",
            "العربية",
            "🦀",
            "❤\u{fe0f}",
            "e\u{301}",
            "\u{1112}\u{1161}\u{11ab}",
        ] {
            assert_eq!(visible(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_hidden_character_is_left(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(|found| is_hidden(found) || found.is_control()));
            prop_assert_eq!(visible(&shown), shown.as_ref());
        }
    }
}
