//! The counters of tokens and the durations of requests.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
};
use telemetry_schema::gen_ai;
use telemetry_schema::record::SessionRecord;

use super::inference::{common, error_type, seconds};
use super::span::nanos;

/// The bucket boundaries that the conventions specify for durations, in milliseconds.
pub(super) const BOUNDS: [u32; 14] = [
    10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10_240, 20_480, 40_960, 81_920,
];

/// The value by which a request increases a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Increase {
    /// Adds to a counter of tokens.
    Tokens(u64),
    /// Adds an observation to a histogram of durations, in milliseconds.
    Duration(u64),
}

/// The increase of one metric by one request.
#[derive(Debug)]
pub(super) struct Measurement {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) increase: Increase,
}

/// Returns the increases of all metrics by a request. Counters of input and output tokens are reported for each request, failed
/// ones too: with the counts of the provider, and 0 where it gave none.
pub(super) fn of_request(it: &SessionRecord<'_>) -> Vec<Measurement> {
    // An amendment has only the counts that it increases.
    let missing = if it.is_amendment() { None } else { Some(0) };
    let counters = [
        (gen_ai::METRIC_INPUT_TOKENS, it.prompt_tokens.or(missing)),
        (
            gen_ai::METRIC_OUTPUT_TOKENS,
            it.completion_tokens.or(missing),
        ),
        (gen_ai::METRIC_CACHE_READ_INPUT_TOKENS, it.cached_tokens),
        (
            gen_ai::METRIC_CACHE_WRITE_INPUT_TOKENS,
            it.cache_write_tokens,
        ),
        (gen_ai::METRIC_REASONING_OUTPUT_TOKENS, it.reasoning_tokens),
    ];
    let mut measurements = Vec::new();
    for (name, count) in counters {
        let Some(count) = count.filter(|count| i64::try_from(*count).is_ok()) else {
            continue;
        };
        let mut attributes = common(it);
        attributes.text(gen_ai::TOKEN_MODALITY, Some(gen_ai::UNKNOWN));
        measurements.push(Measurement {
            name,
            attributes: attributes.into_list(),
            increase: Increase::Tokens(count),
        });
    }
    if let Some(millis) = it.latency_ms {
        let mut attributes = common(it);
        attributes.text(gen_ai::ERROR_TYPE, error_type(it));
        measurements.push(Measurement {
            name: gen_ai::METRIC_DURATION,
            attributes: attributes.into_list(),
            increase: Increase::Duration(millis),
        });
    }
    measurements
}

/// Returns the increases of a request as metrics with delta temporality.
pub(super) fn deltas(it: &SessionRecord<'_>) -> Vec<Metric> {
    let time = (nanos(it.ts, 0), nanos(it.end(), 0));
    let temporality = AggregationTemporality::Delta;
    let metric = |measurement: Measurement| {
        let attributes = measurement.attributes;
        match measurement.increase {
            Increase::Tokens(count) => {
                let point = counter_point(attributes, time, count);
                counter(measurement.name, temporality, vec![point])
            }
            Increase::Duration(millis) => {
                let mut observed = Observed::default();
                observed.add(millis);
                let point = observed.point(attributes, time);
                histogram(measurement.name, temporality, vec![point])
            }
        }
    };
    of_request(it).into_iter().map(metric).collect()
}

/// Returns a point of a counter. `time` is its start and its end.
pub(super) fn counter_point(
    attributes: Vec<KeyValue>,
    time: (u64, u64),
    count: u64,
) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: time.0,
        time_unix_nano: time.1,
        value: Some(Number::AsInt(i64::try_from(count).unwrap_or(i64::MAX))),
        ..NumberDataPoint::default()
    }
}

/// Returns a metric of a counter of tokens.
pub(super) fn counter(
    name: &str,
    temporality: AggregationTemporality,
    points: Vec<NumberDataPoint>,
) -> Metric {
    let sum = Sum {
        data_points: points,
        aggregation_temporality: temporality.into(),
        is_monotonic: true,
    };
    metric(name, "{token}", Data::Sum(sum))
}

/// Returns a metric of a histogram of durations.
pub(super) fn histogram(
    name: &str,
    temporality: AggregationTemporality,
    points: Vec<HistogramDataPoint>,
) -> Metric {
    let histogram = Histogram {
        data_points: points,
        aggregation_temporality: temporality.into(),
    };
    metric(name, "s", Data::Histogram(histogram))
}

fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

/// Observed durations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) millis: u64,
    pub(super) buckets: [u64; BOUNDS.len() + 1],
}

impl Observed {
    /// Adds a duration.
    pub(super) fn add(&mut self, millis: u64) {
        self.millis = self.millis.saturating_add(millis);
        let is_above = |bound: &&u32| millis > u64::from(**bound);
        self.buckets[BOUNDS.iter().take_while(is_above).count()] += 1;
    }

    /// Returns the durations as a point. `time` is its start and its end.
    pub(super) fn point(&self, attributes: Vec<KeyValue>, time: (u64, u64)) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes,
            start_time_unix_nano: time.0,
            time_unix_nano: time.1,
            count: self.buckets.iter().sum(),
            sum: Some(seconds(self.millis)),
            bucket_counts: self.buckets.to_vec(),
            explicit_bounds: BOUNDS
                .iter()
                .map(|bound| f64::from(*bound) / 1000.0)
                .collect(),
            ..HistogramDataPoint::default()
        }
    }
}
