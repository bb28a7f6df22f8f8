//! Sends the bytes of a batch as a unary gRPC call over HTTP/2.
//!
//! Written on `h2` instead of `tonic`: a call is one frame there and one back, and the frame has to consist of the bytes of
//! the checkpoint, which a generated client would encode itself.

use std::io;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Request, Uri};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

use super::checkpoint::EncodedRequest;
use super::outcome::{SendOutcome, certificate_error, is_certificate};
use super::payload::PartialSuccess;
use super::settings::SignalSettings;
use super::signal::Signal;
use crate::error::Error;

/// The bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 64 * 1024;

/// The connection to the endpoint of a signal.
pub(super) struct GrpcClient {
    runtime: Runtime,
    settings: SignalSettings,
    uri: Uri,
    tls: Option<TlsConnector>,
    sender: Option<SendRequest<Bytes>>,
}

/// The answer to a call.
struct Answer {
    code: u32,
    message: String,
    body: Vec<u8>,
}

impl GrpcClient {
    /// Returns a client, which connects when it sends.
    ///
    /// # Errors
    ///
    /// Fails if a file of certificates cannot be read or has none.
    pub(super) fn new(settings: &SignalSettings) -> Result<Self, Error> {
        let uri: Uri = settings
            .url
            .parse()
            .map_err(|_| Error::new(format!("`{}` is not a URL", settings.url)))?;
        let is_tls = uri.scheme_str() == Some("https");
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            tls: is_tls.then(|| connector(settings)).transpose()?,
            settings: settings.clone(),
            uri,
            sender: None,
        })
    }

    /// Sends a batch.
    pub(super) fn send(&mut self, batch: &EncodedRequest) -> SendOutcome {
        let Self {
            runtime,
            settings,
            uri,
            tls,
            sender,
        } = self;
        let call = call(settings, uri, tls.as_ref(), sender, batch);
        let answer = runtime.block_on(async { tokio::time::timeout(settings.timeout, call).await });
        let url = &settings.url;
        let retry = |cause: String| SendOutcome::Retry { cause, after: None };
        match answer {
            Ok(Ok(answer)) => classify(settings, &answer),
            Ok(Err(error)) => {
                self.sender = None;
                let text = error.to_string();
                if is_certificate(&text) {
                    SendOutcome::Failed(certificate_error(url, &text))
                } else if error.kind() == io::ErrorKind::InvalidData {
                    SendOutcome::Failed(format!(
                        "{url} does not answer as a gRPC server does: {text}; check the scheme and the port (4317 is the \
                         usual one of OTLP over gRPC, 4318 that of HTTP)"
                    ))
                } else {
                    retry(format!("cannot send to {url}: {text}"))
                }
            }
            Err(_) => {
                self.sender = None;
                retry(format!(
                    "{url} did not answer within {} ms; OTEL_EXPORTER_OTLP_TIMEOUT sets another limit",
                    settings.timeout.as_millis()
                ))
            }
        }
    }
}

/// Returns the path of a signal's service.
const fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    }
}

async fn call(
    settings: &SignalSettings,
    uri: &Uri,
    tls: Option<&TlsConnector>,
    kept: &mut Option<SendRequest<Bytes>>,
    batch: &EncodedRequest,
) -> io::Result<Answer> {
    let sender = match kept.take() {
        Some(sender) => sender,
        None => connect(uri, tls).await?,
    };
    let mut sender = sender.ready().await.map_err(io_error)?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let target = format!(
        "{}://{authority}{}",
        uri.scheme_str().unwrap_or("http"),
        path(settings.signal)
    );
    let mut request = Request::post(target)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header(
            "user-agent",
            concat!("telemetry-cli/", env!("CARGO_PKG_VERSION")),
        );
    if batch.content.gzip {
        request = request.header("grpc-encoding", "gzip");
    }
    for (name, value) in &settings.headers {
        request = request.header(name.to_ascii_lowercase(), value);
    }
    let request = request.body(()).map_err(io::Error::other)?;
    let (response, mut stream) = sender.send_request(request, false).map_err(io_error)?;
    let mut frame = BytesMut::with_capacity(PREFIX + batch.body.len());
    frame.put_u8(u8::from(batch.content.gzip));
    frame.put_u32(u32::try_from(batch.body.len()).map_err(io::Error::other)?);
    frame.extend_from_slice(&batch.body);
    stream.send_data(frame.freeze(), true).map_err(io_error)?;
    let (head, mut body) = response.await.map_err(io_error)?.into_parts();
    let mut data = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.map_err(io_error)?;
        body.flow_control()
            .release_capacity(chunk.len())
            .map_err(io_error)?;
        if data.len() + chunk.len() <= MAX_ANSWER {
            data.extend_from_slice(&chunk);
        }
    }
    let trailers = body.trailers().await.map_err(io_error)?;
    *kept = Some(sender);
    let status = trailers
        .as_ref()
        .and_then(status)
        .or_else(|| status(&head.headers));
    let Some((code, message)) = status else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "the answer has the status {} and no grpc-status",
                head.status
            ),
        ));
    };
    let body = data.get(PREFIX..).unwrap_or_default().to_vec();
    Ok(Answer {
        code,
        message,
        body,
    })
}

