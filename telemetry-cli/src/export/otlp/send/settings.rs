//! Where and how each signal is sent: the options of the command line, then the variables of OpenTelemetry.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;

use super::signal::Signal;
use crate::error::Error;
use crate::export::otlp::resource::{pairs, text_of};

/// The timeout of an answer without `OTEL_EXPORTER_OTLP_TIMEOUT`, which is OpenTelemetry's default.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The options of the command line. The environment has the values of absent ones.
#[derive(Clone, Debug, Default)]
pub struct EndpointOptions {
    /// The base URL of all signals.
    pub endpoint: Option<String>,
    /// The URLs of single signals, in the order of [`Signal::ALL`].
    pub endpoints: [Option<String>; 3],
    /// The signals that are sent; empty for all.
    pub signals: Vec<Signal>,
    /// The protocol.
    pub protocol: Option<Protocol>,
    /// Whether bodies are compressed.
    pub gzip: Option<bool>,
    /// Headers of each request, as `name=value`.
    pub headers: Vec<String>,
    /// Certificates of the authorities that are trusted instead of the usual ones.
    pub ca: Option<PathBuf>,
    /// The certificate of this client.
    pub certificate: Option<PathBuf>,
    /// The key of that certificate.
    pub key: Option<PathBuf>,
}

/// A protocol of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// Protobuf over HTTP
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    /// JSON over HTTP
    #[value(name = "http/json")]
    HttpJson,
    /// Protobuf over gRPC
    Grpc,
}

impl Protocol {
    /// Returns the media type of a body.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "application/x-protobuf",
            Self::HttpJson => "application/json",
            Self::Grpc => "application/grpc",
        }
    }
}

/// The settings of one signal.
#[derive(Clone, Debug)]
pub(super) struct SignalSettings {
    pub(super) signal: Signal,
    /// The URL that requests are sent to.
    pub(super) url: String,
    pub(super) protocol: Protocol,
    pub(super) gzip: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Duration,
    pub(super) ca: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

impl SignalSettings {
    /// Returns the settings of each signal that is sent.
    ///
    /// # Errors
    ///
    /// Fails if an option or a variable is invalid, or no signal has an endpoint.
    pub(super) fn of(options: &EndpointOptions) -> Result<Vec<Self>, Error> {
        let mut settings = Vec::new();
        for (at, signal) in Signal::ALL.into_iter().enumerate() {
            let is_wanted = options.signals.is_empty() || options.signals.contains(&signal);
            if !is_wanted || is_none(signal)? {
                continue;
            }
            let protocol = match options.protocol {
                Some(protocol) => protocol,
                None => protocol(signal)?,
            };
            let Some(url) = url(options, at, signal, protocol)? else {
                continue;
            };
            settings.push(Self::of_signal(options, signal, protocol, url)?);
        }
        if settings.is_empty() {
            return Err(Error::new(
                "no signal has an endpoint; give `--endpoint URL`, such as http://localhost:4318, or set \
                 OTEL_EXPORTER_OTLP_ENDPOINT",
            ));
        }
        Ok(settings)
    }

    fn of_signal(
        options: &EndpointOptions,
        signal: Signal,
        protocol: Protocol,
        url: String,
    ) -> Result<Self, Error> {
        let headers = headers(options, signal)?;
        let path = |option: &Option<PathBuf>, name: &str| -> Result<Option<PathBuf>, Error> {
            match option {
                Some(path) => Ok(Some(path.clone())),
                None => Ok(variable(signal, name)?.map(|(_, text)| PathBuf::from(text))),
            }
        };
        let settings = Self {
            signal,
            url,
            protocol,
            gzip: match options.gzip {
                Some(gzip) => gzip,
                None => gzip(signal)?,
            },
            headers,
            timeout: timeout(signal)?,
            ca: path(&options.ca, "CERTIFICATE")?,
            certificate: path(&options.certificate, "CLIENT_CERTIFICATE")?,
            key: path(&options.key, "CLIENT_KEY")?,
        };
        if settings.certificate.is_some() != settings.key.is_some() {
            return Err(Error::new(
                "a client certificate needs both the certificate and its key; give `--client-certificate` and \
                 `--client-key`, or set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY",
            ));
        }
        Ok(settings)
    }
}

/// Returns the value of the variable of a signal, otherwise of all signals, with its name.
fn variable(signal: Signal, name: &str) -> Result<Option<(String, String)>, Error> {
    for variable in [
        format!("OTEL_EXPORTER_OTLP_{}_{name}", signal.variable()),
        format!("OTEL_EXPORTER_OTLP_{name}"),
    ] {
        if let Some(text) = text_of(&variable)? {
            return Ok(Some((variable, text)));
        }
    }
    Ok(None)
}

/// Returns whether the environment excludes the signal with `OTEL_…_EXPORTER=none`.
fn is_none(signal: Signal) -> Result<bool, Error> {
    let exporter = text_of(&format!("OTEL_{}_EXPORTER", signal.variable()))?;
    Ok(exporter.as_deref() == Some("none"))
}

/// Returns the URL of a signal. The URL of one signal is used as it is; to that of all signals the path is added.
fn url(
    options: &EndpointOptions,
    at: usize,
    signal: Signal,
    protocol: Protocol,
) -> Result<Option<String>, Error> {
    let option = format!("--{signal}-endpoint");
    if let Some(url) = &options.endpoints[at] {
        return checked(&option, url).map(|()| Some(url.clone()));
    }
    let base = |origin: &str, base: &str| {
        checked(origin, base)?;
        let base = base.trim_end_matches('/');
        Ok(Some(match protocol {
            // The path is that of the service.
            Protocol::Grpc => base.to_owned(),
            _ => format!("{base}/v1/{signal}"),
        }))
    };
    if let Some(endpoint) = &options.endpoint {
        return base("--endpoint", endpoint);
    }
    let own = format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.variable());
    if let Some(url) = text_of(&own)? {
        return checked(&own, &url).map(|()| Some(url));
    }
    match text_of("OTEL_EXPORTER_OTLP_ENDPOINT")? {
        Some(endpoint) => base("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        None => Ok(None),
    }
}

fn checked(origin: &str, url: &str) -> Result<(), Error> {
    let invalid = |why: &str| {
        Error::new(format!(
            "invalid {origin} `{url}`: {why}; expected a URL such as http://localhost:4318 or https://otlp.example.com"
        ))
    };
    let uri: Uri = url.parse().map_err(|_| invalid("it is not a URL"))?;
    // The text is not shown: messages and the checkpoint have the URL.
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err(Error::new(format!(
            "invalid {origin}: it has a user or a password; leave them out, and give `authorization=Basic …` in `--header` \
             or OTEL_EXPORTER_OTLP_HEADERS"
        )));
    }
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(()),
        Some("http" | "https") => Err(invalid("it has no host")),
        Some(scheme) => Err(invalid(&format!(
            "the scheme is `{scheme}`, not http or https"
        ))),
        None => Err(invalid("it has no scheme")),
    }
}

