//! Metrics with cumulative temporality: sums since a fixed start, so that a point that is sent twice counts once.

use std::collections::HashMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric};
use serde::{Deserialize, Serialize};

use crate::export::otlp::metrics::{
    Increase, Measurement, Observed, counter, counter_point, histogram,
};

/// The sum of a metric for one combination of attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Series {
    name: String,
    attributes: Vec<KeyValue>,
    /// The tokens of a counter, or the milliseconds of a histogram.
    sum: u64,
    /// The numbers of durations; empty for a counter.
    buckets: Vec<u64>,
}

impl Series {
    fn observed(&self) -> Observed {
        let mut observed = Observed {
            millis: self.sum,
            ..Observed::default()
        };
        for (bucket, count) in observed.buckets.iter_mut().zip(&self.buckets) {
            *bucket = *count;
        }
        observed
    }
}

/// Adds measurements to the sums, and returns the sums that grew as metrics of the time `now`.
pub(super) fn add(
    series: &mut Vec<Series>,
    measurements: Vec<Measurement>,
    start: u64,
    now: u64,
) -> Vec<Metric> {
    let key = |name: &str, attributes: &[KeyValue]| format!("{name} {attributes:?}");
    let mut places: HashMap<String, usize> = series
        .iter()
        .enumerate()
        .map(|(at, series)| (key(&series.name, &series.attributes), at))
        .collect();
    let mut grown = Vec::new();
    for measurement in measurements {
        let place = places.entry(key(measurement.name, &measurement.attributes));
        let at = *place.or_insert_with(|| {
            series.push(Series {
                name: measurement.name.to_owned(),
                attributes: measurement.attributes,
                sum: 0,
                buckets: Vec::new(),
            });
            series.len() - 1
        });
        let sums = &mut series[at];
        match measurement.increase {
            Increase::Tokens(count) => sums.sum = sums.sum.saturating_add(count),
            Increase::Duration(millis) => {
                let mut observed = sums.observed();
                observed.add(millis);
                sums.sum = observed.millis;
                sums.buckets = observed.buckets.to_vec();
            }
        }
        if !grown.contains(&at) {
            grown.push(at);
        }
    }
    let mut metrics: Vec<Metric> = Vec::new();
    for at in grown {
        let sums = &series[at];
        let time = (start, now);
        let temporality = AggregationTemporality::Cumulative;
        let attributes = sums.attributes.clone();
        metrics.push(if sums.buckets.is_empty() {
            let point = counter_point(attributes, time, sums.sum);
            counter(&sums.name, temporality, vec![point])
        } else {
            let point = sums.observed().point(attributes, time);
            histogram(&sums.name, temporality, vec![point])
        });
    }
    metrics
}
