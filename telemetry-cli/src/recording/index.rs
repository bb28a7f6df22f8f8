//! The frames of a session, in the order of time, and the screen after each of them.
//!
//! The index has the place of each record; records are read when their screen is requested. A recording is one backend of one
//! process: the frames before the session began, up to the last frame with all rows, are needed for the first screen.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use telemetry_schema::SCREEN_LOG;
use telemetry_schema::record::{Lines, MAX_LINE, Record, Skipped, Timestamp};
use telemetry_store::SparseReader;

use super::screen::ShownScreen;
use crate::error::Error;
use crate::home::{Homes, open};
use crate::selection::Period;
use crate::skipped_lines::SkippedLines;

/// The recordings of a session.
#[derive(Debug, Default)]
pub struct Recording {
    files: Vec<(PathBuf, File)>,
    streams: Vec<Stream>,
    /// The frames of the session by time: the stream, and the place in it.
    frames: Vec<(usize, usize)>,
    /// The latest frame with a session.
    last_session: Option<(Timestamp, String)>,
}

/// The frames of one backend, in their order, and the screen after one of them.
#[derive(Debug, Default)]
struct Stream {
    frames: Vec<Frame>,
    screen: ShownScreen,
    /// The number of frames that are on the screen.
    applied: usize,
}

/// A frame, and the places of its records.
#[derive(Debug, Default)]
struct Frame {
    time: Timestamp,
    number: u64,
    is_full: bool,
    is_selected: bool,
    /// The file, and the offset in it.
    records: Vec<(usize, u64)>,
}

impl Recording {
    /// Reads the places of the frames of a session, or of all sessions, in a period.
    ///
    /// # Errors
    ///
    /// Fails if an existing file cannot be read.
    pub fn of(
        homes: &Homes,
        session: Option<&str>,
        period: &Period,
        skips: &mut SkippedLines,
    ) -> Result<Self, Error> {
        let mut recording = Self::default();
        let mut streams = HashMap::new();
        for file in homes.files()? {
            if file.log != SCREEN_LOG {
                continue;
            }
            let Some(open) = open(&file.path)? else {
                continue;
            };
            let failed = |error| Error::io("read", &file.path, error);
            let reader = SparseReader::new(open.try_clone().map_err(failed)?, 0);
            let number = recording.files.len();
            recording.files.push((file.path.clone(), open));
            let (mut lines, mut skipped) = (Lines::new(reader), Skipped::default());
            while let Some(line) = lines.next_line().map_err(failed)? {
                let frame = match Record::parse(line) {
                    Ok(Record::Screen(frame)) => frame,
                    Ok(_) => continue,
                    Err(reason) => {
                        skipped.count(reason, true);
                        continue;
                    }
                };
                let is_selected = period.contains(frame.ts)
                    && session.is_none_or(|id| frame.session_id.as_deref() == Some(id));
                if let Some(id) = &frame.session_id
                    && is_selected
                    && recording
                        .last_session
                        .as_ref()
                        .is_none_or(|(last, _)| *last <= frame.ts)
                {
                    recording.last_session = Some((frame.ts, id.clone().into_owned()));
                }
                let found = Frame {
                    time: frame.ts,
                    number: frame.frame,
                    is_full: frame.full == Some(true),
                    is_selected,
                    records: Vec::new(),
                };
                let next = streams.len();
                let stream = *streams.entry(frame.stream.into_owned()).or_insert(next);
                recording.add(stream, found, (number, lines.offset()));
            }
            skipped.too_long += lines.too_long();
            skips.add(&skipped);
        }
        recording.sort();
        Ok(recording)
    }

    /// Adds a record of a frame. The parts of a frame have one number.
    fn add(&mut self, stream: usize, frame: Frame, record: (usize, u64)) {
        if stream == self.streams.len() {
            self.streams.push(Stream::default());
        }
        let frames = &mut self.streams[stream].frames;
        if frames.last().is_none_or(|last| last.number != frame.number) {
            frames.push(frame);
        }
        if let Some(last) = frames.last_mut() {
            last.records.push(record);
        }
    }

    fn sort(&mut self) {
        for (at, stream) in self.streams.iter().enumerate() {
            let selected = stream
                .frames
                .iter()
                .enumerate()
                .filter(|(_, frame)| frame.is_selected);
            self.frames.extend(selected.map(|(place, _)| (at, place)));
        }
        let streams = &self.streams;
        self.frames
            .sort_by_key(|(stream, place)| streams[*stream].frames[*place].time);
    }

    /// Returns the session of the latest frame that has one.
    pub fn last_session(&self) -> Option<String> {
        self.last_session.as_ref().map(|(_, id)| id.clone())
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns whether the recording has no frame.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Returns the time of a frame.
    pub fn time(&self, frame: usize) -> Timestamp {
        let place = self.frames.get(frame);
        place.map_or_else(Timestamp::default, |(stream, place)| {
            self.streams[*stream].frames[*place].time
        })
    }

    /// Returns the last frame that was drawn at a time or before it; the first frame for an earlier time.
    pub fn at(&self, time: Timestamp) -> usize {
        let later =
            |(stream, place): &(usize, usize)| self.streams[*stream].frames[*place].time <= time;
        self.frames.partition_point(later).saturating_sub(1)
    }

    /// Returns the screen after a frame.
    ///
    /// # Errors
    ///
    /// Fails if the file of a record cannot be read.
    pub fn screen(&mut self, frame: usize) -> Result<&ShownScreen, Error> {
        let Some((stream, place)) = self.frames.get(frame).copied() else {
            return Err(Error::new("the recording has no such frame"));
        };
        let stream = &mut self.streams[stream];
        let full = stream.frames[..=place]
            .iter()
            .rposition(|frame| frame.is_full);
        let full = full.unwrap_or(0);
        if stream.applied > place + 1 || stream.applied < full {
            stream.screen = ShownScreen::default();
            stream.applied = full;
        }
        while stream.applied <= place {
            for (file, offset) in &stream.frames[stream.applied].records {
                let (path, file) = &self.files[*file];
                let failed = |error| Error::io("read", path, error);
                let line = read_line(file, *offset).map_err(failed)?;
                if let Ok(Record::Screen(frame)) = Record::parse(&line) {
                    stream.screen.apply(&frame);
                }
            }
            stream.applied += 1;
        }
        Ok(&stream.screen)
    }
}

fn read_line(mut file: &File, offset: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut line = Vec::new();
    BufReader::new(file.take(2 * MAX_LINE as u64)).read_until(b'\n', &mut line)?;
    while line.last().is_some_and(u8::is_ascii_whitespace) {
        line.pop();
    }
    Ok(line)
}
