//! How usages of one request are merged, at the limits of each rule.

use std::task::Poll;

use super::convention::OutsideParts;
use super::part::{Assembly, Extent, UsagePart};
use super::*;

/// Returns a usage with the counts of prompt, completion and total.
fn counts(counts: [Option<u64>; 3]) -> Usage {
    let [prompt_tokens, completion_tokens, total_tokens] = counts;
    Usage {
        prompt_tokens,
        completion_tokens,
        total_tokens,
        ..Usage::default()
    }
}

fn with_id(id: &str, prompt: u64) -> Usage {
    Usage {
        request_id: Some(id.to_owned()),
        ..counts([Some(prompt), None, None])
    }
}

#[test]
fn each_count_alone_is_a_usage() {
    let unknown = Usage::default();
    assert!(unknown.is_empty() && !unknown.has_tokens() && !unknown.is_of_answer());
    let setters: [fn(&mut Usage); 6] = [
        |usage| usage.prompt_tokens = Some(0),
        |usage| usage.completion_tokens = Some(0),
        |usage| usage.total_tokens = Some(0),
        |usage| usage.cached_tokens = Some(0),
        |usage| usage.cache_write_tokens = Some(0),
        |usage| usage.reasoning_tokens = Some(0),
    ];
    for (at, set) in setters.into_iter().enumerate() {
        let mut usage = Usage::default();
        set(&mut usage);
        assert!(
            usage.has_tokens() && !usage.is_empty() && usage.is_of_answer(),
            "{at}"
        );
    }
    let cost = Usage {
        cost_nanos: Some(0),
        ..Usage::default()
    };
    assert!(!cost.has_tokens() && !cost.is_empty() && cost.is_of_answer());
    let refused = Usage {
        refused_counts: 1,
        ..Usage::default()
    };
    assert!(refused.is_empty() && refused.is_of_answer());
}

#[test]
fn usages_are_of_different_requests_if_both_ids_are_known_and_differ() {
    for (own, other, is_of_another) in [
        ("a", "b", true),
        ("a", "a", false),
        ("", "b", false),
        ("a", "", false),
    ] {
        let is = with_id(own, 1).is_of_another(&with_id(other, 1));
        assert_eq!(is, is_of_another, "{own} {other}");
    }
    assert!(!with_id("a", 1).is_of_another(&Usage::default()));
    let chunk = UsagePart {
        extent: Extent::Chunk,
        ..UsagePart::of_usage(with_id("a", 1))
    };
    let other = UsagePart::of_usage(with_id("b", 1));
    assert!(other.is_of_another(&chunk) && !chunk.is_of_another(&other));
}

#[test]
fn an_earlier_total_is_not_combined_with_later_counts() {
    let earlier = || counts([Some(3), Some(2), Some(5)]);
    let total = |later| counts(later).after(earlier()).total_tokens;
    assert_eq!(total([Some(4), None, None]), None);
    assert_eq!(total([None, Some(1), None]), None);
    assert_eq!(total([Some(0), Some(0), None]), Some(5));
    assert_eq!(total([None, None, None]), Some(5));
    assert_eq!(total([Some(4), None, Some(9)]), Some(9));
}

#[test]
fn a_known_cost_is_replaced_by_a_later_one_but_not_by_zero() {
    let cost = |nanos, source| Usage {
        cost_nanos: Some(nanos),
        cost_source: source,
        ..Usage::default()
    };
    let header = Some(CostSource::ResponseHeader);
    let after = |later, earlier| {
        let merged = cost(later, None).after(cost(earlier, header));
        (merged.cost_nanos, merged.cost_source)
    };
    assert_eq!(after(0, 7), (Some(7), header));
    assert_eq!(after(5, 7), (Some(5), None));
    assert_eq!(after(0, 0), (Some(0), None));
    // That the answer came from the cache of the proxy is known from a header.
    let body = cost(5, Some(CostSource::ResponseBody));
    let or = |source| body.clone().or(cost(1, Some(source))).cost_source;
    assert_eq!(or(CostSource::CacheHit), Some(CostSource::CacheHit));
    assert_eq!(
        or(CostSource::ResponseHeader),
        Some(CostSource::ResponseBody)
    );
}

