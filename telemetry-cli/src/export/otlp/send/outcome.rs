//! The outcomes of sending a batch.

use std::time::Duration;

use super::payload::PartialSuccess;

/// The outcome of sending a batch.
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
    /// The batch is too large for the endpoint; smaller ones may be accepted.
    TooLarge(String),
    /// Sending the batch again would not help.
    Failed(String),
}

/// Returns whether an error is about a certificate.
pub(super) fn is_certificate(error: &str) -> bool {
    error.contains("certificate")
}

/// Returns the message for a certificate that is not accepted.
pub(super) fn certificate_error(url: &str, error: &str) -> String {
    format!(
        "the certificate of {url} is not accepted: {error}; {}",
        certificate_remedy(error)
    )
}

/// Returns the remedy for a certificate that is not accepted, from the text of the error.
fn certificate_remedy(error: &str) -> &'static str {
    let remedies = [
        (
            "not valid for name",
            "use a name in the URL that the certificate is valid for",
        ),
        (
            "NotValidForName",
            "use a name in the URL that the certificate is valid for",
        ),
        (
            "expired",
            "renew the certificate, or set the clock of this machine",
        ),
        (
            "not valid yet",
            "set the clock of this machine, or wait until the certificate is valid",
        ),
        (
            "CaUsedAsEndEntity",
            "it is that of an authority: give the endpoint a certificate of its own, without `CA:TRUE`",
        ),
    ];
    let found = remedies.iter().find(|(cause, _)| error.contains(cause));
    found.map_or(
        "give the certificate of its authority with `--ca` or OTEL_EXPORTER_OTLP_CERTIFICATE",
        |(_, remedy)| remedy,
    )
}
