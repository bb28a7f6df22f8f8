use proptest::prelude::*;
use ratatui_core::layout::Rect;
use telemetry_text::{CellStyle, Screen};

use super::grid::Grid;
use super::masked::{MaskedRows, redacted};
use super::wrapped::{self, SHARING, Sharing};

/// Draws a text from the left column of a row on.
fn put(screen: &mut Screen, x: u16, y: u16, text: &str) {
    for (x, letter) in (x..).zip(text.chars()) {
        screen.put(x, y, letter.encode_utf8(&mut [0; 4]), CellStyle::PLAIN);
    }
}

/// Returns the texts of the rows, masked.
fn masked(screen: &mut Screen, hidden: &[Rect]) -> Vec<String> {
    let mut grid = Grid::default();
    grid.update(screen, hidden);
    let marks = wrapped::secrets(&grid.rows);
    let rows = grid.rows.iter().zip(&marks);
    rows.map(|(row, marks)| match marks.as_slice() {
        [] => row.text.trim_end().to_owned(),
        marks => redacted(row, marks).text.trim_end().to_owned(),
    })
    .collect()
}

#[test]
fn a_masked_text_keeps_its_columns() {
    let mut screen = Screen::new(40, 2);
    put(&mut screen, 0, 0, "token sk-proj-Zk3v9QmT7xWb2LcR8nYd5 end");
    put(&mut screen, 0, 1, "│ password: hunter22! │");
    let rows = masked(&mut screen, &[]);
    assert_eq!(rows[0], "token [redacted]******************* end");
    assert_eq!(rows[1].chars().count(), 23, "{rows:?}");
    assert!(
        !rows[1].contains("hunter") && rows[1].ends_with('│'),
        "{rows:?}"
    );
}

#[test]
fn rows_of_harmless_text_stay() {
    let mut screen = Screen::new(60, 6);
    let text = [
        "│ The quick brown fox jumps over the lazy dog and then it │",
        "│ runs along the river until it reaches the sea, where it │",
        "│ sleeps. Tokens: 1,550 total · $0.0003 · gpt-4o-mini     │",
        "│ src/chatwidget.rs:1881  commit 4bf92f3577b34da6a3ce929d │",
        "╰─────────────────────────────────────────────────────────╯",
        "  > how do I reset my password? press Enter to send it",
    ];
    for (y, row) in (0..).zip(text) {
        put(&mut screen, 0, y, row);
    }
    assert_eq!(masked(&mut screen, &[]), text);
}

#[test]
fn a_key_that_begins_in_one_of_several_columns_is_found_below() {
    for key_is_left in [false, true] {
        let mut screen = Screen::new(60, 6);
        let (left, right) = if key_is_left {
            ("export DB_PASSWORD=", "other")
        } else {
            ("the other column", "sk-proj-Zk3v9Q0")
        };
        put(&mut screen, 0, 0, &format!("{left}    {right}"));
        put(&mut screen, 0, 1, "mT7xWb2LcR8nYd5HsJ0aFgUe4iKp6oXq7Rw");
        put(&mut screen, 0, 2, "tBz4Qw1 and then prose");
        put(&mut screen, 0, 3, "and more words");
        let rows = masked(&mut screen, &[]).join("\n");
        for piece in ["Zk3v9Q", "mT7xWb2", "iKp6oX", "tBz4Qw1"] {
            assert!(!rows.contains(piece), "{piece} in\n{rows}");
        }
        assert!(rows.contains("and more words"), "{rows}");
    }
}

/// Returns the rows of a screen with this text in each cell of it.
fn filled(width: u16, height: u16, text: impl Fn(u16, u16) -> char) -> Grid {
    let mut screen = Screen::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let letter = text(x, y);
            screen.put(x, y, letter.encode_utf8(&mut [0; 4]), CellStyle::PLAIN);
        }
    }
    let mut grid = Grid::default();
    grid.update(&mut screen, &[]);
    grid
}

