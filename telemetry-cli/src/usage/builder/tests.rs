//! Merged parts are compared with a simple sequential sum.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use telemetry_schema::Outcome;
use telemetry_schema::record::{NanoUsd, SessionRecord, Totals};

use super::*;

#[derive(Clone, Debug)]
struct Request {
    hours: i64,
    session: u8,
    model: Option<u16>,
    latency_ms: Option<u64>,
    cost: Option<u16>,
    source: Option<u16>,
    class: Option<u16>,
}

fn request() -> impl Strategy<Value = Request> {
    // Few different names, or more than a row keeps.
    let many = || prop_oneof![3 => 0..4_u16, 1 => 0..600_u16];
    (
        (0..2000_i64, 0..4_u8, prop::option::weighted(0.9, many())),
        (
            prop::option::of(0..100_000_u64),
            prop::option::of(any::<u16>()),
        ),
        (
            prop::option::weighted(0.8, many()),
            prop::option::weighted(0.1, many()),
        ),
    )
        .prop_map(
            |((hours, session, model), (latency_ms, cost), (source, class))| Request {
                hours,
                session,
                model,
                latency_ms,
                cost,
                source,
                class,
            },
        )
}

impl Request {
    fn record(&self) -> SessionRecord<'static> {
        SessionRecord {
            ts: Timestamp::from_micros(1_795_000_000_000_000 + self.hours * 3_600_000_000),
            session_id: format!("s{}", self.session).into(),
            project: (self.session > 0).then(|| format!("p{}", self.session % 3).into()),
            user: (self.session > 1).then(|| "ada".into()),
            model: self.model.map(|model| format!("m{model}").into()),
            prompt_tokens: Some(self.hours.unsigned_abs()),
            latency_ms: self.latency_ms,
            ttft_ms: self.latency_ms.map(|time| time / 3),
            outcome: self.class.map(|_| Outcome::Err),
            error_class: self.class.map(|class| format!("c{class}").into()),
            cost_usd: self.cost.map(|cost| NanoUsd(cost.into())),
            cost_source: self.source.map(|source| format!("p{source}").into()),
            ..SessionRecord::default()
        }
    }
}

/// The expected sums of a row and model.
#[derive(Debug, Default, PartialEq)]
struct Plain {
    sums: Totals,
    latency: Vec<u64>,
    costs: BTreeMap<String, NanoUsd>,
    classes: BTreeMap<String, u64>,
}

/// The most models of a row, and sources of a model.
const MOST: usize = 256;

fn reference(
    requests: &[Request],
    grouping: Grouping,
) -> BTreeMap<String, BTreeMap<String, Plain>> {
    let mut calendar = Calendar::new(TimeZone::UTC, Weekday::Monday);
    let mut rows: BTreeMap<String, BTreeMap<String, Plain>> = BTreeMap::new();
    for request in requests {
        let record = request.record();
        let model = record.model.as_deref().unwrap_or("unknown").to_owned();
        let day = calendar.day(record.ts);
        let key = match grouping {
            Grouping::Session => record.session_id.to_string(),
            Grouping::Model => model.clone(),
            Grouping::Project => record.project.as_deref().unwrap_or(NO_PROJECT).to_owned(),
            Grouping::User => record.user.as_deref().unwrap_or(NO_USER).to_owned(),
            Grouping::Monthly => day.strftime("%Y-%m").to_string(),
            _ => calendar.row(grouping, day).to_string(),
        };
        let row = rows.entry(key).or_default();
        let kept = |len: usize, there: bool, key: String, other: &str| {
            if len < MOST || there {
                key
            } else {
                other.to_owned()
            }
        };
        let model = kept(row.len(), row.contains_key(&model), model, "other models");
        let plain = row.entry(model).or_default();
        plain.sums.add(&record.totals());
        plain
            .latency
            .extend(record.latency_ms.filter(|_| record.is_ok()));
        if let (Some(cost), Some(source)) = (record.cost_usd, &record.cost_source) {
            let there = plain.costs.contains_key(&**source);
            let source = kept(plain.costs.len(), there, source.to_string(), "other");
            let sum = plain.costs.entry(source).or_default();
            *sum = sum.plus(cost);
        }
        if let Some(class) = &record.error_class {
            let there = plain.classes.contains_key(&**class);
            let class = kept(plain.classes.len(), there, class.to_string(), "other");
            *plain.classes.entry(class).or_default() += 1;
        }
    }
    rows
}

fn in_parts(requests: &[Request], grouping: Grouping, len: usize) -> Report {
    let calendar = Calendar::new(TimeZone::UTC, Weekday::Monday);
    let mut builder = ReportBuilder::new(grouping, calendar.clone());
    for requests in requests.chunks(len) {
        let mut part = PartialReport::new(grouping, calendar.clone());
        for request in requests {
            part.add(&request.record());
        }
        builder.add_part(&part);
    }
    builder.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn merged_parts_equal_a_sequential_sum(
        requests in prop::collection::vec(request(), 1..1500),
        len in 1..800_usize,
        grouping in prop::sample::select(vec![
            Grouping::Daily, Grouping::Weekly, Grouping::Monthly, Grouping::Session, Grouping::Model,
            Grouping::Project, Grouping::User,
        ]),
    ) {
        let mut expected = reference(&requests, grouping);
        let report = in_parts(&requests, grouping, len);
        prop_assert_eq!(report.rows.len(), expected.len());
        for row in &report.rows {
            let mut models = expected.remove(&row.key).unwrap();
            prop_assert_eq!(row.models.len(), models.len());
            for (name, usage) in &row.models {
                let mut plain = models.remove(name).unwrap();
                prop_assert_eq!(usage.sums, plain.sums);
                prop_assert_eq!(&usage.cost_sources, &plain.costs);
                prop_assert_eq!(&usage.error_classes, &plain.classes);
                prop_assert_eq!(usage.latency.count(), plain.latency.len() as u64);
                plain.latency.sort_unstable();
                if let Some(median) = usage.latency.percentile(50) {
                    let exact = plain.latency[(plain.latency.len() - 1) / 2];
                    prop_assert!(median >= exact && median - exact <= exact / 64);
                }
            }
        }
        let last = requests.iter().map(|it| it.record().ts).max();
        prop_assert_eq!(report.rows.iter().map(|row| row.last).max(), last);
    }
}
