//! Sends the bytes of a batch over HTTP, and classifies the answer.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{ClientCert, RootCerts, TlsConfig};

use super::checkpoint::EncodedRequest;
use super::outcome::{SendOutcome, certificate_error, is_certificate};
use super::payload::PartialSuccess;
use super::pem;
use super::settings::SignalSettings;
use crate::error::Error;

/// The most bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 * 1024;
/// The most characters of an answer that a message quotes.
const QUOTED: usize = 300;

/// The connection to the endpoint of a signal.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    settings: SignalSettings,
}

impl Client {
    /// Returns a client.
    ///
    /// # Errors
    ///
    /// Fails if a file of certificates cannot be read or has none.
    pub(super) fn new(settings: &SignalSettings) -> Result<Self, Error> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &settings.ca {
            let certificates = pem::certificates(path)?;
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        if let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) {
            let chain = pem::certificates(certificate)?;
            tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, pem::key(key)?)));
        }
        if settings.ca.is_some() || settings.certificate.is_some() {
            // `ureq` ignores invalid authorities, and panics for a key of another certificate.
            super::grpc::connector(settings)?;
        }
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            // A redirect would send the telemetry to another address than the configured one.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent(concat!("telemetry-cli/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: config.into(),
            settings: settings.clone(),
        })
    }

    /// Sends a batch.
    pub(super) fn send(&self, batch: &EncodedRequest) -> SendOutcome {
        let mut request = self
            .agent
            .post(&self.settings.url)
            .header("Content-Type", &batch.content.content_type);
        if batch.content.gzip {
            request = request.header("Content-Encoding", "gzip");
        }
        for (name, value) in &self.settings.headers {
            request = request.header(name, value);
        }
        match request.send(&batch.body[..]) {
            Ok(mut answer) => {
                let body = answer
                    .body_mut()
                    .with_config()
                    .limit(MAX_ANSWER)
                    .read_to_vec();
                match body {
                    Ok(body) => self.classify(&answer, &body),
                    // The status is known, but not whether the endpoint has the batch.
                    Err(error) => self.failed(&error),
                }
            }
            Err(error) => self.failed(&error),
        }
    }

    fn classify<T>(&self, answer: &Response<T>, body: &[u8]) -> SendOutcome {
        let status = answer.status();
        let header = |name: &str| answer.headers().get(name)?.to_str().ok();
        let content_type = header("content-type").unwrap_or_default();
        let is_json = content_type.starts_with("application/json");
        let url = &self.settings.url;
        let signal = self.settings.signal;
        if status.is_success() {
            let is_otlp = !content_type.starts_with("text/html");
            let parsed = PartialSuccess::parse(signal, is_json, body);
            return match parsed.filter(|_| is_otlp) {
                Some(partial) => SendOutcome::Accepted(partial),
                None => SendOutcome::Failed(format!(
                    "{url} answered {status} with `{}`, which is not OTLP; check that the URL is that of an OTLP receiver",
                    quoted(body)
                )),
            };
        }
        let said = answer_text(content_type, body);
        let pause = header("retry-after").and_then(retry_after);
        let mut found = format!("{url} answered {status}{said}");
        if let Some(pause) = pause {
            let _ = write!(found, "; it asks for a pause of {} s", pause.as_secs());
        }
        match status {
            StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::NOT_IMPLEMENTED => SendOutcome::Unsupported(found),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => SendOutcome::Retry {
                cause: found,
                after: pause,
            },
            _ if status.is_server_error() => SendOutcome::Retry {
                cause: found,
                after: pause,
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SendOutcome::Failed(format!(
                "{found}; check the credentials in `--header` or OTEL_EXPORTER_OTLP_HEADERS"
            )),
            StatusCode::PAYLOAD_TOO_LARGE => SendOutcome::TooLarge(found),
            _ if status.is_redirection() => SendOutcome::Failed(format!(
                "{found} and redirects to {}; give the URL that it redirects to",
                header("location").unwrap_or("another URL")
            )),
            _ => SendOutcome::Failed(found),
        }
    }

    /// Returns a hint if the endpoint may have closed the connection because it demands a client certificate. With TLS 1.3
    /// the endpoint checks it after the handshake, so that the client may see a closed connection only.
    fn certificate_hint(&self) -> &'static str {
        if self.settings.certificate.is_none() && self.settings.url.starts_with("https:") {
            "; if the endpoint demands a client certificate, give `--client-certificate` and `--client-key`"
        } else {
            ""
        }
    }

    fn failed(&self, error: &ureq::Error) -> SendOutcome {
        let url = &self.settings.url;
        let retry = |cause: String| SendOutcome::Retry { cause, after: None };
        match error {
            ureq::Error::Timeout(_) => retry(format!(
                "{url} did not answer within {} ms; OTEL_EXPORTER_OTLP_TIMEOUT sets another limit",
                self.settings.timeout.as_millis()
            )),
            ureq::Error::HostNotFound => retry(format!("the host of {url} is not found")),
            ureq::Error::Io(error) if is_certificate(&error.to_string()) => {
                SendOutcome::Failed(certificate_error(url, &error.to_string()))
            }
            ureq::Error::Io(error) if is_not_http(error) => {
                SendOutcome::Failed(not_http(url, error))
            }
            ureq::Error::Io(error) if is_closed(&error.to_string().to_ascii_lowercase()) => retry(
                format!("{url} closed the connection before the end of its answer"),
            ),
            ureq::Error::Io(error) => retry(format!(
                "cannot send to {url}: {error}{}",
                self.certificate_hint()
            )),
            ureq::Error::Protocol(error) => {
                if is_closed(&error.to_string()) {
                    retry(format!("{url} closed the connection without an answer"))
                } else {
                    SendOutcome::Failed(not_http(url, error))
                }
            }
            error if is_certificate(&error.to_string()) => {
                SendOutcome::Failed(certificate_error(url, &error.to_string()))
            }
            error => SendOutcome::Failed(format!("cannot send to {url}: {error}")),
        }
    }
}

