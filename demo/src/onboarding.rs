//! Finds the endpoint, the API key and the model.

use std::env;
use std::fmt;
use std::time::Duration;

use telemetry_runtime::telemetry_span;

use crate::cli::Cli;
use crate::client::{ApiKey, ClientError, ModelClient, RetryPolicy};
use crate::model_selection::ModelSelection;
use crate::recorded;

const RECORDED_WAIT: Duration = Duration::from_millis(20);

/// The endpoint of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The server in this process, which answers with recordings.
    Recorded { base_url: String },
    /// A real proxy.
    Proxy { base_url: String },
}

impl Endpoint {
    pub(crate) fn base_url(&self) -> &str {
        match self {
            Self::Recorded { base_url } | Self::Proxy { base_url } => base_url,
        }
    }

    /// Returns the name that the header of the chat shows.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Recorded { .. } => "recorded LiteLLM answers",
            Self::Proxy { base_url } => base_url,
        }
    }

    pub(crate) fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded { .. })
    }
}

/// The result of onboarding.
#[derive(Debug)]
pub(crate) struct Onboarded {
    pub(crate) endpoint: Endpoint,
    pub(crate) client: ModelClient,
    pub(crate) model: String,
}

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

/// Creates a client from the environment and the command line, and selects a model.
#[telemetry_span("onboarding.run", err)]
pub(crate) async fn run(cli: &Cli) -> Result<Onboarded, OnboardingError> {
    let endpoint = endpoint(env::var("LITELLM_BASE_URL").ok()).await?;
    let key = api_key(&endpoint, env::var("LITELLM_API_KEY").unwrap_or_default())?;
    let client = client(&endpoint, key, cli.retry_policy())?;
    let wanted = cli.model.clone().or_else(|| env::var("LITELLM_MODEL").ok());
    let model = model(&client, wanted).await?;
    Ok(Onboarded {
        endpoint,
        client,
        model,
    })
}

#[telemetry_span("onboarding.endpoint", fields(given = base_url.is_some()), err)]
async fn endpoint(base_url: Option<String>) -> Result<Endpoint, OnboardingError> {
    let Some(base_url) = base_url.filter(|url| !url.is_empty()) else {
        let base_url = recorded::serve().await.map_err(OnboardingError::Recorded)?;
        return Ok(Endpoint::Recorded { base_url });
    };
    if base_url.starts_with("https://") && !cfg!(feature = "tls") {
        return Err(OnboardingError::NoTls(base_url));
    }
    match reqwest::Url::parse(&base_url) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
            Ok(Endpoint::Proxy { base_url })
        }
        _ => Err(OnboardingError::NotAnUrl(base_url)),
    }
}

#[telemetry_span("onboarding.key", fields(api_key = redacted(key)), err)]
fn api_key(endpoint: &Endpoint, key: String) -> Result<ApiKey, OnboardingError> {
    if key.is_empty() && !endpoint.is_recorded() {
        return Err(OnboardingError::NoKey);
    }
    Ok(ApiKey(key))
}

fn client(
    endpoint: &Endpoint,
    key: ApiKey,
    mut retry_policy: RetryPolicy,
) -> Result<ModelClient, OnboardingError> {
    if endpoint.is_recorded() {
        // The recorded 429 asks to wait a minute, but the recorded retry needs no wait.
        retry_policy.longest_wait = retry_policy.longest_wait.min(RECORDED_WAIT);
    }
    ModelClient::new(endpoint.base_url(), key, retry_policy).map_err(OnboardingError::Http)
}

#[telemetry_span("onboarding.model", fields(wanted), err)]
async fn model(client: &ModelClient, wanted: Option<String>) -> Result<String, OnboardingError> {
    if let Some(wanted) = wanted.filter(|model| !model.is_empty()) {
        return Ok(wanted);
    }
    let offered = client.models().await.map_err(OnboardingError::Models)?;
    ModelSelection::open(offered)
        .first()
        .ok_or(OnboardingError::NoModel)
}
