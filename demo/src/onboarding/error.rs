//! The failures of onboarding.

use std::fmt;

use crate::client::ClientError;

/// The failure of onboarding.
#[derive(Debug)]
pub(crate) enum OnboardingError {
    NoKey,
    NotAnUrl(String),
    NoTls(String),
    Http(reqwest::Error),
    Recorded(std::io::Error),
    NoModel,
    Models(ClientError),
}

impl OnboardingError {
    /// Returns whether another API key may help.
    pub(crate) fn is_about_key(&self) -> bool {
        match self {
            Self::NoKey => true,
            Self::Models(error) => error.is_refused_key(),
            _ => false,
        }
    }

    /// Returns whether the failure is an answer of the proxy, and not an invalid setting.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self, Self::Models(_) | Self::NoModel)
    }
}

impl fmt::Display for OnboardingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => write!(
                f,
                "LITELLM_API_KEY is not set, but LITELLM_BASE_URL is; set it to a key of that proxy"
            ),
            Self::NotAnUrl(found) => write!(
                f,
                "LITELLM_BASE_URL is `{}`: expected http://HOST:PORT or https://HOST",
                found.escape_debug()
            ),
            Self::NoTls(found) => write!(
                f,
                "LITELLM_BASE_URL is `{}`: build the demo with `--features tls` for https",
                found.escape_debug()
            ),
            Self::Http(source) => write!(f, "cannot create an HTTP client: {source}"),
            Self::Recorded(source) => {
                write!(f, "cannot start the server of recorded answers: {source}")
            }
            Self::NoModel => write!(f, "the proxy lists no model; name one with --model"),
            Self::Models(source) => write!(f, "cannot list the models: {source}"),
        }
    }
}

impl std::error::Error for OnboardingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(source) => Some(source),
            Self::Recorded(source) => Some(source),
            Self::Models(source) => Some(source),
            _ => None,
        }
    }
}
