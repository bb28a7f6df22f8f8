//! The live view without a terminal: its content for the demo's logs, and the effects of keys and the mouse.

mod home;

use std::ffi::OsString;
use std::fs;
use std::io::Write;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use home::following::replace;
use home::requests::{LOG, line, uuid};
use home::{DEBUG, Home, SESSION};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::layout::Rect;
use ratatui_core::style::Color;
use serde_json::Value;
use telemetry_cli::home::Homes;
use telemetry_cli::selection::Calendar;
use telemetry_cli::statusline::{self, StatuslineInput};
use telemetry_cli::terminal::screen::Action;
use telemetry_cli::top::input::handle;
use telemetry_cli::top::layout::Areas;
use telemetry_cli::top::model::Model;
use telemetry_cli::top::page::Page;
use telemetry_cli::top::state::{Panel, SessionSort, SpanSort, ViewState};
use telemetry_cli::top::view::{self, Surroundings};
use telemetry_schema::record::{NanoUsd, Timestamp};

const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (140, 40)];

/// The view of a home on a screen of a fixed size.
struct Screen {
    homes: Homes,
    model: Model,
    state: ViewState,
    area: Rect,
    now: Timestamp,
    has_color: bool,
}

impl Screen {
    fn of(home: &Home, size: (u16, u16)) -> Self {
        Self::at("2020-11-24T15:40:00Z", home, size)
    }

    fn at(now: &str, home: &Home, (width, height): (u16, u16)) -> Self {
        let now = now.parse().unwrap();
        let homes = Homes::find_quietly(&[OsString::from(home.path())]).unwrap();
        let model = Model::open(&homes, now).unwrap();
        let mut screen = Self {
            homes,
            model,
            state: ViewState::default(),
            area: Rect::new(0, 0, width, height),
            now,
            has_color: false,
        };
        screen.read();
        screen
    }

    /// Reads all lines that the logs have.
    fn read(&mut self) {
        self.model.read(&self.homes).unwrap();
        while self.model.is_reading {
            self.model.read(&self.homes).unwrap();
        }
        self.model.measure(&self.homes, self.now);
    }

    fn buffer(&mut self) -> Buffer {
        let page = Page::of(&self.model, &self.state);
        let areas = Areas::of(self.area, &self.state, page.sessions.len());
        areas.scroll(&mut self.state, &page);
        let around = Surroundings {
            homes: "/home/ada/.codex".to_owned(),
            now: self.now,
            zone: TimeZone::UTC,
            has_color: self.has_color,
        };
        let mut buffer = Buffer::empty(self.area);
        view::draw(&page, &self.state, &areas, &around, &mut buffer);
        buffer
    }

    fn text(&mut self) -> String {
        let buffer = self.buffer();
        let rows = buffer.content.chunks(self.area.width.into());
        let rows = rows.map(|row| {
            let row: String = row.iter().map(Cell::symbol).collect();
            row.trim_end().to_owned() + "\n"
        });
        rows.collect()
    }

    fn event(&mut self, event: &Event) -> Option<Action> {
        // The offsets are those of the frame on the screen.
        self.buffer();
        let page = Page::of(&self.model, &self.state);
        let areas = Areas::of(self.area, &self.state, page.sessions.len());
        handle(event, &mut self.state, &page, &areas)
    }

    fn press(&mut self, code: KeyCode) -> Option<Action> {
        self.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    fn type_text(&mut self, text: &str) {
        for typed in text.chars() {
            assert_eq!(self.press(KeyCode::Char(typed)), None, "{typed}");
        }
    }

    fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        assert_eq!(self.event(&Event::Mouse(event)), None);
    }

    fn click(&mut self, text: &str) {
        let place = self.place_of(text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), place);
    }

    fn place_of(&mut self, wanted: &str) -> (u16, u16) {
        let screen = self.text();
        let found = screen.lines().enumerate().find_map(|(row, line)| {
            let at = line.find(wanted)?;
            Some((line[..at].chars().count(), row))
        });
        let (column, row) = found.unwrap_or_else(|| panic!("no {wanted:?}:\n{screen}"));
        (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
    }

    fn selected(&self) -> usize {
        Page::of(&self.model, &self.state).selected(self.state.focus)
    }
}

