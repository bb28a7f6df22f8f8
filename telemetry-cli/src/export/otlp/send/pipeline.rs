//! From log lines to the requests of each signal.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use telemetry_schema::record::{Record, SessionRecord};

use super::ahead::{KnownSpans, RequestsAhead};
use super::checkpoint::State;
use super::cumulative;
use super::feed::{Budget, Feed, FeedLine};
use super::groups::Groups;
use super::payload::Payload;
use super::requests::{each_new, position, set_position, taken_before};
use super::signal::Signal;
use crate::error::Error;
use crate::export::otlp::ids::{self, hash_of, span_of_hash, span_of_request};
use crate::export::otlp::inference::{self, RecordedSpan};
use crate::export::otlp::links::{Links, SpanId, SpanLink};
use crate::export::otlp::resource::{ResourceSettings, Resources};
use crate::export::otlp::{metrics, span};
use crate::history::TakenRequests;
use crate::home::{Homes, LogKind};

/// How long a request waits for its span. The function of a request ends right after the record, and the writer takes
/// 10 ms.
const WAIT_FOR_SPAN: Duration = Duration::from_secs(10);
/// Whether a request whose span was not found is sent later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitForSpan {
    /// The debug logs are not read to their end.
    Always,
    /// The span of a recent request may still be written.
    IfRecent,
    /// The logs are not followed.
    Never,
}

/// The state of a signal in memory.
#[derive(Debug)]
pub(super) struct Pipeline {
    signal: Signal,
    feed: Feed,
    settings: ResourceSettings,
    resources: Resources,
    taken: TakenRequests,
    spans: KnownSpans,
    ahead: RequestsAhead,
    /// The length and the spans of each file, by its key: for the traces of events.
    links: HashMap<String, (u64, Links)>,
    /// Whether the checkpoint's past was read.
    is_ready: bool,
    /// Whether metrics have delta temporality.
    delta: bool,
}

impl Pipeline {
    pub(super) fn new(signal: Signal, settings: ResourceSettings, delta: bool) -> Self {
        Self {
            signal,
            feed: Feed::default(),
            settings,
            resources: Resources::default(),
            taken: TakenRequests::default(),
            spans: KnownSpans::default(),
            ahead: RequestsAhead::default(),
            links: HashMap::new(),
            is_ready: false,
            delta,
        }
    }

