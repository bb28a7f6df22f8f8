//! The comparison of all requests and spend records.

use serde::Serialize;
use telemetry_schema::record::NanoUsd;

use super::ReconcileQuery;
use super::compare::{Difference, differences};
use super::file::SpendFile;
use super::logged::LoggedRequest;
use super::matching::{MatchedRequest, Matches};
use super::spend::SpendRecord;
use super::tokens::TokenCounts;
use crate::selection::Period;
use crate::skipped_lines::SkippedLines;
use crate::terminal::counted;

/// Why a request or a spend record has no counterpart, or why a pair is special.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Explanation {
    /// A pair: the answer is from the proxy's cache.
    CacheHit,
    /// A pair: attempts within one group failed before the answer.
    Retried,
    /// A pair: another group failed before the answer.
    FellBack,
    /// A pair of which neither side has a price.
    Unpriced,
    /// A pair in which the session log has a price of its own in place of the proxy's.
    OwnPrice,
    /// A pair: the proxy booked the part of an answer that failed later, and did not report the charge to the client.
    FailedLate,
    /// A request: failed without tokens and cost, and the proxy has no record of it.
    FailedUnrecorded,
    /// A request that the proxy did not book.
    NotBooked,
    /// A spend record: an answer from the cache with the id of an earlier answer, which the session log counts once.
    RepeatedAnswer,
    /// A spend record: the proxy checked a deployment.
    HealthCheck,
    /// A spend record: failed without tokens and cost, and the session log has no record of it.
    FailedElsewhere,
    /// A spend record: a further charge for a call that has one already.
    ChargedAgain,
    /// A spend record of a call that the session log does not have.
    NotLogged,
}

impl Explanation {
    /// Returns whether a request or a spend record without a counterpart does not count as a difference between the bills.
    pub(super) fn is_harmless(self) -> bool {
        !matches!(self, Self::NotBooked | Self::ChargedAgain | Self::NotLogged)
    }

    /// Returns the explanation for people.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::CacheHit => "answered from the proxy's cache, not charged",
            Self::Retried => "retried inside the proxy",
            Self::FellBack => "fell back to another group inside the proxy",
            Self::Unpriced => "no price on either side",
            Self::OwnPrice => "priced by the session log, not by the proxy",
            Self::FailedLate => "failed within the answer; the proxy charged the part before",
            Self::FailedUnrecorded => "failed without cost; the proxy has no record",
            Self::NotBooked => "not in the proxy's records",
            Self::RepeatedAnswer => {
                "repeated answer from the proxy's cache, counted once in the session log"
            }
            Self::HealthCheck => "health check of the proxy",
            Self::FailedElsewhere => "failed without cost; not in the session log",
            Self::ChargedAgain => "further charge for a call that is in the session log once",
            Self::NotLogged => {
                "not in the session log: another client, disabled telemetry, or a pruned record"
            }
        }
    }
}

/// A request with its spend record and their differences.
#[derive(Debug)]
pub(super) struct ComparedRequest {
    pub(super) matched: MatchedRequest,
    pub(super) differences: Vec<Difference>,
    pub(super) explanations: Vec<Explanation>,
}

/// The sums of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BillSums {
    pub(super) requests: u64,
    pub(super) tokens: TokenCounts,
    pub(super) cost: NanoUsd,
}

impl BillSums {
    fn add(&mut self, tokens: TokenCounts, cost_nanos: i64) {
        self.requests = self.requests.saturating_add(1);
        self.tokens.add(tokens);
        self.cost = NanoUsd(self.cost.0.saturating_add(cost_nanos));
    }
}

/// The result of a comparison.
#[derive(Debug)]
pub struct Reconciliation {
    pub(super) files: Vec<SpendFile>,
    pub(super) period: Period,
    pub(super) tolerance: NanoUsd,
    pub(super) pairs: Vec<ComparedRequest>,
    pub(super) only_session: Vec<(LoggedRequest, Explanation)>,
    pub(super) only_proxy: Vec<(SpendRecord, Explanation)>,
    /// The number of spend records without a request that are excluded, because only one session is compared.
    pub(super) of_other_sessions: u64,
    /// The number of requests whose records were pruned.
    pub(super) pruned: u64,
    /// The wanted keys that no spend record has.
    pub(super) unknown_keys: Vec<String>,
    /// The lines of the session log that were skipped.
    pub skips: SkippedLines,
}