/// Sessions of one request each: number `n` has `n` tokens, and every third request failed.
fn with_sessions(count: u32) -> Home {
    let home = Home::empty();
    let lines = (1..=count).map(|at| {
        let time = format!("2020-11-24T{:02}:{:02}:00Z", 10 + at / 60, at % 60);
        let record = line(&time, at, "a", &format!("model-{at}"), at.into(), 0.5);
        if at % 3 == 0 {
            record.replace(
                r#""outcome":"ok""#,
                r#""outcome":"err","error_class":"rate_limit""#,
            )
        } else {
            record
        }
    });
    home.write(LOG, lines.collect::<String>());
    home
}

#[test]
fn the_demo_is_shown_at_all_sizes() {
    let home = Home::of_demo();
    for size in SIZES {
        let mut screen = Screen::of(&home, size);
        for (name, key) in [
            ("requests", '2'),
            ("spans", '3'),
            ("waterfall", '4'),
            ("help", '?'),
        ] {
            screen.type_text(&key.to_string());
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen.text());
        }
    }
}

#[test]
fn every_size_is_drawn_without_a_panic() {
    let home = Home::of_demo();
    for width in [1, 2, 7, 19, 40, 119, 120, 121, 300] {
        for height in [1, 2, 3, 4, 5, 6, 9, 100] {
            let mut screen = Screen::of(&home, (width, height));
            for key in "1234?".chars() {
                screen.type_text(&key.to_string());
                screen.press(KeyCode::PageDown);
                assert_eq!(screen.text().lines().count(), usize::from(height));
            }
        }
    }
}

#[test]
fn new_lines_are_added_to_the_lines_read_before() {
    let home = Home::empty();
    let mut screen = Screen::of(&home, (100, 30));
    assert!(screen.text().contains("No session yet."));
    let header = "{\"ts\":\"2020-11-24T15:30:00Z\",\"type\":\"header\",\"v\":1,\"pid\":7}\n";
    let request = line("2020-11-24T15:30:00Z", 1, "a", "gpt-a", 1200, 0.5);
    home.write(LOG, header.to_owned() + &request);
    screen.read();
    let text = screen.text();
    assert!(
        text.contains("1 session, 0 running, 1 request, 1,210 tokens, $0.5000"),
        "{text}"
    );
    // The line that was read is damaged now. A view that reads it again would count it as damaged.
    let mut log = fs::read(home.log(LOG)).unwrap();
    log[header.len()] = b'!';
    home.write(LOG, &log);
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(home.log(LOG))
        .unwrap();
    file.write_all(line("2020-11-24T15:31:00Z", 1, "b", "gpt-b", 800, 0.25).as_bytes())
        .unwrap();
    screen.read();
    let text = screen.text();
    assert!(
        text.contains("1 session, 0 running, 2 requests, 2,020 tokens, $0.7500"),
        "{text}"
    );
    assert!(
        text.contains("gpt-b") && !text.contains("damaged"),
        "{text}"
    );
}

#[test]
fn a_repeated_request_counts_once() {
    let home = Home::empty();
    let record = line("2020-11-24T15:30:00Z", 1, "a", "gpt-a", 1200, 0.5);
    home.write(LOG, record.repeat(3));
    let mut screen = Screen::of(&home, (100, 30));
    assert!(screen.text().contains("1 request, 1,210 tokens, $0.5000"));
}

