//! Tests of the screen.

use proptest::prelude::*;

use super::*;
use crate::cell_style::CellColor;

const PLAIN: CellStyle = CellStyle::PLAIN;

fn rows(screen: &mut Screen) -> Vec<String> {
    let height = screen.size().1;
    (0..height).map(|y| screen.row_text(y)).collect()
}

#[test]
fn cells_and_bytes_draw_on_one_screen() {
    let mut screen = Screen::new(12, 3);
    screen.feed(b"\x1b[2;3Hfrom \x1b[1;31mbytes");
    for (x, letter) in ["f", "r", "o", "m"].into_iter().enumerate() {
        screen.put(u16::try_from(x).unwrap(), 0, letter, PLAIN);
    }
    screen.put(2, 1, "F", PLAIN);
    assert_eq!(rows(&mut screen), ["from", "  From bytes", ""]);
    let mut red = String::new();
    screen.each_cell(1, |cell| {
        if cell.style.bold && cell.style.foreground == CellColor::Indexed(1) {
            red.push_str(cell.text);
        }
    });
    assert_eq!(red, "bytes");
}

#[test]
fn a_cluster_takes_the_columns_of_its_cell() {
    let mut screen = Screen::new(12, 1);
    let clusters = [
        "漢",
        "👨\u{200d}👩\u{200d}👧",
        "🇩🇪",
        "❤\u{fe0f}",
        "e\u{301}",
        "x",
    ];
    let mut x = 0;
    for cluster in clusters {
        screen.put(x, 0, cluster, PLAIN);
        x += u16::try_from(cluster.width()).unwrap();
    }
    let mut found = Vec::new();
    screen.each_cell(0, |cell| found.push((cell.text.to_owned(), cell.width)));
    let expected = [2, 2, 2, 2, 1, 1];
    let expected = clusters.map(str::to_owned).into_iter().zip(expected);
    assert_eq!(found[..6], expected.collect::<Vec<_>>());
    // A neighbour that is drawn later does not destroy the cluster.
    screen.put(4, 0, "字", PLAIN);
    assert_eq!(
        screen.row_text(0),
        "漢👨\u{200d}👩\u{200d}👧字❤\u{fe0f}e\u{301}x"
    );
}

#[test]
fn the_style_of_a_cell_ends_with_the_cell() {
    let mut screen = Screen::new(6, 1);
    let bold = CellStyle {
        bold: true,
        ..PLAIN
    };
    screen.put(0, 0, "a", bold);
    screen.feed(b"b");
    screen.put(5, 0, "z", bold);
    screen.feed(b"\x1b[3Gc");
    let mut found = Vec::new();
    screen.each_cell(0, |cell| {
        found.push((cell.text.to_owned(), cell.style.bold));
    });
    let expected = [
        ("a", true),
        ("b", false),
        ("c", false),
        (" ", false),
        (" ", false),
        ("z", true),
    ];
    assert_eq!(found, expected.map(|(text, bold)| (text.to_owned(), bold)));
}

#[test]
fn regions_scroll_and_other_rows_stay() {
    let mut screen = Screen::new(4, 4);
    screen.feed(b"a\r\nb\r\nc\r\nd");
    screen.scroll(0..3, 1, false);
    assert_eq!(rows(&mut screen), ["b", "c", "", "d"]);
    screen.scroll(1..4, 1, true);
    assert_eq!(rows(&mut screen), ["b", "", "c", ""]);
    screen.scroll(2..3, 5, false);
    screen.scroll(0..0, 1, false);
    screen.scroll(0..4, 0, false);
    assert_eq!(rows(&mut screen), ["b", "", "", ""]);
    screen.scroll(0..9, 9, false);
    assert_eq!(rows(&mut screen), [""; 4]);
}

#[test]
fn the_cursor_is_on_the_screen_or_hidden() {
    let mut screen = Screen::new(4, 2);
    screen.put(3, 0, "x", PLAIN);
    assert_eq!(screen.cursor(), Some((3, 0)));
    screen.control(&[2, 2], b'H');
    assert_eq!(screen.cursor(), Some((1, 1)));
    screen.feed(b"\x1b[?25l");
    assert_eq!(screen.cursor(), None);
    screen.resize(0, 9);
    screen.feed(b"\x1b[?25h");
    assert_eq!((screen.size(), screen.cursor()), ((1, 9), Some((0, 1))));
}

/// Returns the cells of a row.
fn cells(screen: &mut Screen, y: u16) -> Vec<(String, u16, CellStyle)> {
    let mut cells = Vec::new();
    screen.each_cell(y, |cell| {
        cells.push((cell.text.to_owned(), cell.width, cell.style));
    });
    cells
}