#[test]
fn unknown_factors_are_filled() {
    let with = |web_searches, speed: &str| Usage {
        factors: PriceFactors {
            web_searches,
            speed: Some(speed.to_owned()),
            ..PriceFactors::default()
        },
        ..Usage::default()
    };
    assert_eq!(
        Usage::default().or(with(Some(2), "fast")),
        with(Some(2), "fast")
    );
    assert_eq!(
        with(None, "").or(with(Some(2), "fast")),
        with(Some(2), "fast")
    );
    assert_eq!(
        with(Some(1), "slow").or(with(Some(2), "fast")),
        with(Some(1), "slow")
    );
}

#[test]
fn a_later_count_that_includes_the_cache_is_the_sum_of_all() {
    let usage = |cached, written| Usage {
        cached_tokens: Some(cached),
        cache_write_tokens: Some(written),
        ..Usage::default()
    };
    for (usage, earlier, later, is_included) in [
        (usage(6, 4), 5, 15, true),
        (usage(2, 3), 5, 10, true),
        (usage(6, 4), 5, 14, false),
        (usage(6, 4), 0, 10, false),
        (usage(0, 0), 5, 5, false),
    ] {
        let is = usage.is_cache_included_later(earlier, later);
        assert_eq!(is, is_included, "{earlier} {later}");
    }
}

#[test]
fn a_part_may_be_as_large_as_the_count_that_includes_it() {
    let usage = Usage {
        cached_tokens: Some(6),
        cache_write_tokens: Some(4),
        reasoning_tokens: Some(5),
        ..counts([Some(10), Some(5), Some(15)])
    };
    assert!(!usage.has_more_cache_than_prompt() && !usage.is_inconsistent());
    let outside = usage.stood_outside().unwrap();
    assert!(!outside.any());
    let usage = Usage {
        reasoning_tokens: Some(5),
        ..counts([Some(10), Some(5), Some(20)])
    };
    let outside: OutsideParts = usage.stood_outside().unwrap();
    assert!(outside.any());
    assert_eq!(usage.including_parts().completion_tokens, Some(10));
}

/// Returns prompt and total of an answer whose prompt excludes the cache.
fn apart(cached: u64, total: Option<u64>, prompt_is_unknown: bool) -> [Option<u64>; 2] {
    let part = UsagePart {
        cache_is_apart: true,
        prompt_is_unknown,
        ..UsagePart::of_usage(Usage {
            cached_tokens: Some(cached),
            cache_write_tokens: Some(2),
            ..counts([Some(10), Some(5), total])
        })
    };
    let usage = part.finish();
    [usage.prompt_tokens, usage.total_tokens]
}

#[test]
fn the_total_decides_whether_the_cache_is_beside_the_prompt() {
    assert_eq!(apart(3, None, false), [Some(15), None]);
    assert_eq!(apart(3, Some(15), false), [Some(10), Some(15)]);
    assert_eq!(apart(3, Some(20), false), [Some(15), Some(20)]);
    assert_eq!(apart(30, Some(47), false), [Some(42), Some(47)]);
    // The gateway has added input and output alone.
    assert_eq!(apart(30, Some(15), false), [Some(42), None]);
    assert_eq!(apart(3, Some(15), true), [None, Some(15)]);
}