fn protocol(signal: Signal) -> Result<Protocol, Error> {
    match variable(signal, "PROTOCOL")? {
        None => Ok(Protocol::HttpProtobuf),
        Some((_, text)) if text == "http/protobuf" => Ok(Protocol::HttpProtobuf),
        Some((_, text)) if text == "http/json" => Ok(Protocol::HttpJson),
        Some((_, text)) if text == "grpc" => Ok(Protocol::Grpc),
        Some((name, text)) => Err(Error::new(format!(
            "invalid {name} `{text}`: expected http/protobuf, http/json or grpc"
        ))),
    }
}

fn gzip(signal: Signal) -> Result<bool, Error> {
    match variable(signal, "COMPRESSION")? {
        None => Ok(false),
        Some((_, text)) if text == "gzip" => Ok(true),
        Some((_, text)) if text == "none" => Ok(false),
        Some((name, text)) => Err(Error::new(format!(
            "invalid {name} `{text}`: expected gzip or none"
        ))),
    }
}

fn timeout(signal: Signal) -> Result<Duration, Error> {
    let Some((name, text)) = variable(signal, "TIMEOUT")? else {
        return Ok(TIMEOUT);
    };
    let millis = text.parse().ok().filter(|millis| *millis > 0);
    millis.map(Duration::from_millis).ok_or_else(|| {
        Error::new(format!(
            "invalid {name} `{text}`: expected a number of milliseconds such as 10000"
        ))
    })
}

fn headers(options: &EndpointOptions, signal: Signal) -> Result<Vec<(String, String)>, Error> {
    let mut headers = Vec::new();
    if let Some((name, text)) = variable(signal, "HEADERS")? {
        for (header, value) in pairs(&name, &text)? {
            headers.push(valid_header(&name, &header, value)?);
        }
    }
    for text in &options.headers {
        let Some((header, value)) = text.split_once('=') else {
            return Err(Error::new(format!(
                "invalid --header `{text}`: it has no `=`; expected NAME=VALUE"
            )));
        };
        let header = valid_header("--header", header.trim(), value.trim().to_owned())?;
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&header.0));
        headers.push(header);
    }
    Ok(headers)
}

fn valid_header(origin: &str, name: &str, value: String) -> Result<(String, String), Error> {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(Error::new(format!(
            "invalid {origin}: `{name}` is not the name of a header; expected NAME=VALUE"
        )));
    }
    if http::HeaderValue::from_str(&value).is_err() {
        // The value may be a secret.
        return Err(Error::new(format!(
            "invalid {origin}: the value of `{name}` has characters that a header must not have"
        )));
    }
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_urls_are_named() {
        for (url, why) in [
            ("localhost:4318", "no scheme"),
            ("ftp://a", "scheme is `ftp`"),
            ("http://", "not a URL"),
            ("http://a b", "not a URL"),
            ("", "not a URL"),
        ] {
            let error = checked("--endpoint", url).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("expected"), "{error}");
        }
        let error = checked("--endpoint", "http://ada:hunter2@a:4318").unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("--header") && !error.contains("hunter2"),
            "{error}"
        );
        assert!(checked("--endpoint", "https://otlp.example.com/base").is_ok());
    }

    #[test]
    fn a_header_with_a_line_break_is_refused_without_its_value() {
        let options = EndpointOptions {
            headers: vec!["authorization=secret\nx".to_owned()],
            ..EndpointOptions::default()
        };
        let error = headers(&options, Signal::Traces).unwrap_err().to_string();
        assert!(
            error.contains("authorization") && !error.contains("secret"),
            "{error}"
        );
    }
}
