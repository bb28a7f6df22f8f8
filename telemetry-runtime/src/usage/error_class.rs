//! The classes of request errors: a small vocabulary that does not depend on the provider.

/// The class of an error.
///
/// | class | type or code of the error, or beginning of LiteLLM's message | status |
/// |---|---|---|
/// | `budget` | `budget_exceeded`, `insufficient_quota`, message `litellm.BudgetExceededError` | 402 |
/// | `context_window` | `context_length_exceeded`, message `litellm.ContextWindowExceededError` | |
/// | `content_filter` | `content_filter`, `content_policy_violation`, message `litellm.ContentPolicyViolationError`; `content_filter` or "content management policy" (Azure) in the message of an error without status or with 4xx | |
/// | `rate_limit` | `throttling_error`, `rate_limit_error`, `rate_limit_exceeded`, `all_deployments_in_cooldown` | 429 |
/// | `auth` | `auth_error`, `authentication_error`, `permission_error`, `invalid_api_key`, `no_db_connection` (a wrong key, if the proxy has no database) | 401, 403 |
/// | `timeout` | `timeout_error`, message `litellm.Timeout` | 408, 504 |
/// | `server` | | 5xx |
/// | `bad_request` | | other 4xx |
/// | `server` | `internal_server_error`, `server_error`, `api_error`, `overloaded_error` | none |
/// | `bad_request` | `invalid_request_error`, `not_found_error` | none |
///
/// The rows are tried in this order. A row matches if its words or its status match. If the
/// answer has no status, an `error.code` that is a number is used as the status. Hosts set `network` and
/// `timeout` when they received no answer; `cancelled` and `panic` describe the end of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Too many requests or tokens; a later retry may succeed.
    RateLimit,
    /// No money or quota left.
    Budget,
    /// No key, an invalid key, or a key without permission.
    Auth,
    /// The request is invalid, or its model is unknown.
    BadRequest,
    /// More tokens than the model accepts.
    ContextWindow,
    /// The content of the request or of the answer was refused.
    ContentFilter,
    /// No answer in time.
    Timeout,
    /// No connection, or a broken connection.
    Network,
    /// The provider or the proxy failed.
    Server,
    /// The call was dropped before it ended.
    Cancelled,
    /// The code around it panicked.
    Panic,
}

impl ErrorClass {
    /// All classes, in the order of the schema.
    pub const ALL: [Self; 11] = [
        Self::RateLimit,
        Self::Budget,
        Self::Auth,
        Self::BadRequest,
        Self::ContextWindow,
        Self::ContentFilter,
        Self::Timeout,
        Self::Network,
        Self::Server,
        Self::Cancelled,
        Self::Panic,
    ];

    /// Returns the text of a record: `rate_limit`, `budget`, `auth`, ….
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Budget => "budget",
            Self::Auth => "auth",
            Self::BadRequest => "bad_request",
            Self::ContextWindow => "context_window",
            Self::ContentFilter => "content_filter",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Server => "server",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }

    /// Returns the class of an error of an HTTP client, of a timer or of the system: by the kind of an `io::Error`, or else by
    /// the texts of the error and its causes, as hyper, reqwest, ureq and tokio write them. Returns `None` if neither
    /// identifies a class.
    ///
    /// ```
    /// use std::io;
    /// use telemetry_runtime::ErrorClass;
    ///
    /// let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    /// assert_eq!(ErrorClass::of_error(&refused), Some(ErrorClass::Network));
    /// ```
    pub fn of_error(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        // A cause is more exact than its effect.
        let mut found = None;
        let mut next = Some(error);
        // An error may name itself as its cause.
        for _ in 0..32 {
            let Some(error) = next else { break };
            let class = match error.downcast_ref::<std::io::Error>() {
                Some(io) => Self::of_io(io.kind()),
                None => None,
            };
            found = class
                .or_else(|| Self::of_text(&error.to_string()))
                .or(found);
            next = error.source();
        }
        found
    }

    fn of_io(kind: std::io::ErrorKind) -> Option<Self> {
        use std::io::ErrorKind;
        match kind {
            ErrorKind::TimedOut => Some(Self::Timeout),
            ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::AddrNotAvailable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown => Some(Self::Network),
            _ => None,
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        // reqwest writes `HTTP status client error (429 Too Many Requests) for url (…)`.
        let status = text.split_once("http status ").and_then(|(_, status)| {
            let (_, code) = status.split_once('(')?;
            code.get(..3)?.parse().ok()
        });
        if let Some(status) = status {
            return Self::of(status, None, None, "");
        }
        if has(&["timed out", "deadline has elapsed", "timeout"]) {
            Some(Self::Timeout)
        } else if has(&[
            "error sending request",
            "error trying to connect",
            "dns error",
            "failed to lookup address",
            "connection refused",
            "connection reset",
            "connection closed",
            "network is unreachable",
            "tls handshake",
            "certificate",
        ]) {
            Some(Self::Network)
        } else {
            None
        }
    }

    /// Returns the class of an error answer of a proxy or provider. `status` is the HTTP status, or 0 if
    /// there is none; the other arguments are the `type`, `code` and `message` of the `error` in the
    /// body. Returns `None` if none of them identifies a class.
    ///
    /// ```
    /// use telemetry_runtime::ErrorClass;
    ///
    /// let limited = ErrorClass::of(429, Some("throttling_error"), Some("429"), "litellm.RateLimitError: …");
    /// assert_eq!(limited, Some(ErrorClass::RateLimit));
    /// assert_eq!(ErrorClass::of(529, None, None, ""), Some(ErrorClass::Server));
    /// ```
    pub fn of(status: u16, kind: Option<&str>, code: Option<&str>, message: &str) -> Option<Self> {
        let status = match status {
            0 => code.and_then(|code| code.parse().ok()).unwrap_or(0),
            status => status,
        };
        // The error that LiteLLM raised is first. The advice about fallbacks that follows may name other
        // errors.
        let message = message.split("\n\n").next().unwrap_or_default();
        let says = |words: &[&str]| {
            [kind, code]
                .into_iter()
                .flatten()
                .any(|word| words.contains(&word))
        };
        let raised = |name: &str| {
            let raised = message.strip_prefix("litellm.");
            raised.is_some_and(|raised| raised.starts_with(name))
        };
        let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
        let client = (400..500).contains(&status) || status == 0;
        let class = if says(&["budget_exceeded", "insufficient_quota"])
            || raised("BudgetExceededError")
            || status == 402
        {
            Self::Budget
        } else if says(&["context_length_exceeded"]) || raised("ContextWindowExceededError") {
            Self::ContextWindow
        } else if says(&["content_filter", "content_policy_violation"])
            || raised("ContentPolicyViolationError")
            || client && has(&["content_filter", "content management policy"])
        {
            Self::ContentFilter
        } else if says(&[
            "throttling_error",
            "rate_limit_error",
            "rate_limit_exceeded",
            "all_deployments_in_cooldown",
        ]) || status == 429
        {
            Self::RateLimit
        } else if says(&[
            "auth_error",
            "authentication_error",
            "permission_error",
            "invalid_api_key",
            "no_db_connection",
        ]) || matches!(status, 401 | 403)
        {
            Self::Auth
        } else if raised("Timeout") || says(&["timeout_error"]) || matches!(status, 408 | 504) {
            Self::Timeout
        } else if matches!(status, 500..=599) {
            Self::Server
        } else if matches!(status, 400..=499) {
            Self::BadRequest
        } else if says(&[
            "internal_server_error",
            "server_error",
            "api_error",
            "overloaded_error",
        ]) {
            Self::Server
        } else if says(&["invalid_request_error", "not_found_error"]) {
            Self::BadRequest
        } else {
            return None;
        };
        Some(class)
    }
}

