//! The errors of a request.

use std::error::Error;
use std::fmt;
use std::io;

use serde_json::Value;
use serde_json::error::Category;
use telemetry_runtime::ErrorClass;

use super::wire::{Failure, ReadError};

/// The reason why a request has no answer. It does not quote the answer, as the `err` of a span is written
/// without regard to `log_content`.
#[derive(Debug)]
pub(crate) enum ClientError {
    /// The connection failed before the answer started.
    Unreachable { url: String, source: reqwest::Error },
    /// The proxy answered with an error.
    Status {
        status: u16,
        kind: Option<String>,
        message: String,
        retry_after: Option<u64>,
    },
    /// The answer does not have the expected form.
    NotUnderstood {
        url: String,
        content_type: String,
        bytes: usize,
        what: NotUnderstood,
    },
    /// The body or the stream ended before it was complete.
    Cut {
        after: usize,
        source: Option<reqwest::Error>,
    },
    /// The answer contains an error after a status of success.
    Failed {
        code: Option<String>,
        message: String,
    },
    /// An event of the stream exceeds the limit.
    EventTooLong { limit: usize },
    /// The answer could not be shown.
    Terminal(io::Error),
}

/// The position and the kind of a parse error. The parser's own message would quote the answer.
#[derive(Debug)]
pub(crate) struct NotUnderstood {
    category: Category,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for NotUnderstood {
    fn from(error: &serde_json::Error) -> Self {
        Self {
            category: error.classify(),
            line: error.line(),
            column: error.column(),
        }
    }
}

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match self.category {
            Category::Data => "unexpected JSON",
            Category::Eof => "JSON that ends too early",
            Category::Syntax | Category::Io => "invalid JSON",
        };
        write!(f, "{problem} at line {} column {}", self.line, self.column)
    }
}

impl ClientError {
    /// Returns the cause that a retry records, if the request should be retried: the proxy refused it
    /// temporarily.
    pub(crate) fn retry_cause(&self) -> Option<String> {
        match self {
            Self::Status {
                status: status @ (429 | 500 | 502 | 503 | 504 | 529),
                ..
            } => Some(status.to_string()),
            _ => None,
        }
    }

    /// Returns whether the proxy does not accept the API key.
    pub(crate) fn is_refused_key(&self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 401 | 403,
                ..
            }
        )
    }

    /// Returns the class of the failure for the session log.
    pub(crate) fn class(&self) -> Option<ErrorClass> {
        match self {
            Self::Unreachable { source, .. } if source.is_timeout() => Some(ErrorClass::Timeout),
            Self::Unreachable { .. } | Self::Cut { .. } => Some(ErrorClass::Network),
            Self::Status {
                status,
                kind,
                message,
                ..
            } => ErrorClass::of(*status, kind.as_deref(), None, message),
            Self::Failed { code, message } => ErrorClass::of(0, None, code.as_deref(), message),
            Self::NotUnderstood { .. } | Self::EventTooLong { .. } | Self::Terminal(_) => None,
        }
    }

    /// Returns the seconds that the proxy asks to wait.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// For an answer, or one event of it, that [`wire::read`](super::wire::read) refused.
    pub(crate) fn unread(url: &str, content_type: &str, body: &[u8], why: ReadError) -> Self {
        let source = match why {
            ReadError::Failure(failure) => return failure.into(),
            ReadError::NotUnderstood(source) => source,
        };
        Self::NotUnderstood {
            url: url.to_owned(),
            content_type: content_type.to_owned(),
            bytes: body.len(),
            what: NotUnderstood::from(&source),
        }
    }
}

impl From<Failure> for ClientError {
    fn from(failure: Failure) -> Self {
        let code = match failure.code {
            Some(Value::String(code)) => Some(code),
            Some(Value::Number(code)) => Some(code.to_string()),
            _ => failure.kind,
        };
        Self::Failed {
            code,
            message: failure.message,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { url, source } => {
                let url = url.escape_debug();
                write!(f, "cannot reach {url}: {}", root_cause(source))?;
                write!(
                    f,
                    "; check that the proxy is running and that LITELLM_BASE_URL is correct"
                )
            }
            Self::Status {
                status,
                kind,
                message,
                ..
            } => {
                write!(f, "the proxy answered {status}")?;
                if let Some(kind) = kind {
                    write!(f, " ({})", kind.escape_debug())?;
                }
                write!(f, ": {}", one_line(message))?;
                if *status == 401 {
                    write!(f, "; check LITELLM_API_KEY")?;
                }
                Ok(())
            }
            Self::NotUnderstood {
                url,
                content_type,
                bytes,
                what,
            } => write!(
                f,
                "the answer of {} is not a chat in JSON: {}, {bytes} bytes, {what}",
                url.escape_debug(),
                content_type.escape_debug(),
            ),
            Self::Cut { after, source } => {
                write!(f, "the answer was cut off after {after} bytes of text")?;
                match source {
                    Some(source) => write!(f, ": {}", root_cause(source)),
                    None => write!(f, ": its stream has no end mark"),
                }
            }
            Self::Failed { code, message } => {
                write!(f, "the answer ended with an error")?;
                if let Some(code) = code {
                    write!(f, " ({})", code.escape_debug())?;
                }
                write!(f, ": {}", one_line(message))
            }
            Self::EventTooLong { limit } => {
                write!(f, "the stream has an event of more than {limit} bytes")
            }
            Self::Terminal(source) => write!(f, "cannot show the answer: {source}"),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable { source, .. }
            | Self::Cut {
                source: Some(source),
                ..
            } => Some(source),
            Self::Terminal(source) => Some(source),
            _ => None,
        }
    }
}

/// Returns the innermost source: "connection refused" rather than "error sending request".
fn root_cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Removes line breaks and control characters from a message of the proxy.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}
