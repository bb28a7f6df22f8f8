//! How wide a text is on a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the terminal columns of a text that holds no control characters.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Returns the text in at most `width` columns, with `…` where it was cut. Cuts between grapheme clusters: a
/// letter keeps its accents, an emoji its modifiers.
///
/// ```
/// use telemetry_text::cut;
/// assert_eq!(cut("abcdef", 4), "abc…");
/// assert_eq!(cut("漢字", 3), "漢…");
/// ```
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let mut end = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        taken += columns(cluster);
        if taken + 1 > width {
            break;
        }
        end = at + cluster.len();
    }
    let mut short = text[..end].to_owned();
    if width > 0 {
        short.push('…');
    }
    Cow::Owned(short)
}

/// Returns the text with spaces before it, `width` columns wide; a wider text is returned as it is.
pub fn pad_left(text: &str, width: usize) -> String {
    let mut padded = padding(text, width);
    padded.push_str(text);
    padded
}

/// Returns the text with spaces after it, `width` columns wide; a wider text is returned as it is.
pub fn pad_right(text: &str, width: usize) -> String {
    text.to_owned() + &padding(text, width)
}

fn padding(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(columns(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(columns("漢字"), 4);
        assert_eq!(cut("漢字", 4), "漢字");
        assert_eq!(cut("漢字", 3), "漢…");
        assert_eq!(cut("漢字", 2), "…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(pad_left("漢", 4), "  漢");
        assert_eq!(pad_right("漢", 4), "漢  ");
    }

    #[test]
    fn a_grapheme_cluster_is_not_split() {
        assert_eq!(cut("ae\u{301}bc", 3), "ae\u{301}…");
        assert_eq!(cut("❤\u{fe0f}❤\u{fe0f}x", 4), "❤\u{fe0f}…");
        assert_eq!(cut("👩\u{200d}👧xyz", 3), "👩\u{200d}👧…");
    }

    /// Text with the sequences whose width is not the sum of the widths of their characters.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "\\PC{0,3}",
            Just("❤\u{fe0f}".to_owned()),
            Just("👩\u{200d}👧".to_owned()),
            Just("\u{644}\u{627}".to_owned()),
            Just("e\u{301}".to_owned()),
            Just("\u{1100}\u{1161}\u{11a8}".to_owned()),
            Just("🇩🇪".to_owned()),
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in text(), width in 0_usize..20) {
            let short = cut(&text, width);
            prop_assert!(columns(&short) <= width, "{:?} {:?}", text, short);
            let kept = short.strip_suffix('…').unwrap_or(&short);
            prop_assert!(text.starts_with(kept));
        }

        #[test]
        fn padded_text_has_the_width(text in text(), width in 0_usize..40) {
            prop_assert_eq!(columns(&pad_left(&text, width)), columns(&text).max(width));
            prop_assert_eq!(columns(&pad_right(&text, width)), columns(&text).max(width));
        }
    }
}