#[cfg(test)]
mod tests {
    #[derive(Debug)]
    struct Caused(&'static str, Option<Box<Caused>>);

    impl std::fmt::Display for Caused {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Caused {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            let cause: &Caused = self.1.as_deref()?;
            Some(cause)
        }
    }

    #[test]
    fn errors_of_clients_have_a_class() {
        let of = |text, cause: Option<&'static str>| {
            let cause = cause.map(|cause| Box::new(Caused(cause, None)));
            ErrorClass::of_error(&Caused(text, cause))
        };
        let sending = "error sending request for url (http://localhost/)";
        assert_eq!(of(sending, None), Some(ErrorClass::Network));
        assert_eq!(
            of(sending, Some("operation timed out")),
            Some(ErrorClass::Timeout)
        );
        assert_eq!(of("deadline has elapsed", None), Some(ErrorClass::Timeout));
        let status = "HTTP status client error (429 Too Many Requests) for url (http://localhost/)";
        assert_eq!(of(status, None), Some(ErrorClass::RateLimit));
        let status =
            "HTTP status server error (503 Service Unavailable) for url (http://localhost/)";
        assert_eq!(of(status, None), Some(ErrorClass::Server));
        assert_eq!(of("expected value at line 1", None), None);
    }

    use super::ErrorClass;

    #[test]
    fn the_names_of_classes_are_unique() {
        let names: std::collections::BTreeSet<_> =
            ErrorClass::ALL.iter().map(|class| class.as_str()).collect();
        assert_eq!(names.len(), ErrorClass::ALL.len());
    }

    #[test]
    fn a_status_without_a_body_has_a_class() {
        for (status, class) in [
            (400, "bad_request"),
            (401, "auth"),
            (402, "budget"),
            (403, "auth"),
            (404, "bad_request"),
            (408, "timeout"),
            (413, "bad_request"),
            (422, "bad_request"),
            (429, "rate_limit"),
            (500, "server"),
            (503, "server"),
            (504, "timeout"),
            (529, "server"),
        ] {
            let found = ErrorClass::of(status, None, None, "");
            assert_eq!(found.map(ErrorClass::as_str), Some(class), "{status}");
        }
        for status in [0, 200, 302, 600] {
            assert_eq!(
                ErrorClass::of(status, None, Some("None"), ""),
                None,
                "{status}"
            );
        }
    }

    #[test]
    fn a_type_or_code_takes_precedence_over_the_status() {
        let of = |status, kind, code, message| {
            ErrorClass::of(status, kind, code, message).map(ErrorClass::as_str)
        };
        // OpenAI answers 429 for a request limit and for an empty account.
        let code = Some("insufficient_quota");
        assert_eq!(
            of(429, Some("insufficient_quota"), code, ""),
            Some("budget")
        );
        let code = Some("context_length_exceeded");
        assert_eq!(
            of(400, Some("invalid_request_error"), code, ""),
            Some("context_window")
        );
        assert_eq!(
            of(0, Some("overloaded_error"), None, "Overloaded"),
            Some("server")
        );
        assert_eq!(of(0, None, Some("429"), ""), Some("rate_limit"));
        // The advice at the end names other errors.
        let advice = "litellm.InternalServerError: no\n\nset content_filter fallbacks";
        assert_eq!(of(400, None, None, advice), Some("bad_request"));
    }
}
