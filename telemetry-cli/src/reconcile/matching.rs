//! Finds the spend record of each request.

use std::collections::HashMap;

use super::index::SpendIndex;
use super::logged::LoggedRequest;
use super::spend::SpendRecord;

/// The id by which a request and a spend record belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MatchedBy {
    CallId,
    RequestId,
}

/// A request with its spend record.
#[derive(Debug)]
pub(super) struct MatchedRequest {
    pub(super) request: LoggedRequest,
    pub(super) spend: SpendRecord,
    pub(super) by: MatchedBy,
    /// Further records of the call: attempts of the proxy that failed before this one.
    pub(super) attempts: Vec<SpendRecord>,
}

/// The result of matching.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub(super) pairs: Vec<MatchedRequest>,
    /// Requests without a spend record.
    pub(super) only_session: Vec<LoggedRequest>,
    /// Spend records without a request.
    pub(super) only_proxy: Vec<SpendRecord>,
}

/// Finds the spend record of each request: by call id, and among the records of one call by request id and outcome.
/// Then by request id, for the requests and the records that are left.
pub(super) fn find(requests: Vec<LoggedRequest>, mut index: SpendIndex) -> Matches {
    let mut matches = Matches::default();
    let mut left = Vec::new();
    // All calls come first, so that a request without a call id does not take the record of another request, such as
    // that of an answer from the cache, which has the request id of the first answer.
    for request in requests {
        let rank = |spend: &SpendRecord| rank(&request, spend);
        let call = request.call_id.as_deref();
        match call.and_then(|id| index.take_of_call(id, rank)) {
            Some(spend) => matches.push(request, spend, MatchedBy::CallId),
            None => left.push(request),
        }
    }
    for request in left {
        let rank = |spend: &SpendRecord| rank(&request, spend);
        let id = request.request_id.as_deref();
        match id.and_then(|id| index.take_of_request(id, rank)) {
            Some(spend) => matches.push(request, spend, MatchedBy::RequestId),
            None => matches.only_session.push(request),
        }
    }
    let mut places = HashMap::new();
    for (at, pair) in matches.pairs.iter().enumerate() {
        if let Some(id) = pair.spend.call_id.clone() {
            places.insert(id, at);
        }
    }
    for spend in index.into_rest() {
        let place = spend.call_id.as_ref().and_then(|id| places.get(id));
        match place {
            Some(at) if spend.failed => matches.pairs[*at].attempts.push(spend),
            _ => matches.only_proxy.push(spend),
        }
    }
    matches
}

impl Matches {
    fn push(&mut self, request: LoggedRequest, spend: SpendRecord, by: MatchedBy) {
        self.pairs.push(MatchedRequest {
            request,
            spend,
            by,
            attempts: Vec::new(),
        });
    }
}

/// Returns how well a record of the call fits the request.
fn rank(request: &LoggedRequest, spend: &SpendRecord) -> u8 {
    let same_id = request.request_id.is_some() && request.request_id == spend.request_id;
    let same_outcome = request.is_ok() != spend.failed;
    2 * u8::from(same_id) + u8::from(same_outcome)
}
