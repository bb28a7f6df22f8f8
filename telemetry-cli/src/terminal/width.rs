//! How wide a text is on a terminal.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text in at most `width` columns, with `…` where it was cut.
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let mut end = 0;
    for (at, found) in text.char_indices() {
        taken += found.width().unwrap_or(0);
        if taken + 1 > width {
            break;
        }
        end = at + found.len_utf8();
    }
    let mut short = text[..end].to_owned();
    if width > 0 {
        short.push('…');
    }
    Cow::Owned(short)
}

#[cfg(test)]
mod tests {
    use super::{columns, cut};
    use proptest::prelude::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(columns("漢字"), 4);
        assert_eq!(cut("漢字", 4), "漢字");
        assert_eq!(cut("漢字", 3), "漢…");
        assert_eq!(cut("漢字", 2), "…");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in "\\PC{0,20}", width in 0_usize..20) {
            prop_assert!(columns(&cut(&text, width)) <= width);
        }
    }
}
