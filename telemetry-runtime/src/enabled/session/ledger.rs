//! What a session knows of its requests.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetry_schema::record::{Rollup, SessionRecord, Sums, Timestamp, answered_key, seen_key};

use super::registry;
use crate::SessionId;
use crate::snapshot::{ModelUsage, SessionSnapshot, Totals};

/// The name of the model that neither the host nor the answer named.
const UNKNOWN_MODEL: &str = "unknown";

/// One session of this process.
pub(crate) struct State {
    id: SessionId,
    ledger: Mutex<Ledger>,
}

impl State {
    pub(super) fn new(id: SessionId, ledger: Ledger) -> Self {
        Self {
            id,
            ledger: Mutex::new(ledger),
        }
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request and gives it its turn number. `false` where it is counted already: the
    /// record is then not to be written.
    pub(crate) fn admit(&self, record: &mut SessionRecord<'_>) -> bool {
        self.ledger().admit(record)
    }

    pub(super) fn snapshot(&self) -> SessionSnapshot {
        self.ledger().snapshot(self.id)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        registry::forget(self.id);
    }
}

/// The sums of one session.
#[derive(Default)]
pub(super) struct Ledger {
    /// The turns that are in the sums.
    seen: HashSet<u64>,
    /// The highest turn number given so far.
    turn: u64,
    sums: Sums,
    models: Vec<Model>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    damaged_lines: u64,
}

struct Model {
    name: String,
    sums: Sums,
    last: Timestamp,
    last_effort: Option<(Timestamp, String)>,
}

impl Ledger {
    fn admit(&mut self, record: &mut SessionRecord<'_>) -> bool {
        // An error that comes after the answer, such as a stream's that is dropped once it was read
        // to its end, makes no second request.
        let answered = record
            .request_id
            .as_deref()
            .map(|id| answered_key(&record.session_id, id));
        if answered.is_some_and(|key| self.seen.contains(&key)) {
            return false;
        }
        record.turn = Some(self.turn.saturating_add(1));
        self.add(record)
    }

    /// Adds a request; `false` where it is there already.
    pub(super) fn add(&mut self, record: &SessionRecord<'_>) -> bool {
        if seen_key(record).is_some_and(|key| !self.seen.insert(key)) {
            return false;
        }
        self.add_sums(
            record.model.as_deref(),
            &Sums::of(record),
            (record.ts, record.ts),
            record
                .reasoning_effort
                .as_deref()
                .map(|effort| (record.ts, effort)),
        );
        self.turn = self.turn.max(record.turn.unwrap_or(0));
        true
    }

    /// Adds what is left of removed requests.
    pub(super) fn add_rollup(&mut self, rollup: &Rollup<'_>) {
        let effort_ts = rollup.last_effort_ts.unwrap_or(rollup.last);
        self.add_sums(
            rollup.model.as_deref(),
            &rollup.sums,
            (rollup.ts, rollup.last),
            rollup
                .last_effort
                .as_deref()
                .map(|effort| (effort_ts, effort)),
        );
    }

    fn add_sums(
        &mut self,
        model: Option<&str>,
        sums: &Sums,
        (first, last): (Timestamp, Timestamp),
        effort: Option<(Timestamp, &str)>,
    ) {
        self.sums.add(sums);
        self.turn = self.turn.max(self.sums.requests);
        self.first = Some(self.first.map_or(first, |before| before.min(first)));
        self.last = Some(self.last.map_or(last, |before| before.max(last)));
        let name = model.unwrap_or(UNKNOWN_MODEL);
        let at = self.models.iter().position(|known| known.name == name);
        let at = at.unwrap_or_else(|| {
            self.models.push(Model {
                name: name.to_owned(),
                sums: Sums::default(),
                last,
                last_effort: None,
            });
            self.models.len() - 1
        });
        let known = &mut self.models[at];
        known.sums.add(sums);
        known.last = known.last.max(last);
        let before = known.last_effort.as_ref().map(|(time, _)| *time);
        if let Some((time, effort)) = effort
            && before.is_none_or(|before| time >= before)
        {
            known.last_effort = Some((time, effort.to_owned()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sums.requests == 0
    }

    pub(super) fn count_damaged(&mut self, lines: u64) {
        self.damaged_lines = self.damaged_lines.saturating_add(lines);
    }

    fn snapshot(&self, id: SessionId) -> SessionSnapshot {
        let mut models: Vec<ModelUsage> = self
            .models
            .iter()
            .map(|model| ModelUsage {
                model: model.name.clone(),
                last_effort: model.last_effort.as_ref().map(|(_, effort)| effort.clone()),
                totals: totals(&model.sums),
            })
            .collect();
        models.sort_by(|a, b| {
            let tokens = |usage: &ModelUsage| usage.totals.total_tokens;
            tokens(b)
                .cmp(&tokens(a))
                .then_with(|| a.model.cmp(&b.model))
        });
        let latest = self.models.iter().max_by_key(|model| model.last);
        SessionSnapshot {
            session_id: Some(id),
            totals: totals(&self.sums),
            models,
            last_model: latest.map(|model| model.name.clone()),
            first: self.first.map(Timestamp::to_system_time),
            last: self.last.map(Timestamp::to_system_time),
            damaged_lines: self.damaged_lines,
        }
    }
}

fn totals(sums: &Sums) -> Totals {
    Totals {
        turns: sums.turns,
        requests: sums.requests,
        failures: sums.failures,
        retries: sums.retries,
        prompt_tokens: sums.prompt_tokens,
        cached_tokens: sums.cached_tokens,
        cache_reported_prompt_tokens: sums.cache_reported_prompt_tokens,
        cache_write_tokens: sums.cache_write_tokens,
        completion_tokens: sums.completion_tokens,
        reasoning_tokens: sums.reasoning_tokens,
        total_tokens: sums.total_tokens,
        cost_nanos: sums.cost_usd.0,
        unpriced_requests: sums.unpriced_requests,
        api_time: Duration::from_millis(sums.api_ms),
    }
}