fn status(headers: &HeaderMap) -> Option<(u32, String)> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let code = text("grpc-status")?.parse().ok()?;
    Some((code, text("grpc-message").unwrap_or_default().to_owned()))
}

/// Converts an error of HTTP/2. An answer that is not HTTP/2 is invalid data.
fn io_error(error: h2::Error) -> io::Error {
    if error.is_io() {
        return error
            .into_io()
            .unwrap_or_else(|| io::ErrorKind::Other.into());
    }
    if error.is_go_away() && error.is_library() {
        return io::Error::new(io::ErrorKind::InvalidData, error);
    }
    io::Error::other(error)
}

async fn connect(uri: &Uri, tls: Option<&TlsConnector>) -> io::Result<SendRequest<Bytes>> {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if tls.is_some() { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(usual);
    let stream = TcpStream::connect((bare, port)).await?;
    stream.set_nodelay(true)?;
    match tls {
        None => handshake(stream).await,
        Some(tls) => {
            let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
            handshake(tls.connect(name, stream).await?).await
        }
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> io::Result<SendRequest<Bytes>> {
    let (sender, connection) = h2::client::handshake(stream).await.map_err(io_error)?;
    // The task ends with the connection; a call reports its errors.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

/// Returns the connector for TLS.
///
/// # Errors
///
/// Fails if a file has no valid certificate or key, or if the key is of another certificate.
pub(super) fn connector(settings: &SignalSettings) -> Result<TlsConnector, Error> {
    let mut roots = RootCertStore::empty();
    match &settings.ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            for certificate in super::pem::certificates(path)? {
                let certificate = CertificateDer::from(certificate.der().to_vec());
                roots
                    .add(certificate)
                    .map_err(|error| {
                        Error::new(format!(
                            "a certificate in {} is not valid: {error}; expected the certificates of authorities",
                            path.display()
                        ))
                    })?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(error.to_string()))?
        .with_root_certificates(roots);
    let mut config = match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => {
            let chain = super::pem::certificates(certificate)?;
            let chain = chain
                .iter()
                .map(|certificate| CertificateDer::from(certificate.der().to_vec()));
            let failed = |error: &dyn std::fmt::Display| {
                Error::new(format!(
                    "the client certificate {} cannot be used with the key {}: {error}; give the two files of one \
                     certificate",
                    certificate.display(),
                    key.display()
                ))
            };
            // The message of its error names the expected content.
            super::pem::key(key)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(&error))?;
            builder
                .with_client_auth_cert(chain.collect(), key)
                .map_err(|error| failed(&error))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Returns whether a message of a server is about the size of a request, as gRPC's implementations for Go, C++, Java and Rust word it.
fn is_too_large(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["larger than max", "too large", "exceeds maximum"]
        .iter()
        .any(|words| message.contains(words))
}

fn classify(settings: &SignalSettings, answer: &Answer) -> SendOutcome {
    let url = &settings.url;
    let found = format!(
        "{url} answered the gRPC status {}: {}",
        answer.code, answer.message
    );
    match answer.code {
        0 => match PartialSuccess::parse(settings.signal, false, &answer.body) {
            Some(partial) => SendOutcome::Accepted(partial),
            None => SendOutcome::Failed(format!("{url} answered with a body that is not OTLP")),
        },
        // UNIMPLEMENTED
        12 => SendOutcome::Unsupported(found),
        // RESOURCE_EXHAUSTED or OUT_OF_RANGE: servers give these codes to a message that exceeds their limit.
        8 | 11 if is_too_large(&answer.message) => SendOutcome::TooLarge(found),
        // CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
        1 | 4 | 8 | 10 | 11 | 14 | 15 => SendOutcome::Retry {
            cause: found,
            after: None,
        },
        // PERMISSION_DENIED, UNAUTHENTICATED
        7 | 16 => SendOutcome::Failed(format!(
            "{found}; check the credentials in `--header` or OTEL_EXPORTER_OTLP_HEADERS"
        )),
        _ => SendOutcome::Failed(found),
    }
}