#[test]
fn parts_of_one_request_keep_what_either_states() {
    let whole = Usage {
        stream: Some(false),
        ..with_id("a", 1)
    };
    assert_eq!(UsagePart::of_usage(whole).extent, Extent::Whole);
    let usage = UsagePart::of_usage(with_id("a", 1));
    assert_eq!((usage.extent, usage.is_usage), (Extent::Unknown, true));
    let properties = UsagePart::of_properties(with_id("b", 2));
    assert_eq!(
        (&properties.usage, properties.is_usage),
        (&with_id("b", 2), false)
    );
    let unknown = UsagePart {
        prompt_is_unknown: true,
        ..properties.clone()
    };
    for (first, second) in [(usage.clone(), unknown.clone()), (unknown, usage)] {
        let both = first.followed_by(second);
        assert!(both.is_usage && both.prompt_is_unknown);
    }
    let neither = properties.clone().followed_by(properties);
    assert!(!neither.is_usage && !neither.prompt_is_unknown);
}

/// Adds the parts and returns whether each began another request.
fn begins(mut assembly: Assembly, parts: Vec<UsagePart>) -> Vec<bool> {
    let begins = |part| assembly.add(part).is_some();
    parts.into_iter().map(begins).collect()
}

fn part(extent: Extent, usage: Usage) -> UsagePart {
    UsagePart {
        extent,
        ..UsagePart::of_usage(usage)
    }
}

#[test]
fn items_of_a_stream_are_one_request_and_answers_of_a_list_are_several() {
    let items = || {
        ["a", "b"]
            .map(|id| part(Extent::Unknown, with_id(id, 1)))
            .to_vec()
    };
    assert_eq!(begins(Assembly::default(), items()), [false, true]);
    assert_eq!(begins(Assembly::of_stream(), items()), [false, false]);
    // Properties are completed by the usage behind them.
    let properties = UsagePart::of_properties(with_id("a", 1));
    let usage = part(Extent::Unknown, with_id("b", 1));
    assert_eq!(
        begins(Assembly::default(), vec![properties, usage]),
        [false, false]
    );
}

#[test]
fn an_answer_without_an_id_is_another_one_if_its_counts_differ() {
    let answer = |prompt| part(Extent::Whole, counts([Some(prompt), None, None]));
    let all = vec![answer(1), answer(1), answer(2)];
    assert_eq!(begins(Assembly::default(), all), [false, false, true]);
    // The answer at the end of a stream repeats the items before it.
    let item = part(Extent::Unknown, counts([Some(1), None, None]));
    assert_eq!(
        begins(Assembly::of_stream(), vec![item, answer(2)]),
        [false, false]
    );
}

#[test]
fn an_answer_ends_only_if_it_has_begun() {
    let event = |extent, id| part(extent, with_id(id, 1));
    let whole = vec![
        event(Extent::Begins, "a"),
        event(Extent::Ends, "a"),
        event(Extent::Begins, "b"),
    ];
    assert_eq!(begins(Assembly::default(), whole), [false, false, true]);
    let unbegun = vec![event(Extent::Ends, "a"), event(Extent::Begins, "b")];
    assert_eq!(begins(Assembly::default(), unbegun), [false, false]);
}

#[test]
fn a_request_in_progress_keeps_the_id_of_its_record() {
    let mut assembly = Assembly::default();
    assembly.add(UsagePart::of_properties(with_id("a", 1)));
    assert!(assembly.in_progress().is_none() && assembly.recorded_id().is_none());
    assembly.add(UsagePart::of_usage(with_id("a", 1)));
    let id = |assembly: &Assembly| assembly.in_progress().unwrap().usage.request_id;
    assert_eq!(id(&assembly).as_deref(), Some("a"));
    assembly.set_recorded_id("first".to_owned());
    assembly.set_recorded_id("second".to_owned());
    assert_eq!(assembly.recorded_id(), Some("first"));
    assert_eq!(id(&assembly).as_deref(), Some("first"));
}