/// Returns whether a protocol error means that the connection ended before the answer.
fn is_closed(error: &str) -> bool {
    error.contains("closed") || error.contains("disconnect") || error.contains("eof")
}

/// Returns whether the other side does not speak TLS or HTTP/1.1.
fn is_not_http(error: &io::Error) -> bool {
    let error = error.to_string();
    error.contains("InvalidContentType") || error.contains("corrupt message")
}

fn not_http(url: &str, error: &dyn std::fmt::Display) -> String {
    format!(
        "{url} does not answer as an HTTP server does: {error}; check the scheme and the port (4318 is the usual one of \
         OTLP over HTTP, 4317 that of gRPC)"
    )
}

/// Returns the text of an answer, for a message.
fn answer_text(content_type: &str, body: &[u8]) -> String {
    // Errors are a `google.rpc.Status`, whose message is the field 2, as in the first field of a partial success.
    let text = if content_type.starts_with("application/x-protobuf") {
        status_message(body).unwrap_or_default()
    } else {
        quoted(body)
    };
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

/// Returns the message of a `google.rpc.Status`: field 2 of a protobuf message.
fn status_message(body: &[u8]) -> Option<String> {
    // The crate has no type for it; the partial success has its text in field 2 as well, behind a number in field 1.
    let mut wrapped = Vec::new();
    prost::encoding::encode_key(1, prost::encoding::WireType::LengthDelimited, &mut wrapped);
    prost::encoding::encode_varint(body.len() as u64, &mut wrapped);
    wrapped.extend_from_slice(body);
    let answer = ExportTraceServiceResponse::decode(&wrapped[..]).ok()?;
    Some(answer.partial_success?.error_message)
}

fn quoted(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let line: String = text.chars().take(QUOTED).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Parses `Retry-After`: a number of seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    let seconds = date.timestamp().as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after("Wed, 21 Oct 2015 07:28:00 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn the_message_of_a_status_is_read() {
        // Code 3 and the message `bad`.
        assert_eq!(
            status_message(b"\x08\x03\x12\x03bad").as_deref(),
            Some("bad")
        );
        assert_eq!(status_message(b"\xff"), None);
    }
}
