//! The totals of one session.

use std::time::Instant;

use telemetry_schema::record::{
    Rollup, SessionRecord, Timestamp, answered_request_key, compare_totals, request_key,
};
use telemetry_schema::sort::sort_by;

use super::active::ActivePeriods;
use super::amendment::{AmendedBy, LatestCounts};
use super::labels::SessionLabels;
use super::latest_context::LatestContext;
use super::seen_requests::SeenRequests;
use crate::enabled::stats;
use crate::snapshot::data::{ModelUsage, SessionSnapshot};
use crate::{RateLimit, SessionId, Totals};

/// The name under which requests without a model are counted.
const UNKNOWN_MODEL: &str = "unknown";
/// The name under which further models are counted once a session has [`MAX_MODELS`].
const OTHER_MODELS: &str = "other models";
/// The most models of a session, so that model names that never repeat cannot fill the memory.
const MAX_MODELS: usize = 256;

/// The highest numbers that were given in a session so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) request: u64,
    pub(super) turn: u64,
}

/// The totals of one session, and the keys of the requests that they contain.
#[derive(Default)]
pub(super) struct Ledger {
    /// The requests that are counted.
    seen: SeenRequests,
    /// The counts of the latest requests, which may grow.
    latest: LatestCounts,
    numbers: Numbers,
    /// The highest number of a request that was read or counted.
    numbered: u64,
    sums: Totals,
    models: Vec<ModelLedger>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    last_end: Option<Timestamp>,
    /// The periods without a pause.
    active: ActivePeriods,
    context: Option<LatestContext>,
    /// The limits of the latest answer, and when they were noted.
    rate_limits: Option<(Vec<RateLimit>, Instant)>,
    parent: Option<SessionId>,
    labels: SessionLabels,
    /// The totals of the sessions that were started from this one.
    children: Totals,
    /// Whether a request states its reasoning tokens.
    is_reasoning_reported: bool,
    damaged_lines: u64,
    unreadable_files: u64,
    /// Whether requests of the session may be in sums that no longer name it.
    pub(super) lacks_beginning: bool,
}

struct ModelLedger {
    name: String,
    sums: Totals,
    last: Timestamp,
    last_effort: Option<(Timestamp, String)>,
}

/// The totals of one record: of a request, or of the removed requests that a rollup stands for.
struct LedgerEntry<'a> {
    model: Option<&'a str>,
    sums: Totals,
    first: Timestamp,
    last: Timestamp,
    last_end: Timestamp,
    effort: Option<(Timestamp, &'a str)>,
    parent: Option<&'a str>,
}

impl<'a> LedgerEntry<'a> {
    fn of_request(record: &'a SessionRecord<'_>) -> Self {
        let effort = record.reasoning_effort.as_deref();
        Self {
            model: record.model.as_deref(),
            sums: record.totals(),
            first: record.ts,
            last: record.ts,
            last_end: record.end(),
            effort: effort.map(|effort| (record.ts, effort)),
            parent: record.parent_session_id.as_deref(),
        }
    }

    fn of_rollup(rollup: &'a Rollup<'_>) -> Self {
        let effort_ts = rollup.last_effort_ts.unwrap_or(rollup.last);
        let effort = rollup.last_effort.as_deref();
        Self {
            model: rollup.model.as_deref(),
            sums: rollup.sums,
            first: rollup.ts,
            last: rollup.last,
            last_end: rollup.last_end.unwrap_or(rollup.last),
            effort: effort.map(|effort| (effort_ts, effort)),
            parent: rollup.parent_session_id.as_deref(),
        }
    }
}

impl Ledger {
    /// Makes the ledger of a new session that is started from another one.
    pub(super) fn child_of(parent: SessionId) -> Self {
        Self {
            parent: Some(parent),
            ..Self::default()
        }
    }

    /// Sets the labels of a new session.
    pub(super) fn with_labels(self, labels: SessionLabels) -> Self {
        Self { labels, ..self }
    }

    pub(super) fn labels(&self) -> &SessionLabels {
        &self.labels
    }