#[test]
fn keys_move_sort_and_filter_the_sessions() {
    let home = with_sessions(40);
    let mut screen = Screen::of(&home, (100, 30));
    // The latest session is the first row.
    assert!(screen.text().lines().nth(5).unwrap().contains("model-40"));
    for (key, row) in [
        (KeyCode::Down, 1),
        (KeyCode::Char('j'), 2),
        (KeyCode::Up, 1),
        (KeyCode::Char('k'), 0),
        (KeyCode::Up, 0),
        (KeyCode::End, 39),
        (KeyCode::Down, 39),
        (KeyCode::Home, 0),
        (KeyCode::Char('G'), 39),
        (KeyCode::Char('g'), 0),
        (KeyCode::PageDown, 6),
        (KeyCode::PageUp, 0),
        // Sessions 39, 36, … failed.
        (KeyCode::Char('e'), 1),
        (KeyCode::Char('e'), 4),
    ] {
        screen.press(key);
        assert_eq!(screen.selected(), row, "{key:?}\n{}", screen.text());
    }
    let selected = screen.state.session.clone();
    screen.press(KeyCode::Char('r'));
    assert_eq!((screen.selected(), &screen.state.session), (35, &selected));
    assert!(screen.text().lines().any(|row| row.contains("model-36")));
    screen.press(KeyCode::Char('s'));
    assert_eq!(screen.state.session_sort, SessionSort::Cost);
    screen.press(KeyCode::Char('/'));
    screen.type_text("MODEL-2");
    assert!(screen.text().contains("Filter: MODEL-2"));
    screen.press(KeyCode::Backspace);
    screen.type_text("7q");
    screen.press(KeyCode::Backspace);
    screen.press(KeyCode::Enter);
    assert_eq!(screen.state.filter(Panel::Sessions), "MODEL-7");
    let text = screen.text();
    assert!(
        text.contains("model-7") && !text.contains("model-8"),
        "{text}"
    );
    screen.press(KeyCode::Esc);
    let rows = Page::of(&screen.model, &screen.state).len(Panel::Sessions);
    assert_eq!(rows, 40);
}

#[test]
fn keys_end_stop_pause_and_draw_again() {
    let home = Home::of_demo();
    let mut screen = Screen::of(&home, (80, 24));
    let control = |key| Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL));
    assert_eq!(screen.event(&control('c')), Some(Action::Quit));
    assert_eq!(screen.event(&control('z')), Some(Action::Suspend));
    assert_eq!(screen.event(&control('l')), Some(Action::Redraw));
    assert_eq!(screen.press(KeyCode::F(10)), Some(Action::Quit));
    assert_eq!(screen.press(KeyCode::Char('q')), Some(Action::Quit));
    screen.type_text("p");
    assert!(screen.state.is_paused && screen.text().contains("PAUSED"));
    screen.type_text("?");
    assert!(screen.text().contains("┌ Keys "));
    assert_eq!(screen.press(KeyCode::Char('q')), Some(Action::Quit));
    screen.type_text("?x");
    assert!(!screen.text().contains("┌ Keys "));
}

#[test]
fn a_request_opens_its_turn_and_spans_fold() {
    let home = Home::of_demo();
    let mut screen = Screen::of(&home, (80, 40));
    screen.press(KeyCode::Enter);
    assert_eq!(screen.state.focus, Panel::Requests);
    screen.press(KeyCode::End);
    let first = Page::of(&screen.model, &screen.state).request().unwrap().ts;
    screen.press(KeyCode::Enter);
    assert_eq!(screen.state.focus, Panel::Waterfall);
    {
        let page = Page::of(&screen.model, &screen.state);
        assert!(page.tree.start <= first && first <= page.tree.end);
        let names: Vec<&str> = page
            .tree
            .forest
            .nodes
            .iter()
            .map(|node| &*node.name)
            .collect();
        assert!(names.contains(&"model.request"), "{names:?}");
    }
    let all = Page::of(&screen.model, &screen.state).len(Panel::Waterfall);
    screen.press(KeyCode::Left);
    assert_eq!(
        Page::of(&screen.model, &screen.state).len(Panel::Waterfall),
        1
    );
    assert!(screen.text().contains("▸ "));
    screen.press(KeyCode::Right);
    assert_eq!(
        Page::of(&screen.model, &screen.state).len(Panel::Waterfall),
        all
    );
    screen.press(KeyCode::Down);
    assert_eq!(screen.selected(), 1);
    let turns = Page::of(&screen.model, &screen.state).tree.turns.len();
    assert!(turns > 1);
    let place = |screen: &Screen| Page::of(&screen.model, &screen.state).tree.place;
    let before = place(&screen);
    screen.type_text("]");
    assert_eq!((place(&screen), screen.selected()), (before + 1, 0));
    screen.type_text("[");
    assert_eq!(place(&screen), before);
    screen.press(KeyCode::Esc);
    assert_eq!(screen.state.focus, Panel::Requests);
    screen.press(KeyCode::Esc);
    assert_eq!(screen.state.focus, Panel::Sessions);
    let session = Page::of(&screen.model, &screen.state).session().unwrap();
    assert_eq!(session.id, SESSION);
}

