//! `RecordingBackend` writes the rows that each frame changed. Every line is validated against its schema.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ratatui_core::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Rect, Size};
use ratatui_core::style::{Color, Style};
use ratatui_core::terminal::{Terminal, TerminalOptions, Viewport};
use ratatui_core::text::{Line, Span};
use serde_json::{Value, json};
use telemetry_runtime::{
    Config, RecordingBackend, Session, SpanContext, Telemetry, init, telemetry_span,
};
use tests::home::Home;
use tests::logs::check;

const ON: &str = "[telemetry]\nenabled = true\nlog_content = true\n";

/// One test at a time, because telemetry is one for the process.
struct Running {
    telemetry: Telemetry,
    home: Home,
    /// The lock is the last field, so that it is dropped last.
    _one: MutexGuard<'static, ()>,
}

fn running(config: &str) -> Running {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::with_config(config);
    let telemetry = init(Config::load(home.path()).unwrap()).unwrap();
    Running {
        telemetry,
        home,
        _one: one,
    }
}

impl Running {
    /// Returns the records of frames.
    fn frames(&self) -> Vec<Value> {
        assert!(self.telemetry.flush(Duration::from_mins(1)));
        let file = self.home.log_dir().join("codex-tui-stream.jsonl");
        let text = fs::read_to_string(file).unwrap_or_default();
        let records = text.lines().map(|line| {
            assert!(line.len() < 64 * 1024);
            let record = serde_json::from_str(line).unwrap();
            check("codex-tui-stream.jsonl", &record);
            record
        });
        records
            .filter(|record: &Value| record["type"] == "screen")
            .collect()
    }

    /// Returns the texts of the rows of all frames, joined.
    fn text(&self) -> String {
        let frames = self.frames();
        frames
            .iter()
            .flat_map(rows)
            .map(|(_, text)| text + "\n")
            .collect()
    }

    /// Returns the screen after the last frame, as a reader puts it together.
    fn screen(&self) -> Vec<String> {
        let mut screen: Vec<String> = Vec::new();
        for frame in self.frames() {
            let height = usize::try_from(frame["height"].as_u64().unwrap()).unwrap();
            screen.resize(height, String::new());
            for (y, text) in rows(&frame) {
                text.clone_into(&mut screen[y]);
            }
        }
        screen
    }
}

fn rows(frame: &Value) -> BTreeMap<usize, String> {
    let rows = frame["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let y = usize::try_from(row["y"].as_u64().unwrap()).unwrap();
        (y, row["text"].as_str().unwrap().trim_end().to_owned())
    })
    .collect()
}

fn terminal(width: u16, height: u16) -> Terminal<RecordingBackend<TestBackend>> {
    Terminal::new(RecordingBackend::new(TestBackend::new(width, height))).unwrap()
}

/// Draws lines from the top.
fn draw<B: Backend>(terminal: &mut Terminal<B>, lines: &[&str]) {
    let drawn = terminal.draw(|frame| {
        let area = frame.area();
        for (line, y) in lines.iter().zip(area.y..area.bottom()) {
            frame
                .buffer_mut()
                .set_stringn(area.x, y, line, area.width.into(), Style::new());
        }
    });
    assert!(drawn.is_ok());
}

/// A backend over a terminal that is a buffer of bytes, as crossterm's is over stdout.
#[derive(Debug)]
struct Bytes {
    cells: TestBackend,
    written: Vec<u8>,
}

impl Bytes {
    fn new(width: u16, height: u16) -> Self {
        Self {
            cells: TestBackend::new(width, height),
            written: Vec::new(),
        }
    }
}

impl Write for Bytes {
    /// Takes some of the bytes, and refuses the bell.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.first() == Some(&7) {
            return Err(io::Error::other("no bell"));
        }
        let taken = bytes.len().min(5);
        self.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Backend for Bytes {
    type Error = std::convert::Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.cells.draw(content)
    }
    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.cells.hide_cursor()
    }
    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.cells.show_cursor()
    }
    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.cells.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.cells.set_cursor_position(position)
    }
    fn clear(&mut self) -> Result<(), Self::Error> {
        self.cells.clear()
    }
    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.cells.clear_region(clear_type)
    }
    fn size(&self) -> Result<Size, Self::Error> {
        self.cells.size()
    }
    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.cells.window_size()
    }
    fn flush(&mut self) -> Result<(), Self::Error> {
        Backend::flush(&mut self.cells)
    }
    fn scroll_region_up(
        &mut self,
        region: std::ops::Range<u16>,
        lines: u16,
    ) -> Result<(), Self::Error> {
        self.cells.scroll_region_up(region, lines)
    }
    fn scroll_region_down(
        &mut self,
        region: std::ops::Range<u16>,
        lines: u16,
    ) -> Result<(), Self::Error> {
        self.cells.scroll_region_down(region, lines)
    }
}

