//! The request of a signal, and its bytes.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkpoint::{BatchContent, EncodedRequest};
use super::settings::SignalSettings;
use super::signal::Signal;
use crate::export::otlp::{logs, metrics_request, traces};

/// The content type of requests in JSON.
pub(super) const JSON: &str = "application/json";

/// A request to an endpoint.
#[derive(Debug)]
pub(super) enum Payload {
    Traces(ExportTraceServiceRequest, u64),
    Logs(ExportLogsServiceRequest, u64),
    Metrics(ExportMetricsServiceRequest, u64),
}

impl Payload {
    pub(super) fn traces(groups: Vec<(Resource, Vec<OtlpSpan>)>) -> Self {
        let mut all = ExportTraceServiceRequest::default();
        let items = count(&groups);
        for (resource, spans) in groups {
            all.resource_spans
                .extend(traces(resource, spans).resource_spans);
        }
        Self::Traces(all, items)
    }

    pub(super) fn logs(groups: Vec<(Resource, Vec<LogRecord>)>) -> Self {
        let mut all = ExportLogsServiceRequest::default();
        let items = count(&groups);
        for (resource, records) in groups {
            all.resource_logs
                .extend(logs(resource, records).resource_logs);
        }
        Self::Logs(all, items)
    }

    pub(super) fn metrics(resource: Resource, metrics: Vec<Metric>) -> Self {
        let items = metrics.len() as u64;
        Self::Metrics(metrics_request(resource, metrics), items)
    }

    /// Returns the number of spans, log records or data points.
    pub(super) fn items(&self) -> u64 {
        match self {
            Self::Traces(_, items) | Self::Logs(_, items) | Self::Metrics(_, items) => *items,
        }
    }

    /// Returns the bytes of the request.
    pub(super) fn encode(&self, settings: &SignalSettings) -> io::Result<EncodedRequest> {
        self.encode_as(settings.protocol.content_type(), settings.gzip)
    }

    /// Returns the bytes of the request in this form.
    pub(super) fn encode_as(&self, content_type: &str, gzip: bool) -> io::Result<EncodedRequest> {
        let is_json = content_type == JSON;
        let bytes = match self {
            Self::Traces(request, _) => encoded(request, is_json)?,
            Self::Logs(request, _) => encoded(request, is_json)?,
            Self::Metrics(request, _) => encoded(request, is_json)?,
        };
        let content = BatchContent {
            content_type: content_type.to_owned(),
            gzip,
            items: self.items(),
        };
        let body = if gzip {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(&bytes)?;
            gzip.finish()?
        } else {
            bytes
        };
        Ok(EncodedRequest { body, content })
    }
}

fn count<T>(groups: &[(Resource, Vec<T>)]) -> u64 {
    groups.iter().map(|(_, records)| records.len() as u64).sum()
}

fn encoded(request: &(impl Message + Serialize), is_json: bool) -> io::Result<Vec<u8>> {
    if is_json {
        Ok(serde_json::to_vec(request)?)
    } else {
        Ok(request.encode_to_vec())
    }
}

/// The rejected part of an accepted request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PartialSuccess {
    pub(super) rejected: u64,
    pub(super) message: String,
}

impl PartialSuccess {
    /// Parses the body of an answer; `None` if it is not one of OTLP.
    pub(super) fn parse(signal: Signal, is_json: bool, body: &[u8]) -> Option<Self> {
        if body.trim_ascii().is_empty() {
            return Some(Self::default());
        }
        Some(match signal {
            Signal::Traces => {
                let answer: ExportTraceServiceResponse = decoded(is_json, body)?;
                let partial = answer.partial_success.unwrap_or_default();
                Self::of(partial.rejected_spans, partial.error_message)
            }
            Signal::Logs => {
                let answer: ExportLogsServiceResponse = decoded(is_json, body)?;
                let partial = answer.partial_success.unwrap_or_default();
                Self::of(partial.rejected_log_records, partial.error_message)
            }
            Signal::Metrics => {
                let answer: ExportMetricsServiceResponse = decoded(is_json, body)?;
                let partial = answer.partial_success.unwrap_or_default();
                Self::of(partial.rejected_data_points, partial.error_message)
            }
        })
    }

    fn of(rejected: i64, message: String) -> Self {
        Self {
            rejected: u64::try_from(rejected).unwrap_or(0),
            message,
        }
    }
}

fn decoded<T: Message + Default + DeserializeOwned>(is_json: bool, body: &[u8]) -> Option<T> {
    if is_json {
        // Numbers of 64 bits may be texts, which the types of the crate do not accept here; `rejected…` is read by name.
        return serde_json::from_slice(body).ok().or_else(|| lenient(body));
    }
    T::decode(body).ok()
}

/// Reads an answer whose number is a text, as the JSON form of protobuf has it.
fn lenient<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let partial = answer.get_mut("partialSuccess")?.as_object_mut()?;
    for (_, value) in partial
        .iter_mut()
        .filter(|(key, _)| key.starts_with("rejected"))
    {
        let number: i64 = value.as_str()?.parse().ok()?;
        *value = number.into();
    }
    serde_json::from_value(answer).ok()
}
