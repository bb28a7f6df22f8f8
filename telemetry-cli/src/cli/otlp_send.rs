//! The options of `telemetry export otlp` that send.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use crate::export::otlp::send::{EndpointOptions, Protocol, SendOptions, Signal};
use crate::selection::MinDuration;

/// The heading of these options in the help.
const SENDING: &str = "Sending";
/// The options of which one asks to send.
const TO_SEND: &str = "to send";

#[derive(Debug, Args)]
#[command(
    next_help_heading = SENDING,
    group = ArgGroup::new(TO_SEND)
        .args(["endpoint", "traces_endpoint", "logs_endpoint", "metrics_endpoint", "follow"])
        .multiple(true)
)]
pub(super) struct SendArgs {
    /// Send to this endpoint instead of writing: the base URL, to which /v1/traces and so on are added; without a value, the
    /// endpoints of OTEL_EXPORTER_OTLP_ENDPOINT and its variants
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "clap reads an option without a value as `Some(None)`"
    )]
    endpoint: Option<Option<String>>,

    /// URL of the traces, used as it is
    #[arg(long, value_name = "URL")]
    traces_endpoint: Option<String>,

    /// URL of the logs, used as it is
    #[arg(long, value_name = "URL")]
    logs_endpoint: Option<String>,

    /// URL of the metrics, used as it is
    #[arg(long, value_name = "URL")]
    metrics_endpoint: Option<String>,

    /// Only these signals [default: all]
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',', value_name = "SIGNALS", requires = TO_SEND)]
    signals: Vec<Signal>,

    /// Protocol [default: $OTEL_EXPORTER_OTLP_PROTOCOL, else http/protobuf]
    #[arg(long, value_enum, ignore_case = true, value_name = "PROTOCOL", requires = TO_SEND)]
    protocol: Option<Protocol>,

    /// Compress the requests
    #[arg(long, requires = TO_SEND)]
    gzip: bool,

    /// Header of each request; may be repeated. Other users of this machine can see an argument:
    /// OTEL_EXPORTER_OTLP_HEADERS is the place of a secret
    #[arg(long, value_name = "NAME=VALUE", requires = TO_SEND)]
    header: Vec<String>,

    /// PEM file of the authorities that are trusted instead of the usual ones
    #[arg(long, value_name = "FILE", requires = TO_SEND)]
    ca: Option<PathBuf>,

    /// PEM file with the certificate of this client
    #[arg(long, value_name = "FILE", requires = TO_SEND)]
    client_certificate: Option<PathBuf>,

    /// PEM file with the key of that certificate
    #[arg(long, value_name = "FILE", requires = TO_SEND)]
    client_key: Option<PathBuf>,

    /// Send new records as they are written, until Ctrl-C
    #[arg(long)]
    follow: bool,

    /// Directory of the checkpoints [default: telemetry-export in the home]
    #[arg(long, value_name = "DIR", requires = TO_SEND)]
    checkpoint: Option<PathBuf>,

    /// How long a request that is not accepted is sent again, without --follow, in s (seconds), m (minutes) or h
    #[arg(long, value_name = "LENGTH", default_value = "60s")]
    retry_for: MinDuration,

    /// Metrics as increases instead of sums; a request that is sent again counts again
    #[arg(long, requires = TO_SEND)]
    delta: bool,
}

impl SendArgs {
    /// Returns the options if the command line asks to send.
    pub(super) fn options(&self) -> Option<SendOptions> {
        let endpoints = [
            self.traces_endpoint.clone(),
            self.logs_endpoint.clone(),
            self.metrics_endpoint.clone(),
        ];
        let is_given =
            self.endpoint.is_some() || self.follow || endpoints.iter().any(Option::is_some);
        is_given.then(|| SendOptions {
            endpoints: EndpointOptions {
                endpoint: self.endpoint.clone().flatten(),
                endpoints,
                signals: self.signals.clone(),
                protocol: self.protocol,
                gzip: self.gzip.then_some(true),
                headers: self.header.clone(),
                ca: self.ca.clone(),
                certificate: self.client_certificate.clone(),
                key: self.client_key.clone(),
            },
            follow: self.follow,
            checkpoint: self.checkpoint.clone(),
            retry_for: Duration::from_nanos(self.retry_for.0),
            delta: self.delta,
        })
    }
}
