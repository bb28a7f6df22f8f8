//! The two threads of a recording, step by step on one thread, in any order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Rect, Size};
use serde_json::Value;

use super::*;
use crate::enabled::clock::Stamp;
use crate::enabled::deferred;
use crate::enabled::screen::record::FrameTime;
use crate::enabled::screen::recording::Recording;
use crate::enabled::screen::tests::{rows_of_columns, rows_with_a_wrapped_secret};

const SECOND: u64 = 1_000_000_000;
const SIZE: Size = Size {
    width: 60,
    height: 10,
};

/// A recording, what its frames must show, and what a reader of its lines has seen so far.
struct Recorded {
    recording: Recording,
    hidden: Vec<Rect>,
    now: u64,
    /// By the time of the frame, as its record has it.
    expected: BTreeMap<String, Vec<Value>>,
    seen: Vec<Value>,
    /// The times of the records.
    times: Vec<String>,
    merged: u64,
}

impl Recorded {
    fn new() -> Self {
        Self {
            recording: Recording::new(0, SIZE),
            hidden: Vec::new(),
            now: SECOND,
            expected: BTreeMap::new(),
            seen: Vec::new(),
            times: Vec::new(),
            merged: 0,
        }
    }

    /// Draws rows as ratatui does, from the left column on.
    fn draw(&mut self, y: u16, rows: &[String]) {
        for (y, row) in (y..).zip(rows) {
            for (x, letter) in (0..).zip(row.chars()) {
                let mut cell = Cell::new(" ");
                self.recording.cell(x, y, cell.set_char(letter));
            }
        }
    }

    fn end_frame(&mut self, max_per_second: Option<u32>) {
        let at = FrameTime {
            monotonic: self.now,
            wall: self.now,
        };
        if self.recording.queue_frame(&self.hidden, at, max_per_second) {
            let rows = self.recording.masked_from_nothing(&self.hidden);
            let rows = rows.iter().map(|row| serde_json::from_slice(row).unwrap());
            let mut time = Vec::new();
            Stamp::new().write(&mut time, self.now);
            let time = String::from_utf8(time).unwrap();
            self.expected.insert(time, rows.collect());
        }
        self.now += SECOND / 1000;
    }