    /// Clears the state that was read from the logs, because a batch is made again from an earlier position.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.signal, self.settings.clone(), self.delta);
    }

    /// Returns the next request and the state after it; `None` if there is nothing to send now. `is_last` is whether the
    /// logs are not followed, so that nothing is waited for.
    pub(super) fn next(
        &mut self,
        homes: &Homes,
        state: &mut State,
        is_last: bool,
    ) -> Result<Option<(Payload, State)>, Error> {
        loop {
            state.lost_bytes += self.feed.list(homes, &mut state.cursors)?;
            if !self.is_ready {
                self.read_past(state)?;
                self.is_ready = true;
            }
            let mut after = state.clone();
            let payload = match self.signal {
                Signal::Traces => self.traces(&mut after, is_last)?,
                Signal::Logs => self.logs(&mut after)?,
                Signal::Metrics => self.metrics(&mut after)?,
            };
            if payload.items() > 0 {
                return Ok(Some((payload, after)));
            }
            // Lines without anything to send are passed.
            let has_moved = after != *state;
            *state = after;
            if !has_moved || self.is_at_end(state) {
                return Ok(None);
            }
        }
    }

    /// Returns whether each file was read to its end; a file may end in a line that is not complete.
    fn is_at_end(&self, state: &State) -> bool {
        let mut kinds = [LogKind::Debug, LogKind::Session]
            .into_iter()
            .flat_map(|kind| self.feed.of_kind(kind));
        kinds.all(|file| {
            let cursor = state.cursors.get(&file.key);
            cursor.is_none_or(|cursor| cursor.read >= cursor.length)
        })
    }

    /// Reads the requests and spans that were sent before this process began.
    fn read_past(&mut self, state: &State) -> Result<(), Error> {
        self.taken = taken_before(&self.feed, state)?;
        self.spans = KnownSpans::default();
        if self.signal != Signal::Traces {
            return Ok(());
        }
        for file in self.feed.of_kind(LogKind::Debug) {
            let recorded = &mut self.spans.recorded;
            file.read_before(position(state, file), |line| {
                if let Ok(Record::Span(span)) = Record::parse(line) {
                    recorded.extend(ids::recorded(&span).map(|(_, span)| span));
                }
            })?;
        }
        for file in self.feed.of_kind(LogKind::Session) {
            let requests = &mut self.spans.requests;
            file.read_before(position(state, file), |line| {
                if let Ok(Record::Session(record)) = Record::parse(line) {
                    requests.extend(span_of_request(&record));
                }
            })?;
        }
        Ok(())
    }

    /// Calls `take` with the records of the debug logs. Returns whether all were taken.
    fn each_debug(
        &mut self,
        state: &mut State,
        budget: &mut Budget,
        mut take: impl FnMut(&mut Self, &FeedLine<'_>, Record<'_>, &Resource, &mut State),
    ) -> Result<bool, Error> {
        // Taken out, because `take` changes the other parts.
        let feed = std::mem::take(&mut self.feed);
        let mut is_all = true;
        let mut result = Ok(());
        for file in feed.of_kind(LogKind::Debug) {
            let resource = self.settings.of(file.header.as_ref());
            if let Some(header) = &file.header {
                self.resources.add(header, &resource);
            }
            let from = position(state, file);
            let read = file.read(from, budget, |line| {
                if let Ok(record) = Record::parse(line.line) {
                    take(self, line, record, &resource, state);
                }
                Ok(true)
            });
            match read {
                Ok((read, is_file_done)) => {
                    set_position(state, file, read);
                    is_all &= is_file_done;
                }
                Err(error) => result = Err(error),
            }
            if !is_all || result.is_err() {
                break;
            }
        }
        self.feed = feed;
        result.map(|()| is_all)
    }

    fn traces(&mut self, state: &mut State, is_last: bool) -> Result<Payload, Error> {
        let mut groups = Groups::default();
        let mut budget = Budget::of_batch();
        // The end of the debug logs is read before that of the session log: the record of a request stands before that of
        // its span, so that it is found.
        let mut read = Vec::new();
        let is_all = self.each_debug(state, &mut budget, |_, line, record, resource, _| {
            if let Record::Span(_) = record {
                read.push((line.line.to_vec(), line.file.ids, resource.clone()));
            }
        })?;
        self.ahead.update(&self.feed, state, &self.taken)?;
        for (line, launch, resource) in read {
            if let Ok(Record::Span(record)) = Record::parse(&line) {
                let mut ids = launch.of_span(&record, &Links::default());
                let joined = self.ahead.with(ids.span, |request| {
                    inference::span(request, RecordedSpan::Joined(&record, &ids))
                });
                self.spans.recorded.insert(ids.span);
                let span = if let Some(span) = joined {
                    state.ahead.insert(hex(ids.span));
                    self.spans.requests.insert(ids.span);
                    span
                } else {
                    if self.spans.requests.contains(&ids.span) {
                        // The request was sent under this id, because its span did not come in time.
                        ids.parent = Some(ids.span);
                        ids.span = span_of_hash(hash_of(&[&ids.span, b"late"]));
                    }
                    span::of_record(&record, &ids)
                };
                groups.add(&resource, span);
            }
        }
        let wait = match (is_all, is_last) {
            (false, _) => WaitForSpan::Always,
            (true, false) => WaitForSpan::IfRecent,
            (true, true) => WaitForSpan::Never,
        };
        self.requests_as_spans(state, wait, &mut groups)?;
        Ok(Payload::traces(groups.0))
    }

    /// Skips the requests whose spans were sent, and takes those without a span in the debug log. Stops at a request whose
    /// span may still be written.
    fn requests_as_spans(
        &mut self,
        state: &mut State,
        wait: WaitForSpan,
        groups: &mut Groups<OtlpSpan>,
    ) -> Result<(), Error> {
        let budget = &mut Budget::of_batch();
        let Self {
            feed,
            settings,
            resources,
            taken,
            spans,
            ahead,
            ..
        } = self;
        each_new(feed, state, budget, |record, state| {
            let span = span_of_request(record).filter(|_| !record.is_amendment());
            let own = span.filter(|span| ahead.is_of(*span, record));
            if let Some(span) = own {
                let sent = hex(span);
                if state.ahead.remove(&sent) {
                    ahead.lines.remove(&span);
                    taken.take(record, |_| {});
                    return true;
                }
                let may_come = match wait {
                    WaitForSpan::Always => true,
                    WaitForSpan::IfRecent => is_recent(record),
                    WaitForSpan::Never => false,
                };
                if may_come && !spans.recorded.contains(&span) {
                    return false;
                }
                ahead.lines.remove(&span);
            }
            taken.take(record, |record| {
                let recorded = match span {
                    Some(span) if !record.is_amendment() => {
                        let is_known =
                            spans.recorded.contains(&span) || !spans.requests.insert(span);
                        if is_known {
                            RecordedSpan::Exported
                        } else {
                            RecordedSpan::Missing
                        }
                    }
                    _ => RecordedSpan::Missing,
                };
                let resource = resources.of_request(record, settings);
                groups.add(&resource, inference::span(record, recorded));
            });
            true
        })
    }

    fn logs(&mut self, state: &mut State) -> Result<Payload, Error> {
        let mut groups = Groups::default();
        let mut budget = Budget::of_batch();
        self.read_links(state)?;
        let is_all =
            self.each_debug(state, &mut budget, |pipeline, line, record, resource, _| {
                if let Record::Event(event) = record {
                    let (_, links) = pipeline.links.entry(line.file.key.clone()).or_default();
                    let session = event.session_id.as_deref();
                    let ids = line.file.ids;
                    let of_parent = || ids.of_known_parent(event.parent?, session, links);
                    let within = ids.of_event(&event).or_else(of_parent);
                    let uid = hash_of(&[
                        &ids.process_hash().to_be_bytes(),
                        &line.offset.to_be_bytes(),
                        line.line,
                    ]);
                    groups.add(resource, span::of_event(&event, within, Some(uid)));
                }
            })?;
        if is_all {
            let Self {
                feed,
                settings,
                resources,
                taken,
                ..
            } = self;
            each_new(feed, state, &mut budget, |record, _| {
                taken.take(record, |record| {
                    let resource = resources.of_request(record, settings);
                    groups.add(&resource, inference::log(record));
                });
                true
            })?;
        }
        Ok(Payload::logs(groups.0))
    }

    /// Reads the ids of all spans of the files whose events are sent next.
    fn read_links(&mut self, state: &State) -> Result<(), Error> {
        for file in self.feed.of_kind(LogKind::Debug) {
            let length = file.length();
            if position(state, file) >= length {
                continue;
            }
            if matches!(self.links.get(&file.key), Some((known, _)) if *known == length) {
                break;
            }
            let mut links = Links::default();
            file.read_before(u64::MAX, |line| {
                if let Ok(Record::Span(span)) = Record::parse(line) {
                    links.add(SpanLink {
                        id: span.id,
                        parent: span.parent,
                        session: span.session_id.as_deref().map(Into::into),
                        ids: ids::recorded(&span),
                    });
                }
            })?;
            links.find_roots();
            self.links.insert(file.key.clone(), (length, links));
            break;
        }
        Ok(())
    }

    fn metrics(&mut self, state: &mut State) -> Result<Payload, Error> {
        // The resource of sums never changes: otherwise a backend would count them again, as those of another program.
        if state.resource.is_none() {
            let headers = self.feed.of_kind(LogKind::Debug);
            let headers = headers.filter_map(|file| file.header.as_ref());
            let header = headers.max_by_key(|header| header.ts);
            let instance = uuid::Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext));
            let resource = self.settings.of_exporter(header, &instance.to_string());
            state.resource = Some(resource);
        }
        let resource = state.resource.clone().unwrap_or_default();
        let (delta, taken) = (self.delta, &mut self.taken);
        let mut measurements = Vec::new();
        let mut deltas = Vec::new();
        let mut budget = Budget::of_batch();
        each_new(&self.feed, state, &mut budget, |record, state| {
            let first = span::nanos(record.ts, 0);
            state.start.get_or_insert(first);
            taken.take(record, |record| {
                if delta {
                    deltas.extend(metrics::deltas(record));
                } else {
                    measurements.extend(metrics::of_request(record));
                }
            });
            true
        })?;
        let (start, now) = (state.start.unwrap_or(0), now());
        let mut metrics = cumulative::add(&mut state.series, measurements, start, now.max(start));
        metrics.extend(deltas);
        Ok(Payload::metrics(resource, metrics))
    }
}

fn hex(id: SpanId) -> String {
    format!("{:016x}", u64::from_be_bytes(id))
}

/// Returns whether a request ended so recently that its span may still be written.
fn is_recent(record: &SessionRecord<'_>) -> bool {
    let wait = u64::try_from(WAIT_FOR_SPAN.as_nanos()).unwrap_or(u64::MAX);
    span::nanos(record.end(), wait) > now()
}

/// Returns the time of now in nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
