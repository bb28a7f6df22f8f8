use super::*;
use crate::spans::node::{Node, NodeKind};
use crate::spans::tree::Forest;
use proptest::prelude::*;

fn interval(start: i64, end: i64) -> Interval {
    Interval { start, end }
}

const ALWAYS: Interval = Interval {
    start: 0,
    end: i64::MAX,
};

fn end(self_times: &mut SelfTimes, id: u64, parent: Option<u64>, start: i64, end: i64) -> u64 {
    let span = SpanEnd {
        id,
        parent,
        interval: interval(start, end),
        tag: 0,
    };
    self_times.end(span).0
}

#[test]
fn children_beside_each_other_count_once() {
    let mut cover = Coverage::default();
    for (start, end) in [(0, 10), (2, 12), (20, 30), (20, 31)] {
        cover.add(interval(start, end));
    }
    assert_eq!(cover.within(ALWAYS), 12 + 11);
}

#[test]
fn a_child_beside_a_row_of_others_counts_once() {
    let mut cover = Coverage::default();
    for (start, end) in [(10, 20), (30, 40), (50, 60), (25, 70), (0, 71)] {
        cover.add(interval(start, end));
    }
    assert_eq!(cover.within(ALWAYS), 71);
}

#[test]
fn time_outside_of_the_parent_does_not_cover_the_parent() {
    let mut self_times = SelfTimes::default();
    end(&mut self_times, 2, Some(1), 50, 90);
    end(&mut self_times, 3, Some(1), 0, 20);
    assert_eq!(end(&mut self_times, 1, None, 10, 80), 70 - 10 - 30);
}

#[test]
fn a_child_that_ends_after_its_parent_covers_their_common_time() {
    let mut self_times = SelfTimes::default();
    end(&mut self_times, 2, Some(1), 10, 20);
    let parent = SpanEnd {
        id: 1,
        parent: None,
        interval: interval(0, 100),
        tag: 7,
    };
    assert_eq!(self_times.end(parent), (90, None));
    let child = |id, start, end| SpanEnd {
        id,
        parent: Some(1),
        interval: interval(start, end),
        tag: 8,
    };
    let late = |covered_ns| Some(LateChild { tag: 7, covered_ns });
    assert_eq!(self_times.end(child(3, 50, 150)), (100, late(50)));
    // This child runs at the same time as the child before.
    assert_eq!(self_times.end(child(4, 40, 160)), (120, late(10)));
    assert_eq!(self_times.end(child(5, 0, 170)), (170, late(30)));
    assert_eq!(self_times.end(child(6, 0, 170)), (170, late(0)));
    // This child starts when the span has ended.
    assert_eq!(self_times.end(child(7, 100, 180)), (80, None));
}

#[test]
fn parents_that_never_come_do_not_stay() {
    let mut self_times = SelfTimes::default();
    for id in 1..=MAX_OPEN as u64 * 3 {
        let at = i64::try_from(id).unwrap();
        end(&mut self_times, 2 * id, Some(2 * id + 1), at, at + 1);
    }
    assert!(self_times.open.len() <= MAX_OPEN);
    assert!(self_times.dropped_parents >= MAX_OPEN as u64 * 2);
}

#[test]
fn gaps_do_not_stay_either() {
    let mut self_times = SelfTimes::default();
    let mut at = 0;
    for parent in 0..MAX_OPEN as u64 / 4 {
        for child in 0..12 {
            end(&mut self_times, u64::MAX - child, Some(parent), at, at + 1);
            at += 2;
        }
        assert!(self_times.open.len() + self_times.separate <= MAX_OPEN);
    }
    let separate: usize = self_times
        .open
        .values()
        .map(|cover| cover.before.len())
        .sum();
    assert_eq!(self_times.separate, separate);
    assert!(self_times.dropped_parents > 0);
}

#[test]
fn a_span_that_is_its_own_parent_covers_nothing() {
    let mut self_times = SelfTimes::default();
    assert_eq!(end(&mut self_times, 1, Some(1), 0, 5), 5);
    assert_eq!(end(&mut self_times, 1, None, 0, 5), 5);
}

/// Spans with parents among those of smaller ids, in any order of time.
fn spans() -> impl Strategy<Value = Vec<(Option<u64>, i64, i64)>> {
    let span = (prop::option::of(0..12_u64), 0..40_i64, 1..40_i64);
    prop::collection::vec(span, 1..12).prop_map(|spans| {
        let spans = spans.into_iter().zip(0..);
        spans
            .map(|((parent, start, len), id)| (parent.filter(|parent| *parent < id), start, len))
            .collect()
    })
}

proptest! {
    /// The self time is the time that no child covers, whichever span ends last and in whichever order the records come.
    #[test]
    fn own_times_in_the_order_of_a_log_are_those_of_the_tree(spans in spans(), order in any::<[u16; 12]>()) {
        let micros = |count: i64| count * 1000;
        let nodes = spans.iter().zip(0..).map(|((parent, start, len), id)| Node {
            kind: NodeKind::Span,
            parent: *parent,
            dur_ns: u64::try_from(micros(*len)).ok(),
            ..Node::missing(Timestamp::from_micros(*start), Some(id))
        });
        let forest = Forest::of(nodes.collect());

        let mut log: Vec<usize> = (0..spans.len()).collect();
        log.sort_by_key(|at| order[*at]);
        let mut self_times = SelfTimes::default();
        let mut own = vec![0; spans.len()];
        for at in log {
            let (parent, start, len) = spans[at];
            let (nanos, late) = self_times.end(SpanEnd {
                id: at as u64,
                parent,
                interval: interval(micros(start), micros(start + len)),
                tag: u32::try_from(at).unwrap(),
            });
            own[at] += nanos;
            if let Some(late) = late {
                own[late.tag as usize] -= late.covered_ns;
            }
        }
        for (at, own) in own.into_iter().enumerate() {
            prop_assert_eq!(Some(own), forest.self_ns(at), "span {}", at);
            let (_, start, len) = spans[at];
            let is_covered = |moment: i64| spans.iter().any(|(parent, child, len)| {
                *parent == Some(at as u64) && (*child..child + len).contains(&moment)
            });
            let moments = (start..start + len).filter(|moment| !is_covered(*moment)).count();
            prop_assert_eq!(own, moments as u64 * 1000);
        }
    }
}
