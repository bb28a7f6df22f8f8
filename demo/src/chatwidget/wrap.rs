//! Wraps text at words.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the text in rows of at most `width` columns. A word that is wider than a row is divided. Line breaks of the
/// text are kept, and a tab becomes a space.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        wrap_line(&line.replace('\t', " "), width, &mut rows);
    }
    rows
}

fn wrap_line(line: &str, width: usize, rows: &mut Vec<String>) {
    let (mut row, mut used) = (String::new(), 0);
    for word in line.split_word_bounds() {
        let wide = word.width();
        if used + wide <= width {
            row.push_str(word);
            used += wide;
            continue;
        }
        if !row.is_empty() {
            rows.push(std::mem::take(&mut row).trim_end().to_owned());
            used = 0;
        }
        // The space between two rows is not shown.
        if word.trim().is_empty() {
            continue;
        }
        for grapheme in word.graphemes(true) {
            let wide = grapheme.width();
            if used + wide > width && !row.is_empty() {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            row.push_str(grapheme);
            used += wide;
        }
    }
    rows.push(row.trim_end().to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_between_words() {
        assert_eq!(wrap("six by seven is 42", 8), ["six by", "seven is", "42"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
    }

    #[test]
    fn a_wide_word_is_divided() {
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("東京都です", 4), ["東京", "都で", "す"]);
    }

    #[test]
    fn every_row_fits() {
        let text = "Ünïcödé text, 🦀🦀🦀 crabs; andaverylongwordindeed 東京都です.";
        for width in 2..40 {
            for row in wrap(text, width) {
                assert!(row.width() <= width, "{row:?} in {width} columns");
            }
        }
    }
}
