//! An OTLP receiver over HTTP/1.1 whose answers a test determines.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// The timeout of a test that waits for an event. Only a failing test waits that long.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// The reaction of the receiver to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Status(u16, &'static str, Vec<u8>),
    /// Bytes that are not HTTP.
    Raw(&'static [u8]),
    /// The connection is closed without an answer.
    Close,
    /// The sending half is closed, and the connection stays open.
    HalfClose,
    /// Nothing is ever answered.
    Hang,
}

impl Reply {
    pub(crate) const OK: Self =
        Self::Status(200, "Content-Type: application/x-protobuf\r\n", Vec::new());
}

pub(crate) struct OtlpReceiver {
    pub(crate) url: String,
    pub(crate) requests: Receiver<Received>,
}

impl OtlpReceiver {
    /// Starts a receiver; `reply` is called for each request.
    pub(crate) fn start(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        let reply = Arc::new(reply);
        let connections = Arc::new(Mutex::new(Vec::new()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, reply, connections) =
                    (sender.clone(), Arc::clone(&reply), Arc::clone(&connections));
                thread::spawn(move || serve(stream, &sender, &*reply, &connections));
            }
        });
        Self { url, requests }
    }

    /// Starts a receiver that accepts everything.
    pub(crate) fn accepting() -> Self {
        Self::start(|_| Reply::OK)
    }

    /// Returns the requests that arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Received> {
        self.requests.try_iter().collect()
    }
}

fn serve(
    stream: TcpStream,
    sender: &Sender<Received>,
    reply: &dyn Fn(&Received) -> Reply,
    connections: &Mutex<Vec<TcpStream>>,
) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader, &mut writer) {
        let reply = reply(&request);
        // The test may have ended.
        let _ = sender.send(request);
        match reply {
            Reply::Status(status, headers, body) => {
                let head = format!(
                    "HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\n\r\n",
                    body.len()
                );
                if writer
                    .write_all(&[head.as_bytes(), &body].concat())
                    .is_err()
                {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = writer.write_all(bytes);
                return;
            }
            Reply::Close => return,
            Reply::HalfClose => {
                let _ = writer.shutdown(Shutdown::Write);
                connections
                    .lock()
                    .unwrap()
                    .push(writer.try_clone().unwrap());
            }
            Reply::Hang => connections
                .lock()
                .unwrap()
                .push(writer.try_clone().unwrap()),
        }
    }
}

fn read(reader: &mut impl BufRead, writer: &mut impl Write) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("expect") {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        path,
        headers,
        body,
    })
}

/// Everything that arrived, as a backend that respects ids stores it.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// By trace and span id.
    pub(crate) spans: BTreeMap<(Vec<u8>, Vec<u8>), Span>,
    /// Event names by `log.record.uid`.
    pub(crate) logs: BTreeMap<String, String>,
    /// The last sum of each series of a counter.
    pub(crate) sums: BTreeMap<String, i64>,
    /// Records that arrived with an id whose content differs.
    pub(crate) conflicts: usize,
}

impl Stored {
    pub(crate) fn of(requests: &[Received]) -> Self {
        let mut stored = Self::default();
        for request in requests {
            stored.add(request);
        }
        stored
    }

    fn add(&mut self, request: &Received) {
        let body = plain(request);
        match &*request.path {
            "/v1/traces" => self.traces(&decode::<ExportTraceServiceRequest>(request, &body)),
            "/v1/logs" => self.logs(&decode::<ExportLogsServiceRequest>(request, &body)),
            "/v1/metrics" => self.metrics(&decode::<ExportMetricsServiceRequest>(request, &body)),
            other => panic!("{other}"),
        }
    }

    fn traces(&mut self, request: &ExportTraceServiceRequest) {
        let resources = request.resource_spans.iter();
        for span in resources
            .flat_map(|resource| &resource.scope_spans)
            .flat_map(|scope| &scope.spans)
        {
            let ids = (span.trace_id.clone(), span.span_id.clone());
            let before = self.spans.insert(ids, span.clone());
            self.conflicts += usize::from(before.is_some_and(|before| before != *span));
        }
    }

    fn logs(&mut self, request: &ExportLogsServiceRequest) {
        let resources = request.resource_logs.iter();
        for log in resources
            .flat_map(|resource| &resource.scope_logs)
            .flat_map(|scope| &scope.log_records)
        {
            let uid = text(&log.attributes, "log.record.uid").expect("a log record without an id");
            let before = self.logs.insert(uid, log.event_name.clone());
            self.conflicts += usize::from(before.is_some_and(|before| before != log.event_name));
        }
    }

    fn metrics(&mut self, request: &ExportMetricsServiceRequest) {
        let resources = request.resource_metrics.iter();
        for metric in resources
            .flat_map(|resource| &resource.scope_metrics)
            .flat_map(|scope| &scope.metrics)
        {
            if let Some(Data::Sum(sum)) = &metric.data {
                assert_eq!(sum.aggregation_temporality, 2, "cumulative");
                for point in &sum.data_points {
                    let Some(Number::AsInt(value)) = point.value else {
                        panic!("{point:?}");
                    };
                    let model = text(&point.attributes, "gen_ai.request.model").unwrap_or_default();
                    let series = format!("{} {model} {}", metric.name, point.start_time_unix_nano);
                    let before = self.sums.insert(series, value);
                    self.conflicts += usize::from(before.is_some_and(|before| before > value));
                }
            }
        }
    }

    /// Returns prompt tokens, completion tokens and nano-dollars by model, added up over all spans.
    pub(crate) fn usage(&self) -> BTreeMap<String, (u64, u64, i64)> {
        let mut usage: BTreeMap<String, (u64, u64, i64)> = BTreeMap::new();
        for span in self.spans.values() {
            let number = |key: &str| number(&span.attributes, key).unwrap_or(0);
            if let Some(model) = text(&span.attributes, "gen_ai.request.model") {
                let sums = usage.entry(model).or_default();
                sums.0 += u64::try_from(number("gen_ai.usage.input_tokens")).unwrap();
                sums.1 += u64::try_from(number("gen_ai.usage.output_tokens")).unwrap();
                sums.2 += number("telemetry.cost.nano_usd");
            }
        }
        usage
    }
}

fn decode<T: Message + Default + serde::de::DeserializeOwned>(
    request: &Received,
    body: &[u8],
) -> T {
    if request.headers["content-type"] == "application/json" {
        return serde_json::from_slice(body).unwrap();
    }
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
    T::decode(body).unwrap()
}

fn plain(request: &Received) -> Vec<u8> {
    if request.headers.get("content-encoding").map(String::as_str) != Some("gzip") {
        return request.body.clone();
    }
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&request.body[..])
        .read_to_end(&mut body)
        .unwrap();
    body
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let found = attributes.iter().find(|pair| pair.key == key)?;
    found.value.as_ref()?.value.as_ref()
}

pub(crate) fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match value(attributes, key)? {
        Value::StringValue(text) => Some(text.clone()),
        other => panic!("{key}: {other:?}"),
    }
}

pub(crate) fn number(attributes: &[KeyValue], key: &str) -> Option<i64> {
    match value(attributes, key)? {
        Value::IntValue(number) => Some(*number),
        other => panic!("{key}: {other:?}"),
    }
}
