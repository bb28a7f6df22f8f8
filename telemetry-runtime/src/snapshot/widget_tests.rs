//! `/status` on screens of several sizes.
//!
//! `INSTA_UPDATE=always cargo test -p telemetry-runtime --features ratatui` writes the snapshots. Review
//! each of them.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier};
use ratatui_core::widgets::Widget;

use super::tests::{model, snapshot, totals};
use super::{SessionSnapshot, SessionStatus, Totals};

/// A long session with children and seven models.
fn busy() -> SessionSnapshot {
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let mut snapshot = snapshot();
    for (at, name) in [(5, "claude-sonnet-4-5"), (6, "模型-7b"), (7, "local/llama")] {
        snapshot.models.push(model(name, totals(at)));
    }
    for at in 0..2 {
        let unpriced = Totals {
            cost_nanos: 0,
            ..totals(3)
        };
        snapshot
            .models
            .push(model(&format!("\u{1b}[2Junpriced-{at}"), unpriced));
    }
    SessionSnapshot {
        children: totals(9),
        first: at(1000),
        last: at(1600),
        last_end: at(1661),
        damaged_lines: 2,
        ..snapshot
    }
}

fn draw(snapshot: &SessionSnapshot, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut screen = Buffer::empty(area);
    SessionStatus::new(snapshot).render(area, &mut screen);
    screen
}

/// Returns the text of the screen with a border, which shows its size and trailing spaces.
fn text(screen: &Buffer) -> String {
    let width = usize::from(screen.area.width);
    let mut text = format!("+{}+\n", "-".repeat(width));
    for row in screen.content.chunks(width) {
        let mut skip = 0;
        text.push('|');
        for cell in row {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = telemetry_text::columns(cell.symbol()).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        text.push_str("|\n");
    }
    text + &format!("+{}+", "-".repeat(width))
}

#[test]
fn screens_of_many_sizes() {
    for (width, height) in [(40, 10), (60, 14), (80, 20), (80, 24), (120, 30), (200, 50)] {
        let screen = draw(&busy(), width, height);
        insta::assert_snapshot!(format!("busy_{width}x{height}"), text(&screen));
    }
}

#[test]
fn small_screens_show_the_most_important_lines() {
    for (width, height) in [(40, 3), (40, 1), (20, 6), (12, 4), (5, 3)] {
        let screen = draw(&busy(), width, height);
        insta::assert_snapshot!(format!("small_{width}x{height}"), text(&screen));
    }
}

#[test]
fn a_session_without_requests() {
    insta::assert_snapshot!(text(&draw(&SessionSnapshot::default(), 40, 3)));
}

/// Returns a line for each run of characters with one style.
fn styles(screen: &Buffer) -> String {
    let mut styles = String::new();
    for row in screen.content.chunks(screen.area.width.into()) {
        let look = |cell: &ratatui_core::buffer::Cell| (cell.fg, cell.modifier);
        for run in row.chunk_by(|one, other| look(one) == look(other)) {
            let text: String = run.iter().map(ratatui_core::buffer::Cell::symbol).collect();
            let (colour, modifier) = look(&run[0]);
            if !text.trim().is_empty() {
                let _ = writeln!(styles, "{:32} {colour:?} {modifier:?}", text.trim());
            }
        }
    }
    styles
}

#[test]
fn warnings_are_coloured() {
    insta::assert_snapshot!(styles(&draw(&busy(), 80, 16)));
}

#[test]
fn without_colour_warnings_are_bold() {
    let area = Rect::new(0, 0, 80, 16);
    let mut screen = Buffer::empty(area);
    let snapshot = busy();
    (&SessionStatus::new(&snapshot).coloured(false)).render(area, &mut screen);
    assert!(screen.content.iter().all(|cell| cell.fg == Color::Reset));
    assert!(styles(&screen).contains("1 failed"));
    let bold = |cell: &&ratatui_core::buffer::Cell| cell.modifier.contains(Modifier::BOLD);
    assert!(screen.content.iter().any(|cell| bold(&cell)));
    assert_eq!(text(&screen), text(&draw(&snapshot, 80, 16)));
}

#[test]
fn nothing_is_drawn_outside_of_an_area_of_any_size() {
    let snapshot = busy();
    let whole = Rect::new(0, 0, 60, 20);
    for width in 0..=60 {
        for height in 0..=20 {
            let area = Rect::new(1, 1, width, height);
            let mut screen = Buffer::empty(whole);
            SessionStatus::new(&snapshot).render(area, &mut screen);
            for y in 0..20 {
                for x in 0..60 {
                    if !area.contains((x, y).into()) {
                        assert_eq!(screen[(x, y)].symbol(), " ", "{area} {x} {y}");
                    }
                }
            }
        }
    }
}

#[test]
fn records_that_are_in_no_file_have_a_line_also_on_a_small_screen() {
    let unsaved = SessionSnapshot {
        unsaved_records: 10,
        unsaved_reason: Some("permission denied".to_owned()),
        ..busy()
    };
    for (width, height) in [(80, 20), (60, 4)] {
        let screen = text(&draw(&unsaved, width, height));
        assert!(
            screen.contains("Not saved  10 records (permission denied)"),
            "{screen}"
        );
    }
}