impl Reconciliation {
    /// Compares matched requests. `period` is the selected period, limited to that of the spend records.
    pub(super) fn of(matches: Matches, query: &ReconcileQuery, period: &Period) -> Self {
        let of_session = |request: &LoggedRequest| {
            query
                .session
                .as_deref()
                .is_none_or(|id| request.session_id == id)
        };
        let calls: std::collections::HashSet<String> = matches
            .pairs
            .iter()
            .flat_map(|pair| [&pair.spend.call_id, &pair.spend.request_id])
            .flatten()
            .cloned()
            .collect();
        let pairs = matches.pairs.into_iter();
        let pairs = pairs
            .filter(|it| of_session(&it.request) && query.period.contains(it.request.ts))
            .map(|matched| {
                let differences = differences(&matched.request, &matched.spend, query.tolerance);
                ComparedRequest {
                    explanations: explanations(&matched),
                    differences,
                    matched,
                }
            });
        let only_session = matches.only_session.into_iter();
        let only_session = only_session
            .filter(|it| of_session(it) && period.contains(it.ts))
            .map(|it| (explain_request(&it), it));
        let only_proxy = matches.only_proxy.into_iter();
        let only_proxy = only_proxy
            .filter(|it| it.start.is_none_or(|start| query.period.contains(start)))
            .map(|it| (explain_spend(&it, |id| calls.contains(id)), it));
        let mut only_proxy: Vec<_> = only_proxy.map(|(why, it)| (it, why)).collect();
        let mut of_other_sessions = 0;
        if query.session.is_some() {
            of_other_sessions = only_proxy.len() as u64;
            only_proxy.clear();
        }
        Self {
            files: Vec::new(),
            period: *period,
            tolerance: query.tolerance,
            pairs: pairs.collect(),
            only_session: only_session.map(|(why, it)| (it, why)).collect(),
            only_proxy,
            of_other_sessions,
            pruned: 0,
            unknown_keys: Vec::new(),
            skips: SkippedLines::default(),
        }
    }

    /// Returns whether both sides are equal, except for differences with a harmless explanation.
    pub fn is_equal(&self) -> bool {
        self.pairs.iter().all(|pair| pair.differences.is_empty())
            && self.only_session.iter().all(|(_, why)| why.is_harmless())
            && self.only_proxy.iter().all(|(_, why)| why.is_harmless())
    }

    /// Returns messages about the entries, records and requests that the comparison excludes.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for file in self.files.iter().filter(|file| file.skipped > 0) {
            notes.push(format!(
                "{}: skipped {} that are not spend records",
                file.path,
                counted(file.skipped, "entry", "entries")
            ));
        }
        for key in &self.unknown_keys {
            notes.push(format!("no spend record has the key {key}"));
        }
        let is_empty =
            self.pairs.is_empty() && self.only_session.is_empty() && self.only_proxy.is_empty();
        if is_empty {
            notes.push("nothing was compared: the period and the filters exclude every request and every spend record".to_owned());
        }
        if self.of_other_sessions > 0 {
            notes.push(format!(
                "{} without a request of the session excluded",
                counted(self.of_other_sessions, "spend record", "spend records")
            ));
        }
        if self.pruned > 0 {
            notes.push(format!(
                "{} in the period cannot be compared, because only the sums of pruned records are known",
                counted(self.pruned, "request", "requests")
            ));
        }
        notes
    }

    /// Returns the sums of the session log and of the spend records.
    pub(super) fn sums(&self) -> (BillSums, BillSums) {
        let (mut session, mut proxy) = (BillSums::default(), BillSums::default());
        for pair in &self.pairs {
            let MatchedRequest {
                request,
                spend,
                attempts,
                ..
            } = &pair.matched;
            session.add(request.tokens, request.cost_nanos());
            proxy.add(spend.tokens, spend.cost_nanos());
            for attempt in attempts {
                proxy.add(attempt.tokens, attempt.cost_nanos());
            }
        }
        for (request, _) in &self.only_session {
            session.add(request.tokens, request.cost_nanos());
        }
        for (spend, _) in &self.only_proxy {
            proxy.add(spend.tokens, spend.cost_nanos());
        }
        (session, proxy)
    }
}

fn explanations(matched: &MatchedRequest) -> Vec<Explanation> {
    let MatchedRequest {
        request,
        spend,
        attempts,
        ..
    } = matched;
    let is_of_other_group = |it: &SpendRecord| it.group.is_some() && it.group != spend.group;
    let fell_back = request.proxy_fallbacks > 0 || attempts.iter().any(is_of_other_group);
    let retried = request.proxy_retries > 0 || attempts.iter().any(|it| !is_of_other_group(it));
    let unknown_price = request.cost.is_none() && spend.cost_nanos() == 0;
    let found = [
        (spend.cache_hit, Explanation::CacheHit),
        (retried, Explanation::Retried),
        (fell_back, Explanation::FellBack),
        (unknown_price && request.tokens.any(), Explanation::Unpriced),
        (request.is_cost_calculated, Explanation::OwnPrice),
        (
            spend.failed && spend.cost_nanos() > 0,
            Explanation::FailedLate,
        ),
    ];
    let found = found.into_iter().filter(|(applies, _)| *applies);
    found.map(|(_, explanation)| explanation).collect()
}

fn explain_request(request: &LoggedRequest) -> Explanation {
    if !request.is_ok() && !request.tokens.any() && request.cost_nanos() == 0 {
        return Explanation::FailedUnrecorded;
    }
    Explanation::NotBooked
}

/// Explains a spend record without a request. `is_matched` returns whether the record of a request has the id.
fn explain_spend(spend: &SpendRecord, is_matched: impl Fn(&str) -> bool) -> Explanation {
    let is_matched = |id: &Option<String>| id.as_deref().is_some_and(&is_matched);
    let is_free = spend.cost_nanos() == 0;
    if spend.is_health_check() {
        Explanation::HealthCheck
    } else if spend.cache_hit && is_free && is_matched(&spend.request_id) {
        Explanation::RepeatedAnswer
    } else if spend.failed && is_free && !spend.tokens.any() {
        Explanation::FailedElsewhere
    } else if is_matched(&spend.call_id) {
        Explanation::ChargedAgain
    } else {
        Explanation::NotLogged
    }
}
