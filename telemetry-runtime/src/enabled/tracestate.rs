//! The `tracestate` of the traces that other processes began: text of other systems, which is passed on with the
//! `traceparent`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::process::{PerProcess, lock};
use super::reentry;
use super::trace::{RemoteParent, SpanPlace};
use crate::traceparent;

/// The traces whose `tracestate` is kept: a process rarely serves more at a time.
const MAX_TRACES: usize = 64;

/// The texts by the ids of their traces, the latest last.
type States = VecDeque<(u128, Arc<str>)>;

static STATES: PerProcess<Mutex<States>> = PerProcess::new(Mutex::default);

/// Keeps the `tracestate` of a trace, and returns it as it is passed on; `None` if it is malformed.
pub(crate) fn remember(trace: u128, text: &str) -> Option<Arc<str>> {
    let _inside = reentry::enter();
    let state: Arc<str> = traceparent::tracestate(text)?.into();
    let mut states = lock(STATES.get());
    states.retain(|(known, _)| *known != trace);
    if states.len() == MAX_TRACES {
        states.pop_front();
    }
    states.push_back((trace, Arc::clone(&state)));
    Some(state)
}

/// Returns the `tracestate` of the trace of a place.
pub(crate) fn of(place: &SpanPlace) -> Option<Arc<str>> {
    let RemoteParent { trace, .. } = place.remote?;
    let _inside = reentry::enter();
    let states = lock(STATES.get());
    let known = states.iter().find(|(known, _)| *known == trace);
    known.map(|(_, state)| Arc::clone(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_texts_are_kept() {
        let traces = 1 << 100..(1 << 100) + 2 * MAX_TRACES as u128;
        let place = |trace| SpanPlace {
            remote: Some(RemoteParent {
                trace,
                span: 1,
                sampled: true,
            }),
            ..SpanPlace::default()
        };
        for trace in traces.clone() {
            assert!(remember(trace, &format!("a={trace}")).is_some());
        }
        let (first, last) = (traces.start, traces.end - 1);
        assert_eq!(of(&place(first)), None);
        assert_eq!(of(&place(last)).as_deref(), Some(&*format!("a={last}")));
        assert_eq!(remember(last, "malformed"), None);
        assert_eq!(of(&SpanPlace::default()), None);
    }
}
