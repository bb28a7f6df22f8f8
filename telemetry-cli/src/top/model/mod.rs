//! The content of the live view, gathered from the logs line by line.
//!
//! Each line is read once, unless records that were counted are removed: then all logs are read again. Memory is bounded for requests,
//! spans and names. Each session has one row, so that the memory grows with the number of sessions.

pub mod disk;
mod latest_costs;
pub mod launch;
pub mod loss;
pub mod request;
pub mod session;
pub mod span_name;
pub mod span_store;

use telemetry_schema::record::{Record, SessionRecord, Timestamp};

use crate::error::Error;
use crate::history::{self, TakenRequests};
use crate::home::{Homes, LogFile, LogKind};
use crate::records::end_of;
use crate::skipped_lines::SkippedLines;
use crate::spans::node::Node;
use crate::tail::LineFilter;
use crate::tail::existing::files;
use crate::tail::follow::Follower;

use disk::DiskUse;
use launch::Launches;
use loss::Losses;
use request::Requests;
use session::Sessions;
use span_name::SpanNames;
use span_store::SpanStore;

/// The sums and the latest records of the logs of the homes.
#[derive(Debug, Default)]
pub struct Model {
    follower: Follower,
    filter: LineFilter,
    taken: TakenRequests,
    rollup_skips: SkippedLines,
    now: Timestamp,
    /// The sessions.
    pub sessions: Sessions,
    /// The latest requests.
    pub requests: Requests,
    /// The durations by span name.
    pub names: SpanNames,
    /// The latest spans and events.
    pub spans: SpanStore,
    /// The processes that wrote the debug logs.
    pub launches: Launches,
    /// The records that are missing.
    pub losses: Losses,
    /// The bytes of each home, in the order of the command line.
    pub disks: Vec<DiskUse>,
    /// Whether lines remain that were written before the last reading.
    pub is_reading: bool,
}

impl Model {
    /// Reads the sums of pruned requests. The logs are read by [`read`](Self::read). `now` is the current time.
    ///
    /// # Errors
    ///
    /// Fails if an existing directory or file cannot be read.
    pub fn open(homes: &Homes, now: Timestamp) -> Result<Self, Error> {
        let mut model = Self {
            filter: LineFilter {
                records: true,
                ..LineFilter::default()
            },
            is_reading: true,
            now,
            ..Self::default()
        };
        let sessions = &mut model.sessions;
        sessions.set_time(now);
        let ends = history::read_rollups(homes, &mut model.rollup_skips, |sums| {
            sessions.add_rollup(sums);
        })?;
        model.follower = Follower::before(ends);
        Ok(model)
    }

    /// Reads some of the lines that were written since the last call. Returns whether there were any.
    ///
    /// # Errors
    ///
    /// Fails if an existing directory or file cannot be read.
    pub fn read(&mut self, homes: &Homes) -> Result<bool, Error> {
        let files = files(homes, &self.filter)?;
        let (lines, more) = self.follower.read_new(&files, &self.filter)?;
        if self.follower.has_lost_lines() {
            *self = Self {
                disks: std::mem::take(&mut self.disks),
                ..Self::open(homes, self.now)?
            };
            return Ok(true);
        }
        for file in &files {
            if file.kind == LogKind::Debug {
                self.launches.add_file(file);
            }
        }
        for line in &lines {
            // The follower parsed the line before and counted it if it is damaged.
            if let Ok(record) = Record::parse(&line.line) {
                self.add(&files[line.file], record);
            }
        }
        self.names.update();
        let mut skips = *self.follower.skips();
        skips.merge(&self.rollup_skips);
        self.losses.skipped_lines = skips.lines.total();
        let was_reading = std::mem::replace(&mut self.is_reading, more);
        Ok(!lines.is_empty() || was_reading != more)
    }

    /// Examines the processes and the directories, and calculates the costs per hour at a time.
    pub fn measure(&mut self, homes: &Homes, now: Timestamp) {
        self.disks = homes.iter().map(DiskUse::of).collect();
        self.launches.check();
        self.now = now;
        self.sessions.set_time(now);
    }

    fn add(&mut self, file: &LogFile, record: Record<'_>) {
        match record {
            Record::Session(record) => self.add_request(&record),
            Record::Lost(lost) => self.losses.add(&lost),
            record if file.kind == LogKind::Debug => self.add_of_launch(file, record),
            _ => {}
        }
    }

    fn add_request(&mut self, record: &SessionRecord<'_>) {
        let (sessions, requests) = (&mut self.sessions, &mut self.requests);
        self.taken.take(record, |record| {
            sessions.add(record);
            requests.add(record);
        });
    }

    fn add_of_launch(&mut self, file: &LogFile, record: Record<'_>) {
        let launch = self.launches.add_file(file);
        match record {
            Record::Header(header) => {
                self.launches.set_header(launch, &header);
                self.see(header.session_id.as_deref(), header.ts, launch, true);
            }
            Record::Span(span) if span.is_implausible() => {}
            Record::Span(span) => {
                self.names.add(&span);
                let end = end_of(span.ts, span.dur_ns);
                self.see(span.session_id.as_deref(), end, launch, false);
                self.spans.add(launch, Node::span(span));
            }
            Record::SpanStart(start) => {
                self.see(start.session_id.as_deref(), start.ts, launch, false);
                self.spans.add(launch, Node::open(start));
            }
            Record::Event(event) => {
                self.see(event.session_id.as_deref(), event.ts, launch, false);
                self.spans.add(launch, Node::event(event));
            }
            _ => {}
        }
    }

    fn see(&mut self, session: Option<&str>, time: Timestamp, launch: usize, is_header: bool) {
        if let Some(session) = session {
            self.sessions.see(session, time, launch, is_header);
        }
    }
}