/// A change of the screen.
#[derive(Clone, Debug)]
struct Step {
    kind: u8,
    x: u16,
    y: u16,
    text: String,
    bytes: Vec<u8>,
    style: CellStyle,
    /// Whether the screen is read after the change.
    is_read: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let text = prop_oneof![
        3 => any::<String>(),
        2 => prop::sample::select(vec![
            "a", "漢", "🇩🇪", "e\u{301}", "❤\u{fe0f}", "👨\u{200d}👩\u{200d}👧", "\u{ad}", " ", "",
        ]).prop_map(str::to_owned),
    ];
    let style = (0..4_u8, any::<u8>(), any::<[bool; 5]>()).prop_map(
        |(kind, color, [bold, dim, italic, underlined, reversed])| CellStyle {
            foreground: match kind {
                0 => CellColor::Indexed(color),
                1 => CellColor::Rgb(color, 0, 255),
                _ => CellColor::Default,
            },
            background: match kind {
                1 => CellColor::Indexed(color),
                2 => CellColor::Rgb(1, color, 7),
                _ => CellColor::Default,
            },
            bold,
            dim,
            italic,
            underlined,
            reversed,
        },
    );
    let style = prop_oneof![Just(PLAIN), style];
    let place = (any::<u16>(), any::<u16>());
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    let is_read = prop::bool::weighted(0.3);
    // Cells are put most often.
    let kind = prop_oneof![0..16_u8, 12..16_u8];
    (kind, place, text, bytes, style, is_read).prop_map(
        |(kind, (x, y), text, bytes, style, is_read)| Step {
            kind,
            x,
            y,
            text,
            bytes,
            style,
            is_read,
        },
    )
}

impl Step {
    fn draw(&self, screen: &mut Screen) {
        let Self {
            x,
            y,
            text,
            bytes,
            style,
            ..
        } = self;
        let (x, y, style) = (*x, *y, *style);
        let (width, height) = screen.size();
        match self.kind {
            0 => screen.resize(x % 40, y % 12),
            1 => screen.scroll(x % 8..y % 8, y % 10, x % 2 == 0),
            2 => screen.feed(bytes),
            3 => screen.control(&[x, y], bytes.first().copied().unwrap_or(b'H')),
            4 => screen.feed(format!("\x1b[{x};{}{}", y % 9, text).as_bytes()),
            5 => screen.put(x % 40, y % 12, text, style),
            // A region, and positions within it.
            6 => screen.feed(format!("\x1b[{};{}r\x1b[?6h", y % 4, 3 + y % 3).as_bytes()),
            // An incomplete character.
            7 => screen.feed(b"\xe6\xbc"),
            8 => screen.put(x, y, "漢", style),
            9 => _ = screen.cursor(),
            // The cursor stays where it is, and text follows.
            10 => screen.feed(text.as_bytes()),
            11 => screen.feed(b"\x1b[r\x1b[?6l"),
            12 => screen.feed(CHANGING_NO_CELL[usize::from(x % 4)]),
            13 => screen.control(&[y % height + 1, x % width + 1], b'H'),
            14 => screen.put(x % width, y % height, text, style),
            _ => {
                for (x, letter) in (x % width..width).zip("plain text│of a row".chars()) {
                    screen.put(x, y % height, letter.encode_utf8(&mut [0; 4]), style);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_input_panics_and_cells_that_the_parser_receives_later_are_shown_as_if_sent_at_once(
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut screen = Screen::new(20, 6);
        let mut at_once = Screen::new(20, 6);
        at_once.sends_all = true;
        let mut known: Vec<Vec<(String, u16, CellStyle)>> = Vec::new();
        for step in steps {
            step.draw(&mut screen);
            step.draw(&mut at_once);
            prop_assert_eq!(screen.size(), at_once.size());
            let (width, height) = screen.size();
            // A row that is not reported as changed is as it was.
            let changed = screen.take_changed_rows();
            known.resize(height.into(), Vec::new());
            for (y, known) in (0..).zip(&mut known) {
                // Most rows of an interface are not read after each cell.
                if !step.is_read {
                    known.clear();
                    continue;
                }
                let found = cells(&mut screen, y);
                prop_assert_eq!(&found, &cells(&mut at_once, y), "row {} after {:?}", y, step);
                prop_assert_eq!(found.iter().map(|(_, columns, _)| columns).sum::<u16>(), width);
                prop_assert!(changed.contains(&y) || known.is_empty() || *known == found, "row {}", y);
                *known = found;
            }
            if step.is_read {
                prop_assert_eq!(screen.cursor(), at_once.cursor());
            }
        }
        screen.settle();
        for y in 0..screen.size().1 {
            screen.known.forget(y);
            prop_assert_eq!(cells(&mut screen, y), cells(&mut at_once, y), "row {} of the parser", y);
        }
        prop_assert_eq!(screen.cursor(), at_once.cursor());
    }
}
