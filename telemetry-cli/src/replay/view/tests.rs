//! Tests of the drawn screen.

use jiff::tz::TimeZone;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};
use telemetry_schema::record::{ScreenFrame, ScreenRow, Timestamp};
use telemetry_text::columns;

use super::style::style;
use super::{Picture, ReplayState, draw};
use crate::recording::ShownScreen;
use crate::replay::moments::{Moment, Moments};
use crate::replay::player::Player;

fn screen(width: u32, height: u32, cursor: Option<(u32, u32)>) -> ShownScreen {
    let row = |y| ScreenRow {
        y,
        text: format!("{y}: 漢字 row of the host"),
        style: vec![(0, 1, "1;31".to_owned())],
    };
    let mut screen = ShownScreen::default();
    screen.apply(&ScreenFrame {
        width,
        height,
        cursor,
        rows: (0..height).map(row).collect(),
        ..ScreenFrame::default()
    });
    screen
}

fn moments() -> Moments {
    let moment = |start, end, text: &str, has_failed| Moment {
        start: Timestamp::from_micros(start),
        end: Some(Timestamp::from_micros(end)),
        text: text.to_owned(),
        has_failed,
    };
    Moments::of(vec![
        moment(0, 9_000_000, "chat.turn 9 s", false),
        moment(
            500_000,
            700_000,
            "model.request 200 ms err: \u{1b}[2J",
            true,
        ),
    ])
}

fn shown(width: u16, height: u16, screen: &ShownScreen, state: &ReplayState) -> Vec<String> {
    let mut player = Player::new(vec![0, 1_000_000, 2_000_000], 400);
    player.step(1);
    let moments = moments();
    let picture = Picture {
        screen,
        beside: moments.at(Timestamp::from_micros(player.time())),
        player: &player,
        frames: 3,
        zone: &TimeZone::UTC,
        has_color: true,
    };
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(&picture, state, &mut buffer);
    let row = |y| {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                row.push_str(symbol);
                skip = columns(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        row.trim_end().to_owned()
    };
    (0..height).map(row).collect()
}

#[test]
fn spans_are_beside_a_screen_that_fits() {
    let rows = shown(80, 6, &screen(40, 4, Some((3, 3))), &ReplayState::default());
    assert_eq!(rows[0], "0: 漢字 row of the host                  Running");
    assert!(rows[1].ends_with("  chat.turn 9 s"), "{rows:?}");
    assert!(
        rows[3].ends_with("  -300ms model.request 200 ms err: ␛[2J"),
        "{rows:?}"
    );
    assert!(
        rows[5].starts_with("‖ 0:01/0:02 ×4 frame 2/3 00:00:01.000"),
        "{rows:?}"
    );
}

#[test]
fn spans_are_below_a_screen_as_wide_as_the_terminal() {
    let rows = shown(40, 9, &screen(40, 3, None), &ReplayState::default());
    assert_eq!(
        (&*rows[2], &*rows[3]),
        ("2: 漢字 row of the host", "Running")
    );
}

#[test]
fn a_smaller_terminal_shows_the_part_with_the_cursor() {
    let state = ReplayState {
        has_panel: false,
        ..ReplayState::default()
    };
    let large = screen(60, 20, Some((4, 19)));
    let rows = shown(30, 4, &large, &state);
    assert_eq!(rows[0], "17: 漢字 row of the host");
    assert!(
        rows[3].starts_with("‖ 0:01/0:02 ×4 0,17 of 60×20"),
        "{rows:?}"
    );
    // Cut within a wide character.
    let state = ReplayState {
        offset: Some((5, 99)),
        ..state
    };
    let rows = shown(30, 4, &large, &state);
    assert_eq!(rows[2], " 字 row of the host");
    for (width, height) in [(0, 0), (1, 1), (2, 9), (9, 2), (300, 90)] {
        shown(
            width,
            height,
            &large,
            &ReplayState {
                has_help: true,
                ..ReplayState::default()
            },
        );
    }
}

#[test]
fn parameters_become_a_style() {
    let expected = Style::new()
        .add_modifier(Modifier::BOLD)
        .fg(Color::Indexed(1));
    assert_eq!(style("1;31", true), expected);
    assert_eq!(style("38;5;200;48;2;1;2;3", true), {
        Style::new().fg(Color::Indexed(200)).bg(Color::Rgb(1, 2, 3))
    });
    assert_eq!(
        style("94;999;38", true),
        Style::new().fg(Color::Indexed(12))
    );
    assert_eq!(
        style("7;31", false),
        Style::new().add_modifier(Modifier::REVERSED)
    );
    assert_eq!(style("", true), Style::new());
}
