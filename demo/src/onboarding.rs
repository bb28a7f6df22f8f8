//! The first things an agent needs to know: which endpoint, which key, which model.

use std::env;
use std::fmt;
use std::time::Duration;

use telemetry_runtime::telemetry_span;

use crate::cli::Cli;
use crate::client::{ApiKey, ClientError, ModelClient, Patience};
use crate::model_selection::ModelSelection;
use crate::recorded;

const RECORDED_WAIT: Duration = Duration::from_millis(20);

/// Whom the agent talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The server in this process, which answers with recordings.
    Recorded { base_url: String },
    /// A proxy that somebody runs.
    Proxy { base_url: String },
}

impl Endpoint {
    pub(crate) fn base_url(&self) -> &str {
        match self {
            Self::Recorded { base_url } | Self::Proxy { base_url } => base_url,
        }
    }

    /// As the header of the chat says it.
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

/// Ready to talk.
#[derive(Debug)]
pub(crate) struct Onboarded {
    pub(crate) endpoint: Endpoint,
    pub(crate) client: ModelClient,
    pub(crate) model: String,
}

/// What is missing.
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
    /// Whether it was the answer of a proxy, and not what the agent was told.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self, Self::Models(_) | Self::NoModel)
    }
}

impl fmt::Display for OnboardingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => write!(
                f,
                "LITELLM_BASE_URL is set and LITELLM_API_KEY is not: set it to a key of that proxy"
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
            Self::Http(source) => write!(f, "no HTTP client: {source}"),
            Self::Recorded(source) => {
                write!(f, "the server with the recordings does not start: {source}")
            }
            Self::NoModel => write!(f, "the proxy offers no model: name one with --model"),
            Self::Models(source) => write!(f, "which models are there? {source}"),
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

/// From the environment and the command line to a client with a model.
#[telemetry_span("onboarding.run", err)]
pub(crate) async fn run(cli: &Cli) -> Result<Onboarded, OnboardingError> {
    let endpoint = endpoint(env::var("LITELLM_BASE_URL").ok()).await?;
    let key = api_key(&endpoint, env::var("LITELLM_API_KEY").unwrap_or_default())?;
    let client = client(&endpoint, key, cli.patience())?;
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
    mut patience: Patience,
) -> Result<ModelClient, OnboardingError> {
    if endpoint.is_recorded() {
        // The recorded 429 asks for a minute, and the recorded answer to the retry is there at once.
        patience.longest_wait = patience.longest_wait.min(RECORDED_WAIT);
    }
    ModelClient::new(endpoint.base_url(), key, patience).map_err(OnboardingError::Http)
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