    /// Counts a request and sets the number of the record. Returns `false` if the request is counted already;
    /// the record must then not be written. If the counts of a counted request have grown, the record becomes one that
    /// carries the differences, if there is one that `by` names.
    pub(super) fn admit(&mut self, record: &mut SessionRecord<'_>, by: AmendedBy) -> bool {
        // An error after the answer is not a second request: a stream may be dropped after it was read
        // to its end.
        let answered = record
            .request_id
            .as_deref()
            .map(|id| answered_request_key(&record.session_id, id));
        if let Some(key) = answered.filter(|key| self.seen.contains(*key)) {
            if !record.is_ok() {
                return false;
            }
            // Another request with the id of this one does not correct its cost.
            let by = if self.latest.is_repeat(key, record) {
                stats::repeated_request();
                AmendedBy::Increase
            } else {
                by
            };
            return self.latest.amend(key, record, by) && self.add(record);
        }
        record.request = Some(self.numbers.request.saturating_add(1));
        self.add(record)
    }

    /// Adds a request. Returns `false` if the request is counted already.
    pub(super) fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if request_key(record).is_some_and(|key| !self.seen.insert(key)) {
            return false;
        }
        if record.is_ok()
            && let Some(id) = record.request_id.as_deref()
        {
            let key = answered_request_key(&record.session_id, id);
            self.latest.add(key, record);
        }
        self.add_entry(&LedgerEntry::of_request(record));
        let request = record.request_number().unwrap_or(0);
        LatestContext::note(&mut self.context, record);
        self.is_reasoning_reported |= record.reasoning_tokens.is_some();
        self.labels.read(record);
        self.numbers.request = self.numbers.request.max(request);
        self.numbers.turn = self.numbers.turn.max(record.turn_number().unwrap_or(0));
        if !record.is_amendment() {
            self.numbered = self.numbered.max(request);
        }
        true
    }

    /// Adds a request of a session that was started from this one. Returns `false` if the request is
    /// counted already.
    pub(super) fn add_of_child(&mut self, record: &SessionRecord<'_>) -> bool {
        let is_new = request_key(record).is_none_or(|key| self.seen.insert(key));
        if is_new {
            self.children.add(&record.totals());
        }
        is_new
    }

    /// Adds the totals of removed requests.
    pub(super) fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        self.numbers.turn = self.numbers.turn.max(rollup.last_turn.unwrap_or(0));
        self.is_reasoning_reported |= rollup.sums.reasoning_tokens > 0;
        self.labels.read_rollup(rollup);
        self.add_entry(&LedgerEntry::of_rollup(rollup));
    }

    /// Adds the totals of removed requests of a session that was started from this one.
    pub(super) fn add_rollup_of_child(&mut self, rollup: &Rollup<'_>) {
        self.children.add(&rollup.sums);
    }

    /// Notes the rate limits that the latest answer stated.
    pub(super) fn note_rate_limits(&mut self, limits: Vec<RateLimit>) {
        self.rate_limits = Some((limits, Instant::now()));
    }

    fn add_entry(&mut self, entry: &LedgerEntry<'_>) {
        self.sums.add(&entry.sums);
        self.active.add(entry.first, entry.last_end);
        self.numbers.request = self.numbers.request.max(self.sums.requests);
        let (first, last, last_end) = (entry.first, entry.last, entry.last_end);
        self.first = Some(self.first.map_or(first, |before| before.min(first)));
        self.last = self.last.max(Some(last));
        self.last_end = self.last_end.max(Some(last_end));
        let parent = entry.parent.and_then(|parent| parent.parse().ok());
        self.parent = self.parent.max(parent);
        let known = self.model(entry.model.unwrap_or(UNKNOWN_MODEL), last);
        known.sums.add(&entry.sums);
        known.last = known.last.max(last);
        // Of two efforts with equal times the greater name wins, so that the result does not depend on
        // the order of the records.
        let before = known.last_effort.as_ref();
        let before = before.map(|(time, effort)| (*time, effort.as_str()));
        if let Some((time, effort)) = entry.effort
            && before < entry.effort
        {
            known.last_effort = Some((time, effort.to_owned()));
        }
    }

    fn model(&mut self, name: &str, last: Timestamp) -> &mut ModelLedger {
        let at =
            |models: &[ModelLedger], name: &str| models.iter().position(|model| model.name == name);
        let name = match at(&self.models, name) {
            None if self.models.len() >= MAX_MODELS => OTHER_MODELS,
            _ => name,
        };
        let at = at(&self.models, name).unwrap_or_else(|| {
            self.models.push(ModelLedger {
                name: name.to_owned(),
                sums: Totals::default(),
                last,
                last_effort: None,
            });
            self.models.len() - 1
        });
        &mut self.models[at]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sums.requests == 0 && self.children.requests == 0
    }

    /// Returns whether requests of the session are missing: their records were removed, and the rollup no longer names the session,
    /// or does not contain them. The numbers of the requests show it as well.
    pub(super) fn is_partial(&self) -> bool {
        self.lacks_beginning || self.numbered > self.sums.requests
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.first
    }

    pub(super) fn count_damaged(&mut self, lines: u64) {
        self.damaged_lines = self.damaged_lines.saturating_add(lines);
    }

    pub(super) fn count_unreadable(&mut self) {
        self.unreadable_files = self.unreadable_files.saturating_add(1);
    }

    pub(super) fn parent(&self) -> Option<SessionId> {
        self.parent
    }

    pub(super) fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Begins a turn, and returns its number.
    pub(super) fn begin_turn(&mut self) -> u64 {
        self.numbers.turn = self.numbers.turn.saturating_add(1);
        self.numbers.turn
    }

    /// Continues the numbers of an earlier ledger of the session, and keeps its parent, also where
    /// the log has lost them.
    pub(super) fn continue_from(&mut self, numbers: Numbers, parent: Option<SessionId>) {
        self.numbers.request = self.numbers.request.max(numbers.request);
        self.numbers.turn = self.numbers.turn.max(numbers.turn);
        self.parent = self.parent.or(parent);
    }

    /// Returns the approximate memory of the ledger, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let models: usize = self
            .models
            .iter()
            .map(|model| {
                let effort = model.last_effort.as_ref();
                model.name.capacity() + effort.map_or(0, |(_, effort)| effort.capacity())
            })
            .sum();
        size_of::<Self>()
            + self.seen.bytes()
            + self.latest.bytes()
            + self.active.bytes()
            + self.context.as_ref().map_or(0, LatestContext::bytes)
            + self.models.capacity() * size_of::<ModelLedger>()
            + models
    }

    /// Returns the totals. `max_input_tokens` returns the context window of a model.
    pub(super) fn snapshot(
        &self,
        id: SessionId,
        max_input_tokens: &dyn Fn(&str) -> Option<u64>,
    ) -> SessionSnapshot {
        let mut models: Vec<ModelUsage> = self
            .models
            .iter()
            .map(|model| ModelUsage {
                model: model.name.clone(),
                last_effort: model.last_effort.as_ref().map(|(_, effort)| effort.clone()),
                totals: model.sums,
            })
            .collect();
        sort_by(&mut models, |a, b| {
            compare_totals((&a.model, &a.totals), (&b.model, &b.totals))
        });
        let latest = self
            .models
            .iter()
            .max_by_key(|model| (model.last, &model.name));
        SessionSnapshot {
            session_id: Some(id),
            parent_id: self.parent,
            totals: self.sums,
            turns: self.numbers.turn,
            children: self.children,
            models,
            last_model: latest.map(|model| model.name.clone()),
            context: self
                .context
                .as_ref()
                .map(|context| context.usage(max_input_tokens)),
            context_model: self.context.as_ref().map(|context| {
                let model = context.model().unwrap_or(UNKNOWN_MODEL);
                model.to_owned()
            }),
            rate_limits: self.rate_limits(),
            directory: None,
            paused: self.active.pauses(),
            first: self.first.map(Timestamp::to_system_time),
            last: self.last.map(Timestamp::to_system_time),
            last_end: self.last_end.map(Timestamp::to_system_time),
            is_reasoning_reported: self.is_reasoning_reported,
            damaged_lines: self.damaged_lines,
            unreadable_files: self.unreadable_files,
            is_partial: self.is_partial(),
            is_off: false,
            not_running: None,
            unsaved_records: 0,
            unsaved_reason: None,
        }
    }

    /// Returns the limits of the latest answer, with the time that is left now.
    fn rate_limits(&self) -> Vec<RateLimit> {
        let Some((limits, noted)) = &self.rate_limits else {
            return Vec::new();
        };
        let elapsed = noted.elapsed();
        let mut limits = limits.clone();
        for limit in &mut limits {
            limit.resets_in = limit.resets_in.map(|time| time.saturating_sub(elapsed));
        }
        limits
    }
}