#[test]
fn a_derived_source_states_a_whole_usage_or_a_part() {
    let tokens = counts([Some(1), None, None]);
    let name = Usage {
        model: Some("m".to_owned()),
        ..Usage::default()
    };
    for (stated, is_whole, is_part) in [
        (tokens.clone(), true, false),
        (name.clone(), false, true),
        (Usage::default(), false, false),
    ] {
        let expected = |is: bool| is.then(|| stated.clone());
        assert_eq!(stated::whole(stated.clone()), expected(is_whole));
        assert_eq!(stated::part(stated.clone()), expected(is_part));
    }
    let mut outer = name.clone();
    stated::nested(&mut outer, &tokens);
    assert_eq!(
        outer,
        Usage {
            model: name.model,
            ..tokens
        }
    );
}

#[test]
fn costs_and_counts_are_read_from_each_type() {
    let cost = |cost: &dyn Fn(&mut Usage)| {
        let mut usage = Usage::default();
        cost(&mut usage);
        (usage.cost_nanos, usage.refused_counts)
    };
    assert_eq!(
        cost(&|usage| stated::cost(usage, &0.25)),
        (Some(250_000_000), 0)
    );
    assert_eq!(
        cost(&|usage| stated::cost(usage, &Some(0.25))),
        (Some(250_000_000), 0)
    );
    assert_eq!(
        cost(&|usage| stated::cost(usage, &"0.25".to_owned())),
        (Some(250_000_000), 0)
    );
    assert_eq!(cost(&|usage| stated::cost(usage, &-1.0)), (None, 1));
    assert_eq!(cost(&|usage| stated::cost(usage, &None::<f64>)), (None, 0));
    let mut usage = Usage::default();
    stated::prompt_tokens(&mut usage, &&7_u32);
    assert_eq!(usage.prompt_tokens, Some(7));
}

/// A source that states nothing but its usage.
struct Bare;

impl UsageSource for Bare {
    fn usage(&self) -> Option<Usage> {
        Some(counts([Some(1), None, None]))
    }
}

/// A source that states a part of a failed request.
struct Part;

impl UsageSource for Part {
    fn usage(&self) -> Option<Usage> {
        None
    }
    fn failed(&self) -> bool {
        true
    }
    fn partial(&self) -> Option<Usage> {
        Some(with_id("a", 1))
    }
    fn has_content(&self) -> bool {
        false
    }
}

/// Everything that a source states.
type Stated = (bool, bool, Option<Usage>, Option<Usage>, Vec<Usage>);

fn stated(source: &impl UsageSource) -> Stated {
    let mut each = Vec::new();
    source.each_usage(&mut |usage| each.push(usage));
    (
        source.has_content(),
        source.failed(),
        source.partial(),
        source.usage(),
        each,
    )
}

#[test]
fn a_source_has_content_and_no_part_unless_it_says_so() {
    let usage = Bare.usage();
    assert_eq!(
        stated(&Bare),
        (
            true,
            false,
            None,
            usage.clone(),
            usage.into_iter().collect()
        )
    );
    assert_eq!(Bare.stated(), Usage::default());
    let part = Some(with_id("a", 1));
    assert_eq!(stated(&Part), (false, true, part, None, Vec::new()));
}

#[test]
fn a_wrapper_states_what_its_source_states() {
    assert_eq!(stated(&Some(Bare)), stated(&Bare));
    assert_eq!(stated(&Some(Part)), stated(&Part));
    assert_eq!(stated(&Ok::<_, ()>(Bare)), stated(&Bare));
    assert_eq!(stated(&Ok::<_, ()>(Part)), stated(&Part));
    assert_eq!(stated(&Poll::Ready(Bare)), stated(&Bare));
    assert_eq!(stated(&Poll::Ready(Part)), stated(&Part));
    assert_eq!(stated(&vec![Bare]), stated(&Bare));
    assert_eq!(stated(&vec![Part]), stated(&Part));
    let nothing = |failed| (false, failed, None, None, Vec::new());
    assert_eq!(stated(&None::<Bare>), nothing(false));
    assert_eq!(stated(&Err::<Bare, ()>(())), nothing(true));
    assert_eq!(stated(&Poll::<Bare>::Pending), nothing(false));
    assert_eq!(stated(&Vec::<Bare>::new()), nothing(false));
}

