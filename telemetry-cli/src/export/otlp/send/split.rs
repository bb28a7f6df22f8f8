//! Halves of a batch that is too large for an endpoint.

use std::io::{self, Read as _};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde::de::DeserializeOwned;

use super::checkpoint::EncodedRequest;
use super::groups::Groups;
use super::payload::{JSON, Payload};
use super::signal::Signal;

/// Returns the two halves of a request; `None` if the request has one record. Halves of equal requests are equal, so that a
/// batch that is sent again after a crash is split as before.
pub(super) fn halves(
    signal: Signal,
    request: &EncodedRequest,
) -> io::Result<Option<[EncodedRequest; 2]>> {
    let EncodedRequest { body, content } = request;
    if content.items < 2 {
        return Ok(None);
    }
    let half = usize::try_from(content.items / 2).unwrap_or(usize::MAX);
    let mut plain = Vec::new();
    if content.gzip {
        GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
    } else {
        plain.extend_from_slice(body);
    }
    let is_json = content.content_type == JSON;
    let [first, second] = match signal {
        Signal::Traces => {
            let request: ExportTraceServiceRequest = decoded(is_json, &plain)?;
            let groups = request.resource_spans.into_iter().map(|group| {
                let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
                (group.resource.unwrap_or_default(), spans.collect())
            });
            divided(groups, half).map(|half| Payload::traces(half.0))
        }
        Signal::Logs => {
            let request: ExportLogsServiceRequest = decoded(is_json, &plain)?;
            let groups = request.resource_logs.into_iter().map(|group| {
                let scopes = group.scope_logs.into_iter();
                let records = scopes.flat_map(|scope| scope.log_records);
                (group.resource.unwrap_or_default(), records.collect())
            });
            divided(groups, half).map(|half| Payload::logs(half.0))
        }
        Signal::Metrics => {
            let request: ExportMetricsServiceRequest = decoded(is_json, &plain)?;
            let mut resource = Resource::default();
            let mut metrics = Vec::new();
            for group in request.resource_metrics {
                resource = group.resource.unwrap_or_default();
                metrics.extend(
                    group
                        .scope_metrics
                        .into_iter()
                        .flat_map(|scope| scope.metrics),
                );
            }
            let behind = metrics.split_off(half.min(metrics.len()));
            [metrics, behind].map(|metrics| Payload::metrics(resource.clone(), metrics))
        }
    };
    let part = |payload: Payload| payload.encode_as(&content.content_type, content.gzip);
    Ok(Some([part(first)?, part(second)?]))
}

fn decoded<T: Message + Default + DeserializeOwned>(is_json: bool, body: &[u8]) -> io::Result<T> {
    if is_json {
        return Ok(serde_json::from_slice(body)?);
    }
    T::decode(body).map_err(io::Error::other)
}

/// Divides records into the first `half` and the others.
fn divided<T>(groups: impl Iterator<Item = (Resource, Vec<T>)>, half: usize) -> [Groups<T>; 2] {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut left = half;
    for (resource, mut records) in groups {
        let behind = records.split_off(left.min(records.len()));
        left -= records.len();
        if !records.is_empty() {
            first.push((resource.clone(), records));
        }
        if !behind.is_empty() {
            second.push((resource, behind));
        }
    }
    [Groups(first), Groups(second)]
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::Span;

    use super::*;

    fn spans(names: &[&str]) -> Vec<Span> {
        let span = |name: &&str| Span {
            name: (*name).to_owned(),
            trace_id: vec![7; 16],
            start_time_unix_nano: 1_732_388_400_123_456_789,
            ..Span::default()
        };
        names.iter().map(span).collect()
    }

    fn names(part: &EncodedRequest) -> Vec<Vec<String>> {
        let mut plain = Vec::new();
        if part.content.gzip {
            GzDecoder::new(&part.body[..])
                .read_to_end(&mut plain)
                .unwrap();
        } else {
            plain.clone_from(&part.body);
        }
        let request: ExportTraceServiceRequest =
            decoded(part.content.content_type == JSON, &plain).unwrap();
        let groups = request.resource_spans.into_iter();
        groups
            .map(|group| {
                let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans
                    .map(|span| {
                        assert_eq!(span.start_time_unix_nano, 1_732_388_400_123_456_789);
                        span.name
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_batch_is_divided_into_halves_until_one_record_is_left() {
        let groups = || {
            vec![
                (Resource::default(), spans(&["a"])),
                (Resource::default(), spans(&["b", "c", "d", "e"])),
            ]
        };
        for (content_type, gzip) in [("application/x-protobuf", true), (JSON, false)] {
            let whole = Payload::traces(groups())
                .encode_as(content_type, gzip)
                .unwrap();
            let [first, second] = halves(Signal::Traces, &whole).unwrap().unwrap();
            assert_eq!(names(&first), [vec!["a"], vec!["b"]]);
            assert_eq!(names(&second), [vec!["c", "d", "e"]]);
            assert_eq!((first.content.items, second.content.items), (2, 3));
            let [one, other] = halves(Signal::Traces, &first).unwrap().unwrap();
            assert_eq!(
                (names(&one), names(&other)),
                (vec![vec!["a".to_owned()]], vec![vec!["b".to_owned()]])
            );
            assert!(halves(Signal::Traces, &one).unwrap().is_none());
        }
    }
}