#[test]
fn the_mouse_selects_sorts_and_scrolls() {
    let home = with_sessions(40);
    let mut screen = Screen::of(&home, (100, 30));
    screen.click("model-38");
    assert_eq!(
        (screen.state.focus, screen.selected()),
        (Panel::Sessions, 2)
    );
    let place = screen.place_of("model-38");
    screen.mouse(MouseEventKind::ScrollDown, place);
    assert_eq!(screen.selected(), 5);
    screen.mouse(MouseEventKind::ScrollUp, place);
    assert_eq!(screen.selected(), 2);
    screen.click("Tokens");
    assert_eq!(screen.state.session_sort, SessionSort::Tokens);
    assert!(!screen.state.sessions_reversed);
    screen.click("Tokens");
    assert!(screen.state.sessions_reversed);
    screen.click("3 Spans");
    assert_eq!(screen.state.focus, Panel::Spans);
    screen.click("p50");
    assert_eq!(screen.state.span_sort, SpanSort::P50);
    screen.click("2 Requests");
    assert_eq!(screen.state.focus, Panel::Requests);
    // A click on the selected row opens it.
    screen.press(KeyCode::Char('1'));
    screen.press(KeyCode::Home);
    screen.click("model-1 ");
    assert_eq!(screen.state.focus, Panel::Requests);
}

#[test]
fn losses_and_damaged_lines_are_counted() {
    let home = Home::empty();
    let lost = r#"{"ts":"2020-11-24T15:00:00Z","type":"lost","count":12,"bytes":3411,"cause":"disk full"}"#;
    let limited = lost.replace("disk full", "max_per_second: model.poll");
    home.write(DEBUG, format!("{lost}\n{limited}\nnot a record\n"));
    let mut screen = Screen::of(&home, (100, 30));
    let text = screen.text();
    assert!(
        text.contains("Lost 12 records (3.3 KiB, disk full), 1 damaged line, 12 rate-limited"),
        "{text}"
    );
}