#[test]
fn the_text_that_is_read_grows_with_the_screen_and_no_faster() {
    let contrived: [fn(u16, u16) -> char; 6] = [
        |_, _| 'c',
        // Columns above a long row without and with blanks.
        |x, y| if y % 2 == 0 && x % 3 > 0 { ' ' } else { 'c' },
        |x, y| {
            if (y % 2 == 0 && x % 3 > 0) || x % 7 == 0 {
                ' '
            } else {
                'c'
            }
        },
        // Gaps that move from row to row.
        |x, y| if (x + 2 * y) % 5 < 2 { ' ' } else { 'c' },
        |x, y| {
            if (x % 11 * (y % 11)) % 11 < 3 {
                ' '
            } else {
                'c'
            }
        },
        |x, y| if (x + y) % 2 == 0 { '│' } else { 'c' },
    ];
    for text in contrived {
        for (width, height) in [(80, 24), (160, 24), (80, 200), (1000, 100)] {
            let grid = filled(width, height, text);
            let (_, read) = wrapped::secrets_and_read(&grid.rows, SHARING);
            let size: usize = grid.rows.iter().map(|row| row.text.len() + 1).sum();
            let parts: usize = grid.rows.iter().map(|row| row.parts.len()).sum();
            // The text is read row by row, and the chains are joined in three ways, each part with one separator and each chain with two.
            let limit = size + 3 * ((1 + SHARING.text) * size + 3 * parts);
            assert!(read <= limit, "{read} of {limit} for {width} x {height}");
        }
    }
}

/// Columns of text, some of them with pieces of keys.
pub(super) fn rows_of_columns() -> impl Strategy<Value = Vec<String>> {
    let word = prop::sample::select(vec![
        "the",
        "lazy",
        "dog",
        "password:",
        "API_KEY=",
        "token",
        "hunter22!",
        "a",
        "",
        "",
        "│",
        "sk-proj-Zk3v9Q",
        "sk-proj-Zk3v9QmT7xWb2LcR8nYd5HsJ0aFgUe4iKp6oXtBz",
        "mT7xWb2LcR8nYd5HsJ0aFgUe4iKp6oXtBz",
        "Bearer",
        "-----BEGIN PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "-----END PRIVATE KEY-----",
        "漢字",
    ]);
    let row = prop::collection::vec((word, 1..5_usize), 0..6).prop_map(|words| {
        let words = words
            .iter()
            .map(|(word, gap)| format!("{word}{}", " ".repeat(*gap)));
        words.collect::<String>()
    });
    prop::collection::vec(row, 1..10)
}

/// A secret in a pane, wrapped at its width, with or without a border, and another pane beside it.
pub(super) fn rows_with_a_wrapped_secret() -> impl Strategy<Value = Vec<String>> {
    let secret = prop_oneof![
        "sk-proj-[A-Za-z]{3}[0-9][A-Za-z0-9]{20,60}",
        "sk-ant-api03-[A-Za-z]{3}[0-9][A-Za-z0-9_-]{30,80}AA",
        "ghp_[A-Za-z0-9]{36}",
        "password: [a-z]{4}[0-9]{3}[!#%][a-z]{3,20}",
        "postgres://app:[a-z0-9]{8,30}@db.example.com/app",
        "Authorization: Bearer [A-Za-z0-9]{20,50}",
        "export API_KEY=[a-f0-9]{32}",
    ];
    let before = prop::sample::select(vec![
        "",
        "key: ",
        "my key is ",
        "OPENAI_API_KEY=",
        "漢字 ",
        "the model sent this text and then ",
    ]);
    let beside = prop::sample::select(vec![
        "",
        "  another pane",
        " │ other",
        "   a  b  c",
        "   password",
    ]);
    let pane = (8..50_usize, 0..12_usize, any::<bool>());
    (before, secret, beside, pane).prop_map(|(before, secret, beside, (width, left, border))| {
        let text: Vec<char> = before.chars().chain(secret.chars()).collect();
        let edge = if border { "│" } else { " " };
        let rows = text.chunks(width).map(|row| {
            let row: String = row.iter().collect();
            format!("{}{edge}{row:width$}{edge}{beside}", " ".repeat(left))
        });
        rows.collect()
    })
}

