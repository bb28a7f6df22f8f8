//! The reports of the latest requests, by which a later report of a request is completed: a handler may receive the counts
//! first, and the cached tokens, the service tier or the audio tokens afterwards.

use std::collections::VecDeque;
use std::sync::Mutex;

use telemetry_schema::record::answered_request_key;

use crate::CostSource;
use crate::enabled::process::{PerProcess, lock};
use crate::usage::{Usage, UsagePart};

/// The number of requests that are stored, of all sessions together. They take less than 300 kB.
const MAX_STORED: usize = 256;

static LATEST: PerProcess<Mutex<VecDeque<(u64, UsagePart)>>> = PerProcess::new(Mutex::default);

/// Completes the answer of a request by its earlier reports, and stores the result. Returns the result, and whether it
/// contains more than the earlier reports.
pub(super) fn complete(session_id: &str, id: &str, part: UsagePart) -> (UsagePart, bool) {
    let key = answered_request_key(session_id, id);
    let mut latest = lock(LATEST.get());
    let Some(at) = latest.iter().position(|(known, _)| *known == key) else {
        if latest.len() == MAX_STORED {
            latest.pop_front();
        }
        latest.push_back((key, part.clone()));
        return (part, false);
    };
    let is_hit = |part: &UsagePart| part.usage.cost_source == Some(CostSource::CacheHit);
    let known = &latest[at].1;
    // The proxy's cache repeats the id of the stored answer, so that a hit is a request of its own and not a later report of the
    // first request.
    if is_hit(&part) && !is_hit(known) {
        return (part, false);
    }
    let completed = raised(known, part);
    let is_more = facts(&completed) != facts(known);
    latest[at].1 = completed.clone();
    (completed, is_more)
}

/// Returns the later part, completed by the earlier one. No count or cost is lower than before.
fn raised(earlier: &UsagePart, later: UsagePart) -> UsagePart {
    let refused_counts = later.usage.refused_counts;
    let mut completed = earlier.clone().followed_by(later);
    let (usage, before) = (&mut completed.usage, &earlier.usage);
    let counts = [
        (&mut usage.prompt_tokens, before.prompt_tokens),
        (&mut usage.cached_tokens, before.cached_tokens),
        (&mut usage.cache_write_tokens, before.cache_write_tokens),
        (&mut usage.completion_tokens, before.completion_tokens),
        (&mut usage.reasoning_tokens, before.reasoning_tokens),
        (&mut usage.total_tokens, before.total_tokens),
    ];
    for (count, before) in counts {
        if count.is_some() {
            *count = (*count).max(before);
        }
    }
    if usage.cost_nanos < before.cost_nanos {
        usage.cost_nanos = before.cost_nanos;
        usage.cost_source = before.cost_source;
    }
    // Each report counts its own refused values.
    usage.refused_counts = refused_counts;
    completed
}

/// Returns the values that determine the counts and the cost of a record, and the answer that it describes.
fn facts(part: &UsagePart) -> (Usage, bool, bool) {
    let usage = Usage {
        request_id: None,
        attempt: None,
        retry_cause: None,
        stream: None,
        time_to_first_token: None,
        time_to_first_chunk: None,
        error_class: None,
        refused_counts: 0,
        ..part.usage.clone()
    };
    (usage, part.cache_is_apart, part.prompt_is_unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(prompt: u64, change: impl FnOnce(&mut Usage)) -> UsagePart {
        let mut usage = Usage {
            prompt_tokens: Some(prompt),
            ..Usage::default()
        };
        change(&mut usage);
        UsagePart::of_usage(usage)
    }

    #[test]
    fn a_later_report_is_completed_by_the_earlier_ones() {
        let complete = |part| complete("known-1", "r", part);
        let first = part(10, |usage| usage.finish_reason = Some("stop".to_owned()));
        assert!(!complete(first.clone()).1);
        assert!(!complete(first).1, "the report is a repetition");
        let (completed, is_more) = complete(part(10, |usage| usage.cached_tokens = Some(4)));
        let usage = completed.usage;
        assert_eq!((usage.cached_tokens, is_more), (Some(4), true));
        assert_eq!(usage.finish_reason.as_deref(), Some("stop"));
        let (completed, is_more) = complete(part(3, |_| {}));
        let usage = completed.usage;
        assert_eq!((usage.prompt_tokens, is_more), (Some(10), false));
        let (_, is_more) = complete(part(10, |usage| {
            usage.service_tier = Some("flex".to_owned());
        }));
        assert!(is_more);
    }

    #[test]
    fn the_cached_answer_of_an_earlier_request_does_not_complete_it() {
        let complete = |part| complete("known-2", "r", part);
        complete(part(10, |_| {}));
        let hit = part(10, |usage| usage.cost_source = Some(CostSource::CacheHit));
        assert!(!complete(hit).1);
        let (completed, _) = complete(part(11, |_| {}));
        assert_eq!(completed.usage.cost_source, None);
    }

    #[test]
    fn the_memory_of_reports_is_bounded() {
        for request in 0..2 * MAX_STORED {
            complete("known-3", &request.to_string(), part(1, |_| {}));
        }
        assert!(lock(LATEST.get()).len() <= MAX_STORED);
    }
}