    /// Writes one frame that is due, as the writer's thread does, and compares the screen of a reader with that of the frame.
    fn write_next(&mut self, now: u64) -> WriteNext {
        let mut lines = Vec::new();
        let mut append = |_, written: &[u8]| lines.extend_from_slice(written);
        let backlog = self.recording.backlog();
        let next = backlog.write_next(now, Instant::now(), &mut append);
        assert!(!backlog.has_failed());
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let record: Value = serde_json::from_slice(line).unwrap();
            self.read(&record);
        }
        next
    }

    fn read(&mut self, record: &Value) {
        let time = record["ts"].as_str().unwrap();
        assert!(self.times.last().is_none_or(|last| **last < *time));
        self.times.push(time.to_owned());
        assert_eq!(record["frame"], self.times.len());
        self.merged += record["merged"].as_u64().unwrap_or(0);
        let height = usize::try_from(record["height"].as_u64().unwrap()).unwrap();
        self.seen.resize(height, Value::Null);
        for row in record["rows"].as_array().unwrap() {
            let y = usize::try_from(row["y"].as_u64().unwrap()).unwrap();
            self.seen[y] = row.clone();
        }
        assert_eq!(self.seen, self.expected[time]);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Draw(u16, Vec<String>),
    /// Draws one row of these.
    DrawRow(u16, Vec<String>),
    /// Writes text straight to the terminal.
    Feed(u16, Vec<String>),
    Scroll(u16, bool),
    Clear,
    Resize(u16, u16),
    Hide(Rect),
    ShowAll,
    EndFrame(Option<u32>),
    Pause(u64),
    WriteNext,
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = prop_oneof![rows_of_columns(), rows_with_a_wrapped_secret()].boxed();
    let area = (0..60_u16, 0..10_u16, 1..40_u16, 1..5_u16);
    let step = prop_oneof![
        3 => (0..4_u16, rows.clone()).prop_map(|(y, rows)| Step::Draw(y, rows)),
        4 => (0..10_u16, rows.clone()).prop_map(|(y, rows)| Step::DrawRow(y, rows)),
        2 => (0..10_u16, rows).prop_map(|(y, rows)| Step::Feed(y, rows)),
        1 => (0..8_u16, any::<bool>()).prop_map(|(y, down)| Step::Scroll(y, down)),
        1 => Just(Step::Clear),
        1 => (20..90_u16, 4..14_u16).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => area.prop_map(|(x, y, width, height)| Step::Hide(Rect { x, y, width, height })),
        1 => Just(Step::ShowAll),
        9 => prop::option::of(1..4_u32).prop_map(Step::EndFrame),
        1 => (1..70_u64).prop_map(Step::Pause),
        6 => Just(Step::WriteNext),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn every_record_shows_what_masking_its_screen_from_nothing_shows(steps in steps()) {
        let mut recorded = Recorded::new();
        for step in steps {
            let recording = &mut recorded.recording;
            match step {
                Step::Draw(y, rows) => recorded.draw(y, &rows),
                Step::DrawRow(y, rows) => recorded.draw(y, &rows[..1]),
                Step::Feed(y, rows) => recording.bytes(format!("\x1b[{};3H{}", y + 1, rows.concat()).as_bytes()),
                Step::Scroll(y, down) => recording.bytes(
                    format!("\x1b[{};10r\x1b[2{}\x1b[r", y + 1, if down { 'T' } else { 'S' }).as_bytes(),
                ),
                Step::Clear => recording.clear(ratatui_core::backend::ClearType::All),
                Step::Resize(width, height) => recording.resize(Size { width, height }),
                Step::Hide(area) => recorded.hidden.push(area),
                Step::ShowAll => recorded.hidden.clear(),
                Step::EndFrame(max_per_second) => recorded.end_frame(max_per_second),
                Step::Pause(seconds) => recorded.now += seconds * SECOND,
                Step::WriteNext => _ = recorded.write_next(recorded.now),
                Step::Flush => while recorded.write_next(deferred::ALL) == WriteNext::Written {},
            }
        }
        while recorded.write_next(deferred::ALL) == WriteNext::Written {}
        prop_assert_eq!(recorded.recording.backlog().unwritten(deferred::ALL), 0);
        // The last frame is seen, whatever was combined, and no frame is counted twice.
        let last = recorded.expected.values().next_back();
        prop_assert_eq!(last.map_or(&[][..], Vec::as_slice), &recorded.seen);
        let counted = recorded.times.len() as u64 + recorded.merged;
        prop_assert!(counted <= recorded.expected.len() as u64);
    }
}

/// Returns a row of text whose letters are those of a frame.
fn row(frame: u64, width: usize) -> String {
    format!("{frame:>width$}")
}

#[test]
fn a_full_queue_is_bounded_and_combines_frames() {
    let mut recorded = Recorded::new();
    let mut bound = 0;
    for frame in 0..5000 {
        recorded.draw(3, &[row(frame, 50)]);
        // A second for each frame, so that the rate does not limit them.
        recorded.now += SECOND;
        recorded.end_frame(None);
        bound = bound.max(recorded.recording.backlog().unwritten(deferred::ALL));
    }
    let cost = 60 + 600 / CELLS_TO_MASK;
    assert!(bound <= MAX_COST / cost + 1, "{bound}");
    while recorded.write_next(deferred::ALL) == WriteNext::Written {}
    assert_eq!(recorded.times.len() as u64 + recorded.merged, 5000);
    assert_eq!(recorded.seen[3]["text"], row(4999, 50));
}

#[test]
fn frames_without_a_writer_are_counted_as_lost() {
    let mut recorded = Recorded::new();
    for frame in 0..3 {
        recorded.draw(0, &[row(frame, 10)]);
        recorded.end_frame(None);
    }
    let before = stats::lost_so_far();
    recorded.recording.backlog().discard();
    assert!(stats::lost_so_far() >= before + 3);
    assert_eq!(recorded.write_next(deferred::ALL), WriteNext::Nothing);
}

#[test]
fn a_flush_waits_for_the_frame_that_another_thread_is_writing() {
    let mut recorded = Recorded::new();
    recorded.draw(0, &[row(1, 10)]);
    recorded.end_frame(None);
    let backlog = recorded.recording.backlog();
    let mut seen = Vec::new();
    let mut append = |_, _: &[u8]| {
        seen.push(backlog.unwritten(0));
        // Another thread, whose deadline has passed.
        let next = backlog.write_next(deferred::ALL, Instant::now(), &mut |_, _| {});
        assert_eq!(next, WriteNext::Locked);
    };
    let next = backlog.write_next(0, Instant::now(), &mut append);
    assert_eq!((next, seen), (WriteNext::Written, vec![1]));
    assert_eq!(backlog.unwritten(0), 0);
}