/// Two panes side by side, each with rows of columns and wrapped secrets below each other.
fn rows_of_panes() -> impl Strategy<Value = Vec<String>> {
    let block = prop_oneof![rows_of_columns(), rows_with_a_wrapped_secret()].boxed();
    let pane = prop::collection::vec(block, 1..3).prop_map(|blocks| blocks.concat());
    let edge = prop::sample::select(vec!["", " ", "  ", "│", " │ ", "      "]);
    (pane.clone(), pane, edge, 10..60_usize).prop_map(|(left, right, edge, width)| {
        let rows = 0..left.len().max(right.len());
        let row = |y: usize| {
            let of = |pane: &[String]| pane.get(y).cloned().unwrap_or_default();
            let left: String = of(&left).chars().take(width).collect();
            format!("{left:width$}{edge}{}", of(&right))
        };
        rows.map(row).collect()
    })
}

proptest! {
    #[test]
    fn limited_chains_find_the_secrets_that_unlimited_chains_find(
        rows in prop_oneof![rows_of_columns(), rows_with_a_wrapped_secret(), rows_of_panes()],
    ) {
        let mut screen = Screen::new(120, 40);
        for (y, row) in (0..).zip(&rows) {
            put(&mut screen, 0, y, row);
        }
        let mut grid = Grid::default();
        grid.update(&mut screen, &[]);
        let unlimited = Sharing { text: usize::MAX, with_blanks: usize::MAX };
        let (all, _) = wrapped::secrets_and_read(&grid.rows, unlimited);
        let found = wrapped::secrets(&grid.rows);
        prop_assert_eq!(all, found, "{:?}", rows);
    }

    #[test]
    fn unchanged_rows_are_masked_as_if_all_were_read_anew(
        first in rows_of_columns(),
        steps in prop::collection::vec((0..10_u16, rows_of_columns(), 0..6_u8), 1..8),
    ) {
        let mut screen = Screen::new(60, 10);
        let mut grid = Grid::default();
        let mut known = MaskedRows::default();
        let mut hidden: &[Rect] = &[];
        for (y, rows, step) in std::iter::once((0, first, 5)).chain(steps) {
            match step {
                0 => screen.scroll(y..10, 2, y % 2 == 0),
                1 => screen.feed(format!("\x1b[{};3H{}", y + 1, rows.concat()).as_bytes()),
                2 => hidden = &[Rect { x: 4, y: 2, width: 20, height: 4 }],
                3 => hidden = &[],
                4 => put(&mut screen, 0, y, &rows[0]),
                _ => for (y, row) in (0..).zip(&rows) {
                    put(&mut screen, 0, y, row);
                },
            }
            grid.update(&mut screen, hidden);
            known = MaskedRows::of(grid.rows.as_slice().into(), &known);
            let mut anew = Grid::default();
            anew.update(&mut screen, hidden);
            prop_assert_eq!(&known.json, &MaskedRows::of(anew.rows.as_slice().into(), &MaskedRows::default()).json);
        }
    }

    #[test]
    fn no_piece_of_a_wrapped_key_is_left(
        key in "sk-proj-[A-Za-z]{3}[0-9][A-Za-z0-9]{20,60}",
        width in 12_usize..50,
        left in 0_u16..12,
        before in prop::sample::select(vec!["", "key: ", "my key is ", "OPENAI_API_KEY=", "漢字 "]),
        border in any::<bool>(),
        neighbour in any::<bool>(),
    ) {
        let mut screen = Screen::new(100, 12);
        let text: Vec<char> = before.chars().chain(key.chars()).collect();
        let edge = if border { "│" } else { " " };
        for (y, row) in (1..).zip(text.chunks(width)) {
            let row: String = row.iter().collect();
            let after = if neighbour { "   another pane" } else { "" };
            let row = format!("{edge}{row:width$}{edge}{after}");
            put(&mut screen, left, y, &row.replace("漢字", "xy"));
        }
        let rows = masked(&mut screen, &[]).join("\n");
        for start in 0..key.len() - 8 {
            let piece = &key[start..start + 8];
            prop_assert!(!rows.contains(piece) || piece == "sk-proj-", "{} in\n{}", piece, rows);
        }
    }
}