/// An item that states these properties without a usage.
struct Properties(Usage);

impl UsageSource for Properties {
    fn usage(&self) -> Option<Usage> {
        None
    }
    fn partial(&self) -> Option<Usage> {
        Some(self.0.clone())
    }
}

#[test]
fn the_properties_of_the_last_request_of_a_list_are_merged() {
    let named = |id: &str, model: &str| Usage {
        request_id: Some(id.to_owned()),
        model: Some(model.to_owned()),
        ..Usage::default()
    };
    let unnamed = || Properties(with_id("a", 3));
    let list = vec![Properties(named("a", "m")), unnamed()];
    let both = Usage {
        prompt_tokens: Some(3),
        ..named("a", "m")
    };
    assert_eq!(list.partial(), Some(both));
    let list = vec![Properties(named("b", "n")), unnamed()];
    assert_eq!(list.partial(), Some(with_id("a", 3)));
}

#[test]
fn an_error_has_the_class_of_its_kind_its_status_or_its_words() {
    use std::io::{Error, ErrorKind};
    let io = |kind: ErrorKind| ErrorClass::of_error(&Error::new(kind, "no answer"));
    assert_eq!(io(ErrorKind::TimedOut), Some(ErrorClass::Timeout));
    assert_eq!(io(ErrorKind::NotConnected), Some(ErrorClass::Network));
    assert_eq!(io(ErrorKind::UnexpectedEof), Some(ErrorClass::Network));
    for (status, kind, message, class) in [
        (402, None, "", ErrorClass::Budget),
        (400, None, "", ErrorClass::BadRequest),
        (400, Some("content_filter"), "", ErrorClass::ContentFilter),
        (
            0,
            None,
            "litellm.ContentPolicyViolationError: x",
            ErrorClass::ContentFilter,
        ),
        (
            400,
            None,
            "by the content_filter",
            ErrorClass::ContentFilter,
        ),
        (0, None, "by the content_filter", ErrorClass::ContentFilter),
        (500, None, "by the content_filter", ErrorClass::Server),
        (0, None, "litellm.Timeout: x", ErrorClass::Timeout),
        (0, Some("timeout_error"), "", ErrorClass::Timeout),
    ] {
        assert_eq!(
            ErrorClass::of(status, kind, None, message),
            Some(class),
            "{status} {message}"
        );
    }
}

#[test]
fn rate_limits_are_read_with_their_kinds_and_times() {
    let usage = Usage::default().with_headers([
        ("x-codex-secondary-used-percent", "30"),
        ("anthropic-ratelimit-output-tokens-limit", "0"),
        ("anthropic-ratelimit-output-tokens-remaining", "5"),
        ("x-ratelimit-reset-requests", "1h2m3.5s"),
        ("x-ratelimit-reset-tokens", "120ms"),
        ("x-ratelimit-reset-input-tokens", "2d"),
    ]);
    let found: Vec<_> = usage
        .rate_limits
        .iter()
        .map(|limit| (limit.kind.as_str(), limit.left_percent(), limit.resets_in))
        .collect();
    assert_eq!(
        found,
        [
            ("secondary", Some(70.0), None),
            ("output-tokens", None, None),
            ("requests", None, Some(Duration::from_millis(3_723_500))),
            ("tokens", None, Some(Duration::from_millis(120))),
            ("input-tokens", None, Some(Duration::from_hours(48))),
        ]
    );
    let unlimited = RateLimit {
        limit: Some(0),
        remaining: Some(5),
        used_percent: Some(30.0),
        ..RateLimit::default()
    };
    assert_eq!(unlimited.left_percent(), Some(70.0));
}
