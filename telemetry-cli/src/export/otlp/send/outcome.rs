//! What became of a batch that was sent.

use std::time::Duration;

use super::payload::PartialSuccess;

/// What became of a batch.
#[derive(Debug)]
pub(super) enum SendOutcome {
    /// The endpoint has the batch.
    Accepted(PartialSuccess),
    /// The endpoint does not take this signal.
    Unsupported(String),
    /// The batch may be sent again, at the earliest after this time.
    Retry {
        cause: String,
        after: Option<Duration>,
    },
    /// Sending the batch again would not help.
    Failed(String),
}

/// Whether an error is about a certificate.
pub(super) fn is_certificate(error: &str) -> bool {
    error.contains("certificate")
}

/// Returns the message for a certificate that is not accepted.
pub(super) fn certificate_error(url: &str, error: &str) -> String {
    format!(
        "the certificate of {url} is not accepted: {error}; give the certificate of its authority with `--ca` or \
         OTEL_EXPORTER_OTLP_CERTIFICATE"
    )
}