#[telemetry_span("display.draw")]
fn draw_in_span<B: Backend>(terminal: &mut Terminal<B>, lines: &[&str]) -> String {
    draw(terminal, lines);
    SpanContext::current().traceparent().unwrap()
}

#[test]
fn the_first_frame_is_whole_and_the_next_ones_have_the_changed_rows() {
    let running = running(ON);
    let session = Session::start();
    let mut terminal = terminal(20, 4);
    let traceparent = draw_in_span(&mut terminal, &["Model: gpt", "", "> h"]);
    draw(&mut terminal, &["Model: gpt", "", "> hi"]);
    draw(&mut terminal, &["Model: gpt", "", "> hi"]);
    let frames = running.frames();
    assert_eq!(frames.len(), 2, "{frames:?}");
    assert_eq!(frames[0]["full"], true);
    let texts = |frame: &Value| rows(frame).into_iter().collect::<Vec<_>>();
    let expected = ["Model: gpt", "", "> h", ""].map(str::to_owned);
    assert_eq!(
        texts(&frames[0]),
        expected.into_iter().enumerate().collect::<Vec<_>>()
    );
    assert_eq!(texts(&frames[1]), [(2, "> hi".to_owned())]);
    assert_eq!(frames[1].get("full"), None);
    assert_eq!(
        (&frames[0]["frame"], &frames[1]["frame"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(frames[0]["stream"], frames[1]["stream"]);
    assert_eq!(frames[0]["session_id"], session.id().to_string());
    let ids: Vec<&str> = traceparent.split('-').collect();
    assert_eq!(
        (&frames[0]["trace_id"], &frames[0]["span_id"]),
        (&json!(ids[1]), &json!(ids[2]))
    );
    assert!(frames[0]["parent"].as_u64().is_some() && frames[1].get("parent").is_none());
    // The wrapped backend has the cells that the recording has.
    terminal.backend().inner().assert_buffer_lines([
        "Model: gpt          ",
        "                    ",
        "> hi                ",
        "                    ",
    ]);
}

#[test]
fn nothing_is_recorded_without_content_or_with_the_log_disabled() {
    for config in [
        "[telemetry]\nenabled = true\n",
        "[telemetry]\nenabled = true\nlog_content = true\n[telemetry.logs.tui_stream]\nenabled = false\n",
        "[telemetry]\nenabled = false\nlog_content = true\n",
    ] {
        let running = running(config);
        let mut terminal = terminal(20, 4);
        draw(&mut terminal, &["Model: gpt"]);
        assert!(running.frames().is_empty());
        assert!(
            !running
                .home
                .log_dir()
                .join("codex-tui-stream.jsonl")
                .exists()
        );
    }
}

#[test]
fn the_log_has_a_file_of_its_own_choice() {
    let running = running(&format!(
        "{ON}[telemetry.logs.tui_stream]\nfile = 'screen.jsonl'\n"
    ));
    let mut terminal = terminal(20, 4);
    draw(&mut terminal, &["Model: gpt"]);
    assert!(running.frames().is_empty());
    let text = fs::read_to_string(running.home.log_dir().join("screen.jsonl")).unwrap();
    assert!(text.contains("\"text\":\"Model: gpt\""), "{text}");
}

#[test]
fn recording_begins_and_ends_while_the_program_runs() {
    let declared = "[telemetry]\nenabled = true\n[telemetry.logs.tui_stream]\n";
    let running = running(declared);
    let mut terminal = terminal(20, 3);
    draw(&mut terminal, &["before", "x"]);
    assert!(running.frames().is_empty());
    fs::write(running.home.path().join("config.toml"), ON).unwrap();
    running
        .telemetry
        .reconfigure(Config::load(running.home.path()).unwrap());
    draw(&mut terminal, &["RECORDED", "Y"]);
    running.telemetry.set_enabled(false);
    draw(&mut terminal, &["after", "y"]);
    running.telemetry.set_enabled(true);
    terminal.clear().unwrap();
    draw(&mut terminal, &["again", "z"]);
    let (frames, text) = (running.frames(), running.text());
    let streams: Vec<&Value> = frames.iter().map(|frame| &frame["stream"]).collect();
    assert!(
        streams.len() >= 2 && streams.iter().any(|stream| *stream != streams[0]),
        "{frames:?}"
    );
    assert!(
        text.contains("RECORDED") && text.contains("again"),
        "{text}"
    );
    assert!(
        !text.contains("before") && !text.contains("after"),
        "{text}"
    );
    assert_eq!(running.screen(), ["again", "z", ""]);
}

#[test]
fn a_resize_and_a_clear_are_followed_by_a_whole_frame() {
    let running = running(ON);
    let mut terminal = terminal(20, 4);
    draw(
        &mut terminal,
        &[
            "漢字 and 👨\u{200d}👩\u{200d}👧",
            "e\u{301}",
            "❤\u{fe0f}🇩🇪x",
        ],
    );
    terminal.backend_mut().inner_mut().resize(30, 3);
    draw(&mut terminal, &["wider", "two"]);
    terminal.clear().unwrap();
    draw(&mut terminal, &["wider", "two"]);
    let frames = running.frames();
    let of = |frame: &Value| {
        let full = frame["full"] == true;
        (frame["width"].as_u64(), frame["height"].as_u64(), full)
    };
    let found: Vec<_> = frames.iter().map(of).collect();
    assert_eq!(found[0], (Some(20), Some(4), true));
    assert_eq!(rows(&frames[0])[&0], "漢字 and 👨\u{200d}👩\u{200d}👧");
    assert_eq!(rows(&frames[0])[&2], "❤\u{fe0f}🇩🇪x");
    assert!(
        found[1..]
            .iter()
            .all(|frame| *frame == (Some(30), Some(3), true)),
        "{found:?}"
    );
    assert!(found.len() >= 3, "{found:?}");
    assert_eq!(running.screen(), ["wider", "two", ""]);
}

#[test]
fn styles_are_recorded_by_character() {
    let running = running(ON);
    let mut terminal = terminal(20, 2);
    let drawn = terminal.draw(|frame| {
        let line = Line::from(vec![
            Span::raw("漢 "),
            Span::styled("red", Style::new().fg(Color::Red).bold()),
            Span::styled("  ", Style::new().bg(Color::Rgb(1, 2, 3))),
        ]);
        frame.buffer_mut().set_line(0, 0, &line, 20);
    });
    assert!(drawn.is_ok());
    let row = &running.frames()[0]["rows"][0];
    assert_eq!(row["text"], "漢 red  ");
    assert_eq!(row["style"], json!([[2, 3, "1;31"], [5, 2, "48;2;1;2;3"]]));
}

#[test]
fn secrets_are_masked_also_where_they_wrap() {
    let running = running(ON);
    let key = "sk-proj-Zk3v9QmT7xWb2LcR8nYd5HsJ0aFgUe4iKp6oXtBz";
    let mut terminal = terminal(40, 16);
    // A pane of 18 columns beside another one, each with a border.
    let pieces: Vec<String> = key
        .as_bytes()
        .chunks(18)
        .map(|piece| format!("│{:18}│ other  pane │", String::from_utf8_lossy(piece)))
        .collect();
    let name = format!("│{:18}│ other  pane │", "OPENAI_API_KEY=");
    let (half, rest) = key.split_at(21);
    let lines = [
        format!("export OPENAI_API_KEY={key}"),
        String::new(),
        name,
        pieces[0].clone(),
        pieces[1].clone(),
        pieces[2].clone(),
        String::new(),
        format!("the key that I use is {}", &key[..18]),
        key[18..].to_owned(),
        String::new(),
        format!("  a key: {half:>29}"),
        format!("  {rest}"),
        "the last row".to_owned(),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    draw(&mut terminal, &lines);
    let text = running.text();
    for start in 0..key.len() - 6 {
        assert!(
            !text.contains(&key[start..start + 6]),
            "{} in\n{text}",
            &key[start..start + 6]
        );
    }
    assert!(text.contains("[redacted]"), "{text}");
    for kept in ["other  pane │", "the key that I use is", "the last row"] {
        assert!(text.contains(kept), "{kept} in\n{text}");
    }
    // The log contains no part of the key.
    let file = running.home.log_dir().join("codex-tui-stream.jsonl");
    assert!(!fs::read_to_string(file).unwrap().contains("Zk3v9"));
}

#[test]
fn a_hidden_area_is_blank() {
    let running = running(ON);
    let mut terminal = terminal(20, 3);
    terminal.backend_mut().hide(Rect::new(5, 1, 6, 1));
    draw(&mut terminal, &["Key", "Key: 漢hunter2 ok", "end"]);
    assert_eq!(running.screen(), ["Key", "Key:       er2 ok", "end"]);
    terminal.backend_mut().show_all();
    draw(&mut terminal, &["Key", "Key: none", "end"]);
    assert_eq!(running.screen(), ["Key", "Key: none", "end"]);
    assert!(!running.text().contains("hunt"));
}

#[test]
fn bytes_that_the_host_writes_are_recorded_and_passed_on() {
    let running = running(ON);
    let mut terminal = Terminal::new(RecordingBackend::new(Bytes::new(20, 5))).unwrap();
    draw(&mut terminal, &["viewport"]);
    // As Codex inserts its history: a region, lines at its end, the region reset.
    let backend = terminal.backend_mut();
    let sent = b"\x1b[2;4r\x1b[4;1H\r\nfirst \x1b[31mred\x1b[0m\r\n\xe6\xbc\xa2\xe5\xad\x97\x1b[r";
    backend.write_all(sent).unwrap();
    assert_eq!(backend.write(b"\x07").unwrap_err().to_string(), "no bell");
    Write::flush(backend).unwrap();
    assert_eq!(backend.inner().written, sent);
    assert_eq!(running.screen(), ["viewport", "", "first red", "漢字", ""]);
    let frames = running.frames();
    let changed: Vec<usize> = rows(frames.last().unwrap()).into_keys().collect();
    assert_eq!(changed, [2, 3]);
}

#[test]
fn an_inline_viewport_with_lines_above_is_recorded() {
    let running = running(ON);
    let viewport = Viewport::Inline(2);
    let backend = RecordingBackend::new(TestBackend::new(12, 6));
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
    draw(&mut terminal, &["> typed", "status"]);
    for line in ["one", "two", "three", "four", "five", "six"] {
        let inserted = terminal.insert_before(1, |buffer| {
            buffer.set_string(0, 0, line, Style::new());
        });
        assert!(inserted.is_ok());
        draw(&mut terminal, &["> typed", "status"]);
    }
    let inner = terminal.backend().inner().buffer();
    let shown = (0..6).map(|y| {
        let row: String = (0..12).map(|x| inner[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(running.screen(), shown);
    assert!(running.text().contains("one"));
}

#[test]
fn frames_beyond_the_rate_are_combined_and_the_last_one_is_written() {
    let running = running(&format!("{ON}max_per_second = 3\n"));
    let mut terminal = terminal(20, 2);
    for frame in 0..500 {
        draw(&mut terminal, &[&format!("frame {frame}")]);
    }
    // The test does not flush: the writer writes the last frame when it is due.
    let file = running.home.log_dir().join("codex-tui-stream.jsonl");
    let is_written = || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        text.contains("\"text\":\"frame 499\"")
    };
    while !is_written() {
        std::thread::yield_now();
    }
    let frames = running.frames();
    assert!(frames.len() < 100, "{}", frames.len());
    let merged: u64 = frames
        .iter()
        .filter_map(|frame| frame["merged"].as_u64())
        .sum();
    assert_eq!(merged + frames.len() as u64, 500);
    draw(&mut terminal, &["later"]);
    assert_eq!(running.screen(), ["later", ""]);
}

#[test]
fn frames_keep_their_order_while_other_threads_flush() {
    let running = running(ON);
    let mut terminal = terminal(20, 3);
    let is_drawn = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_drawn.load(Ordering::Relaxed) {
                    assert!(running.telemetry.flush(Duration::from_mins(1)));
                }
            });
        }
        for frame in 0..2000 {
            let key = format!("key sk-proj-Zk3v9QmT{}", frame % 7);
            draw(
                &mut terminal,
                &[&format!("frame {frame}"), &key, "7xWb2LcR8nYd5HsJ0aFg"],
            );
        }
        is_drawn.store(true, Ordering::Relaxed);
    });
    let frames = running.frames();
    let numbers: Vec<u64> = frames
        .iter()
        .map(|frame| frame["frame"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=frames.len() as u64).collect::<Vec<_>>());
    let merged: u64 = frames
        .iter()
        .filter_map(|frame| frame["merged"].as_u64())
        .sum();
    assert_eq!(merged + frames.len() as u64, 2000);
    assert_eq!(running.screen()[0], "frame 1999");
    let text = running.text();
    assert!(
        !text.contains("Zk3v9") && !text.contains("7xWb2L"),
        "{text}"
    );
}

#[test]
fn a_frame_that_is_too_long_for_a_line_has_several() {
    let running = running(ON);
    let mut terminal = terminal(400, 160);
    let line = "漢".repeat(200);
    draw(&mut terminal, &[&*line; 160]);
    let frames = running.frames();
    assert!(frames.len() > 1 && frames.iter().all(|frame| frame["frame"] == 1));
    let more: Vec<bool> = frames.iter().map(|frame| frame["more"] == true).collect();
    assert!(more[..more.len() - 1].iter().all(|more| *more) && !more[more.len() - 1]);
    assert_eq!(running.screen(), [&*line; 160]);
}
