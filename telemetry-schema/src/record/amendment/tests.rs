use proptest::prelude::*;

use super::*;
use crate::record::Totals;

fn record() -> impl Strategy<Value = SessionRecord<'static>> {
    let count = || prop::option::of(0..50_u64);
    let cost = prop::option::of(0..50_i64);
    let counts = (count(), count(), count(), count(), cost);
    counts.prop_map(|(prompt, cached, completion, total, cost)| SessionRecord {
        request_id: Some("r".into()),
        prompt_tokens: prompt,
        cached_tokens: cached,
        completion_tokens: completion,
        total_tokens: total,
        cost_usd: cost.map(NanoUsd),
        cost_source: Some(cost.map_or("unpriced", |_| "price_map").into()),
        unpriced_reason: cost.is_none().then(|| "no prices are configured".into()),
        ..SessionRecord::default()
    })
}

proptest! {
    #[test]
    fn the_sum_of_a_record_and_its_amendments_is_the_largest_count(
        records in prop::collection::vec(record(), 1..6),
    ) {
        let mut totals = Totals::default();
        let mut known: Option<RecordedCounts> = None;
        for record in &records {
            let counts = RecordedCounts::of(record);
            match &mut known {
                None => {
                    totals.add(&record.totals());
                    known = Some(counts);
                }
                Some(known) => {
                    let mut raised = *known;
                    raised.raise_to(&counts);
                    if known.has_grown_to(&raised) {
                        let amendment = known.amendment(&raised, record.clone());
                        prop_assert!(amendment.is_amendment() && amendment.ts > known.last);
                        totals.add(&amendment.totals());
                        known.add(&amendment);
                        raised.last = known.last;
                    }
                    prop_assert_eq!(*known, raised);
                }
            }
        }
        let prompt = records.iter().filter_map(|record| record.prompt_tokens).max();
        let cached = records.iter().filter_map(|record| record.cached_tokens).max();
        let total = records.iter().map(SessionRecord::total).max();
        prop_assert_eq!(totals.requests, 1);
        prop_assert_eq!(totals.prompt_tokens, prompt.unwrap_or(0));
        prop_assert_eq!(totals.cached_tokens, cached.unwrap_or(0));
        prop_assert_eq!(totals.total_tokens, total.unwrap_or(0));
        prop_assert_eq!(totals.unpriced() == 0, known.unwrap().is_priced);
        prop_assert!(totals.unpriced() <= 1);
    }
}

proptest! {
    #[test]
    fn the_sum_of_a_record_and_its_amendments_is_the_completed_record(
        records in prop::collection::vec(record(), 1..6),
    ) {
        let mut totals = records[0].totals();
        let mut known = RecordedCounts::of(&records[0]);
        for record in &records[1..] {
            let mut raised = known;
            raised.complete_to(&RecordedCounts::of(record));
            if known.differs_from(&raised) {
                let amendment = known.amendment(&raised, record.clone());
                totals.add(&amendment.totals());
                known.add(&amendment);
                raised.last = known.last;
                raised.source = known.source;
            }
            prop_assert_eq!(known, raised);
            // Prices are the only source of costs here, so that the last record decides.
            prop_assert_eq!(totals.cost_nanos, record.cost_usd.unwrap_or_default().0);
            prop_assert_eq!(totals.calculated_cost_nanos, totals.cost_nanos);
            prop_assert_eq!(totals.unpriced() == 0, known.is_priced);
        }
        let completion = records.iter().filter_map(|record| record.completion_tokens).max();
        prop_assert_eq!(totals.completion_tokens, completion.unwrap_or(0));
        prop_assert_eq!(totals.requests, 1);
    }
}

#[test]
fn an_amendment_has_the_properties_that_are_new() {
    let first = SessionRecord {
        prompt_tokens: Some(10),
        cost_usd: Some(NanoUsd(5)),
        cost_source: Some("price_map".into()),
        service_tier: Some("auto".into()),
        ..SessionRecord::default()
    };
    let completed = SessionRecord {
        service_tier: Some("flex".into()),
        finish_reason: Some("stop".into()),
        cached_tokens: Some(4),
        cost_usd: Some(NanoUsd(2)),
        ..first.clone()
    };
    let known = RecordedCounts::of(&first);
    let mut raised = known;
    raised.complete_to(&RecordedCounts::of(&completed));
    let amendment = known.amendment(&raised, completed.clone());
    assert_eq!(amendment.finish_reason.as_deref(), Some("stop"));
    assert_eq!(
        (amendment.service_tier, amendment.cached_tokens),
        (None, Some(4))
    );
    assert_eq!(amendment.cost_usd, Some(NanoUsd(-3)));
    let stated = RecordedCounts::of(&SessionRecord {
        cost_source: Some("response_body".into()),
        ..first
    });
    let mut raised = stated;
    raised.complete_to(&RecordedCounts::of(&completed));
    assert_eq!(raised.cost, 5, "a stated cost does not become lower");
}

#[test]
fn a_higher_cost_is_an_amendment_only_if_it_is_stated() {
    let priced = |nanos, source: &'static str| SessionRecord {
        prompt_tokens: Some(10),
        cost_usd: Some(NanoUsd(nanos)),
        cost_source: Some(source.into()),
        ..SessionRecord::default()
    };
    for (first, second, increase) in [
        (
            priced(5, "price_map"),
            priced(500, "response_body"),
            Some(495),
        ),
        (
            priced(5, "response_body"),
            priced(7, "response_body"),
            Some(2),
        ),
        (
            priced(0, "response_header"),
            priced(7, "response_header"),
            Some(7),
        ),
        // Another hook of the request may know another name of the model.
        (priced(5, "price_map"), priced(7, "price_map"), None),
        (priced(5, "response_body"), priced(7, "user_price"), None),
        (priced(0, "cache_hit"), priced(7, "response_body"), None),
        // An amendment only adds.
        (priced(5, "price_map"), priced(3, "response_body"), None),
    ] {
        let known = RecordedCounts::of(&first);
        let mut raised = known;
        raised.raise_to(&RecordedCounts::of(&second));
        let amendment = known
            .has_grown_to(&raised)
            .then(|| known.amendment(&raised, second));
        let cost = amendment.as_ref().and_then(|amendment| amendment.cost_usd);
        assert_eq!(cost, increase.map(NanoUsd), "{first:?}");
        let source = amendment.and_then(|amendment| amendment.cost_source);
        assert_eq!(source.is_some(), increase.is_some());
    }
}

#[test]
fn an_equal_or_smaller_record_is_not_an_amendment() {
    let record = SessionRecord {
        prompt_tokens: Some(10),
        completion_tokens: Some(9),
        cost_usd: Some(NanoUsd(5)),
        ..SessionRecord::default()
    };
    let known = RecordedCounts::of(&record);
    for (completion, cost) in [(9, 5), (9, 7), (9, 0), (3, 5), (3, 9)] {
        let other = SessionRecord {
            completion_tokens: Some(completion),
            cost_usd: Some(NanoUsd(cost)),
            ..record.clone()
        };
        let mut raised = known;
        raised.raise_to(&RecordedCounts::of(&other));
        assert!(!known.has_grown_to(&raised), "{completion} {cost}");
    }
}