#[test]
fn no_text_of_a_log_controls_the_terminal() {
    let home = Home::empty();
    let evil = "\u{1b}[2J\u{202e}\u{9b}31mx";
    let text = serde_json::to_string(evil).unwrap();
    let id = uuid(1);
    let record = line("2020-11-24T15:30:00Z", 1, "a", "MODEL", 1200, 0.5);
    home.write(LOG, record.replace("MODEL", text.trim_matches('"')));
    let span = format!(
        r#"{{"ts":"2020-11-24T15:30:00Z","type":"span","name":{text},"id":1,"dur_ns":5,"outcome":"err","error":{text},"session_id":"{id}","src":{text},"fields":{{{text}:{text}}}}}"#
    );
    let lost = format!(
        r#"{{"ts":"2020-11-24T15:30:00Z","type":"lost","count":1,"bytes":1,"cause":{text}}}"#
    );
    let header = format!(
        r#"{{"ts":"2020-11-24T15:30:00Z","type":"header","v":1,"pid":1,"app":{text},"app_version":{text}}}"#
    );
    home.write(DEBUG, format!("{header}\n{span}\n{lost}\n"));
    let mut screen = Screen::of(&home, (160, 30));
    for key in "1234".chars() {
        screen.type_text(&key.to_string());
        let text = screen.text();
        assert!(text.contains("␛[2J"), "{text}");
        let is_harmful = |found: char| (found.is_control() && found != '\n') || found == '\u{202e}';
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

#[test]
fn colours_are_used_only_if_they_are_requested() {
    let home = Home::of_demo();
    let mut screen = Screen::of(&home, (140, 40));
    for has_color in [false, true] {
        screen.has_color = has_color;
        let buffer = screen.buffer();
        let is_coloured = buffer
            .content
            .iter()
            .any(|cell| ![Color::Reset].contains(&cell.fg) || cell.bg != Color::Reset);
        assert_eq!(is_coloured, has_color);
    }
}

#[test]
fn sums_of_pruned_requests_are_part_of_their_session() {
    let home = Home::empty();
    let id = uuid(7);
    let rollup = format!(
        r#"{{"ts":"2020-11-20T10:00:00Z","type":"rollup","v":1,"day":"2020-11-20","session_id":"{id}","model":"old-model","last":"2020-11-20T11:00:00Z","last_turn":3,"sums":{{"turns":3,"requests":4,"failures":1,"total_tokens":900,"cost_usd":0.75}}}}"#
    );
    home.write("codex-litellm-usage-rollup.jsonl", rollup + "\n");
    let mut screen = Screen::of(&home, (100, 30));
    let text = screen.text();
    assert!(
        text.contains("1 session, 0 running, 4 requests, 900 tokens, $0.7500"),
        "{text}"
    );
    assert!(text.contains("old-model"), "{text}");
}

#[test]
fn the_numbers_are_those_of_usage_and_spans() {
    let home = Home::of_demo();
    let screen = Screen::of(&home, (140, 40));
    let usage = home.json(&["usage", "session", "--json"]);
    let row = &usage["rows"][0];
    let page = Page::of(&screen.model, &screen.state);
    let session = page.session().unwrap();
    assert_eq!(session.id, row["session_id"]);
    assert_eq!(session.sums.requests, row["requests"]);
    assert_eq!(session.sums.failures, row["failures"]);
    assert_eq!(session.sums.retries, row["retries"]);
    assert_eq!(session.sums.total_tokens, row["total_tokens"]);
    assert_eq!(session.sums.cached_tokens, row["cached_tokens"]);
    assert_eq!(
        NanoUsd(session.sums.cost_nanos).to_string(),
        row["cost_usd"].to_string()
    );
    assert_eq!(session.sums.requests, page.requests.len() as u64);
    let spans = home.json(&["spans", "--top", "--json"]);
    let spans = spans["spans"].as_array().unwrap();
    assert_eq!(spans.len(), page.spans.len());
    for span in spans {
        let name = span["name"].as_str().unwrap();
        let (_, row) = page
            .spans
            .iter()
            .find(|(shown, _)| *shown == name)
            .unwrap_or_else(|| panic!("no {name}"));
        for (shown, key) in [
            (row.count, "count"),
            (row.errors, "errors"),
            (row.total_ns, "total_ns"),
            (row.max_ns, "max_ns"),
            (row.p50, "p50_ns"),
            (row.p95, "p95_ns"),
            (row.p99, "p99_ns"),
        ] {
            assert_eq!(shown, span[key], "{key} of {name}");
        }
    }
}

#[test]
fn the_cost_per_hour_is_that_of_the_status_line() {
    let home = Home::empty();
    let unpriced = line("2020-11-24T15:20:00Z", 2, "c", "gpt-a", 1200, 0.5);
    let mut unpriced: Value = serde_json::from_str(&unpriced).unwrap();
    unpriced.as_object_mut().unwrap().remove("cost_usd");
    unpriced["cost_source"] = "unpriced".into();
    // The log of one process is read after the later requests of the other, and a clock is a year ahead.
    let logs = [
        (
            LOG,
            [
                line("2020-11-24T14:00:00Z", 1, "a", "gpt-a", 1200, 8.0),
                format!("{unpriced}\n"),
                line("2020-11-24T15:30:00Z", 1, "b", "gpt-a", 1200, 0.5),
            ],
        ),
        (
            "codex-litellm-session.20201124T153400Z-13107.jsonl",
            [
                line("2020-11-24T14:39:59Z", 3, "d", "gpt-a", 1200, 4.0),
                line("2020-11-24T14:40:00Z", 3, "e", "gpt-a", 1200, 0.25),
                line("2021-11-24T14:00:00Z", 4, "f", "gpt-a", 1200, 0.125),
            ],
        ),
    ];
    for (name, lines) in logs {
        home.write(name, lines.concat());
    }
    let demo = Home::of_demo();
    for (home, now, expected) in [
        (&home, "2020-11-24T15:40:00Z", Some("$0.7500+/h")),
        (&home, "2020-11-24T15:40:00.000001Z", Some("$0.5000+/h")),
        (&home, "2020-11-24T16:25:00Z", Some("$0.5000/h")),
        (&home, "2020-11-24T17:00:00Z", None),
        (&home, "2021-11-24T12:59:59Z", None),
        (&home, "2021-11-24T13:00:01Z", Some("$0.1250/h")),
        (&home, "2021-11-24T15:00:01Z", None),
        (&demo, "2020-11-24T15:40:00Z", Some("$0.0185/h")),
    ] {
        let mut screen = Screen::at(now, home, (140, 40));
        let (calendar, input) = (
            Calendar::new(TimeZone::UTC, Weekday::Monday),
            StatuslineInput::default(),
        );
        let values = statusline::read(&screen.homes, None, &input, calendar, screen.now).unwrap();
        let line = statusline::line(&values, &input, None, None);
        let of_line = line.split(" | ").find(|part| part.ends_with("/h"));
        assert_eq!(of_line, expected, "{now}: {line}");
        let totals = totals(&mut screen);
        let of_top = totals.split([',', ' ']).find(|part| part.ends_with("/h"));
        assert_eq!(of_top, expected, "{now}: {totals}");
        let page = Page::of(&screen.model, &screen.state);
        let of_sessions: i64 = page
            .sessions
            .iter()
            .map(|session| session.hourly.nanos)
            .sum();
        assert_eq!(of_sessions, values.of_hour.nanos, "{now}");
    }
}

#[test]
fn spans_whose_ids_form_a_circle_have_one_tree() {
    let home = Home::empty();
    let session = uuid(1);
    let span = |name: &str, id: u64, parent: u64| {
        format!(
            r#"{{"ts":"2020-11-24T15:30:0{id}Z","type":"span","name":"{name}","id":{id},"parent":{parent},"dur_ns":5,"outcome":"ok","session_id":"{session}"}}"#
        ) + "\n"
    };
    home.write(
        LOG,
        line("2020-11-24T15:30:09Z", 1, "a", "gpt-a", 1200, 0.5),
    );
    let spans = [("a.leaf", 1, 2), ("a.first", 2, 3), ("a.second", 3, 2)];
    let spans = spans.map(|(name, id, parent)| span(name, id, parent));
    home.write(DEBUG, spans.concat());
    let mut screen = Screen::of(&home, (80, 24));
    screen.type_text("4");
    let page = Page::of(&screen.model, &screen.state);
    assert_eq!((page.tree.turns.len(), page.tree.rows.len()), (1, 3));
}

/// Returns the first line of the view.
fn totals(screen: &mut Screen) -> String {
    screen.text().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn purged_and_removed_requests_leave_the_sums() {
    let home = Home::empty();
    // Only a file whose lines begin as those of the writer is purged.
    let record = |session: u32| {
        let id = uuid(session);
        format!(
            r#"{{"ts":"2020-11-24T15:3{session}:00Z","v":1,"session_id":"{id}","request_id":"a","model":"gpt-a","total_tokens":1{session},"outcome":"ok","cost_usd":0.5,"cost_source":"response_body"}}"#
        ) + "\n"
    };
    home.write(LOG, record(1) + &record(2));
    let mut screen = Screen::of(&home, (60, 20));
    assert_eq!(
        totals(&mut screen),
        "2 sessions, 0 running, 2 requests, 23 tokens, $1.0000"
    );
    home.ok(&["purge", "--session", &uuid(1)]);
    screen.read();
    assert_eq!(
        totals(&mut screen),
        "1 session, 0 running, 1 request, 12 tokens, $0.5000"
    );
    fs::remove_dir_all(home.path().join("logs")).unwrap();
    screen.read();
    assert_eq!(
        totals(&mut screen),
        "0 sessions, 0 running, 0 requests, 0 tokens, $0.0000"
    );
}

#[test]
fn spans_count_once_when_a_purge_writes_their_file_again() {
    let home = Home::empty();
    let span = |session: u32, second: u32| {
        format!(
            r#"{{"ts":"2020-11-24T15:30:0{second}Z","type":"span","name":"a.step","id":{second},"dur_ns":5,"outcome":"ok","session_id":"{}"}}"#,
            uuid(session)
        ) + "\n"
    };
    let header = r#"{"ts":"2020-11-24T15:30:00Z","type":"header","v":1,"pid":7,"os":"linux","arch":"x86_64"}"#;
    home.write(
        DEBUG,
        format!("{header}\n{}{}{}", span(1, 1), span(2, 2), span(2, 3)),
    );
    let mut screen = Screen::of(&home, (60, 20));
    let count = |screen: &Screen| Page::of(&screen.model, &screen.state).spans[0].1.count;
    assert_eq!(count(&screen), 3);
    home.ok(&["purge", "--session", &uuid(1)]);
    let log = fs::read_to_string(home.log(DEBUG)).unwrap();
    assert!(!log.contains(&uuid(1)) && log.contains(&uuid(2)), "{log}");
    screen.read();
    assert_eq!(count(&screen), 3);
}

#[test]
fn a_past_session_without_requests_has_a_row_and_a_waterfall() {
    let home = Home::empty();
    let id = uuid(1);
    let header = |session: u32| {
        let id = uuid(session);
        format!(
            r#"{{"ts":"2020-11-24T15:30:00Z","type":"header","v":1,"pid":7,"session_id":"{id}","os":"linux","arch":"x86_64"}}"#
        )
    };
    let span = format!(
        r#"{{"ts":"2020-11-24T15:30:01Z","type":"span","name":"index.search","id":1,"dur_ns":5,"outcome":"ok","session_id":"{id}"}}"#
    );
    home.write(DEBUG, format!("{}\n{span}\n", header(1)));
    // A launch that recorded nothing is not a session of the view.
    home.write("20201124T153314Z-13108.jsonl", format!("{}\n", header(2)));
    let mut screen = Screen::of(&home, (140, 40));
    assert_eq!(
        totals(&mut screen).split("  ").next(),
        Some("1 session, 0 running, 0 requests, 0 tokens, $0.0000")
    );
    assert!(screen.text().contains(&id[..12]), "{}", screen.text());
    // On this width the requests and the waterfall are shown, and not the names.
    screen.type_text("4");
    assert!(screen.text().contains("index.search"), "{}", screen.text());
}

#[test]
fn a_rotated_log_is_followed_and_a_pruned_debug_log_stays_in_the_sums() {
    let home = Home::of_demo();
    let mut screen = Screen::of(&home, (60, 20));
    let before = totals(&mut screen);
    let spans = Page::of(&screen.model, &screen.state).spans.len();
    fs::rename(
        home.log(LOG),
        home.log("codex-litellm-session.20201124T153400Z-13107.jsonl"),
    )
    .unwrap();
    fs::remove_file(home.log(DEBUG)).unwrap();
    screen.read();
    assert_eq!(totals(&mut screen), before);
    home.write(
        LOG,
        line("2020-11-24T15:35:00Z", 1, "a", "gpt-a", 1200, 0.5),
    );
    screen.read();
    assert_eq!(
        totals(&mut screen),
        "2 sessions, 0 running, 9 requests, 12,711 tokens, $0.5185"
    );
    assert_eq!(Page::of(&screen.model, &screen.state).spans.len(), spans);
}

#[test]
fn a_new_log_with_the_inode_of_a_removed_one_counts_in_the_sums() {
    let home = Home::empty();
    let request =
        |session, id, tokens| line("2020-11-24T15:35:00Z", session, id, "gpt-a", tokens, 0.5);
    home.write(LOG, request(1, "a", 100));
    let mut screen = Screen::of(&home, (60, 20));
    assert_eq!(
        totals(&mut screen),
        "1 session, 0 running, 1 request, 110 tokens, $0.5000"
    );
    replace(&home, LOG, &(request(2, "b", 200) + &request(2, "c", 300)));
    screen.read();
    assert_eq!(
        totals(&mut screen),
        "1 session, 0 running, 2 requests, 520 tokens, $1.0000"
    );
}

#[test]
fn the_shown_ids_of_sessions_differ_and_are_accepted_by_the_commands() {
    let home = Home::empty();
    // Sessions that began in one millisecond.
    let ids = [
        "019ab2b1-7c3a-7def-8123-456789abcdef",
        "019ab2b1-7c3a-7dff-8123-456789abcdef",
    ];
    let request = |at: usize| {
        let request = line("2020-11-24T15:35:00Z", 1, ["a", "b"][at], "gpt-a", 100, 0.5);
        request.replace(&uuid(1), ids[at])
    };
    home.write(LOG, request(0) + &request(1));
    for size in &SIZES[1..] {
        let text = Screen::of(&home, *size).text();
        for id in ids {
            let shown = &id[..17];
            assert!(text.contains(&format!("{shown} ")), "{text}");
            let status = home.json(&["status", "-j", "--session", shown]);
            assert_eq!(status["session_id"], id);
        }
    }
}

#[test]
fn panels_beside_each_other_have_different_titles() {
    let home = Home::of_demo();
    let text = Screen::of(&home, (140, 40)).text();
    for title in ["2 Requests", "3 Spans", "4 Waterfall"] {
        assert_eq!(text.matches(title).count(), 1, "{title}: {text}");
    }
}
