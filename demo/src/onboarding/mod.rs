//! Finds the endpoint, the API key, the model and the effort: from the environment, the command line, the settings, and
//! the [`screen`](screen::OnboardingScreen) that asks for the rest.

mod error;
mod screen;

use std::env;
use std::time::Duration;

use telemetry_runtime::{record, telemetry_span};

use crate::cli::Options;
use crate::client::{ApiKey, ModelClient, RetryPolicy};
use crate::model_selection::ModelSelection;
use crate::recorded::{self, Pace};
use crate::script;
use crate::settings::{Selection, Settings};

pub(crate) use error::OnboardingError;
pub(crate) use screen::{OnboardingScreen, ScreenEnd};

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

/// The settings of a connection.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    /// `None` for the server of recorded answers.
    pub(crate) base_url: Option<String>,
    pub(crate) api_key: String,
}

impl Credentials {
    /// Reads the environment. An empty variable is a missing one.
    pub(crate) fn from_environment() -> Self {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            base_url: variable("LITELLM_BASE_URL"),
            api_key: variable("LITELLM_API_KEY").unwrap_or_default(),
        }
    }
}

/// Returns the model of the command line or of the environment.
pub(crate) fn wanted_model(options: &Options) -> Option<String> {
    let wanted = options.model.clone();
    let wanted = wanted.or_else(|| env::var("LITELLM_MODEL").ok());
    wanted.filter(|model| !model.is_empty())
}

/// Creates a client from the environment and the command line, and selects a model.
#[telemetry_span("onboarding.run", err)]
pub(crate) async fn run(options: &Options) -> Result<Onboarded, OnboardingError> {
    let Credentials { base_url, api_key } = Credentials::from_environment();
    let endpoint = endpoint(base_url, Pace::Immediate).await?;
    let key = self::api_key(&endpoint, api_key)?;
    let client = client(&endpoint, key, options.retry_policy())?;
    let model = model(&client, wanted_model(options)).await?;
    Ok(Onboarded {
        endpoint,
        client,
        model,
    })
}

/// A connection of the user interface.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) endpoint: Endpoint,
    pub(crate) client: ModelClient,
    /// `None` if the user has to select a model of `presets`.
    pub(crate) selection: Option<Selection>,
    pub(crate) presets: Vec<String>,
}

/// Creates a client for the user interface. Downloads the list of models if no model is known for the endpoint, or if
/// `asks_again`.
#[telemetry_span("onboarding.connect", fields(asks_again), err)]
pub(crate) async fn connect(
    credentials: Credentials,
    options: Options,
    settings: Settings,
    asks_again: bool,
) -> Result<Connected, OnboardingError> {
    let Credentials { base_url, api_key } = credentials;
    let endpoint = endpoint(base_url, Pace::Visible).await?;
    let key = self::api_key(&endpoint, api_key)?;
    let client = client(&endpoint, key, options.retry_policy())?;
    let wanted = wanted_model(&options).map(|model| Selection {
        model,
        effort: options.effort.clone(),
    });
    let known = settings.selection(&without_user_info(endpoint.name()));
    let known = known.or(wanted);
    if let Some(selection) = known.filter(|_| !asks_again) {
        return Ok(Connected {
            endpoint,
            client,
            selection: Some(selection),
            presets: Vec::new(),
        });
    }
    let presets = presets(&client, endpoint.is_recorded()).await?;
    let mut selection = None;
    if endpoint.is_recorded() && !asks_again {
        // The recorded conversation needs no decision of the user.
        let first = ModelSelection::open(presets.clone(), "recorded").first();
        let model = first.ok_or(OnboardingError::NoModel)?;
        let effort = options.effort.clone();
        selection = Some(Selection { model, effort });
    }
    Ok(Connected {
        endpoint,
        client,
        selection,
        presets,
    })
}

/// Downloads the list of models. `is_recorded` excludes the models whose answers are not recorded.
#[telemetry_span("onboarding.preset_download", err)]
pub(crate) async fn presets(
    client: &ModelClient,
    is_recorded: bool,
) -> Result<Vec<String>, OnboardingError> {
    let mut presets = client.models().await.map_err(OnboardingError::Models)?;
    presets.retain(|model| !is_recorded || script::turn_of(model).is_some());
    record!(count = presets.len());
    if presets.is_empty() {
        return Err(OnboardingError::NoModel);
    }
    Ok(presets)
}

/// Returns a URL without the user name and the password that it may contain: no file may hold them.
fn without_user_info(base_url: &str) -> String {
    match base_url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => base_url.to_owned(),
    }
}

/// Stores the endpoint that the user entered, for the next run.
pub(crate) fn persist_endpoint(settings: &Settings, base_url: Option<&str>) -> std::io::Result<()> {
    settings.set_base_url(base_url.map(without_user_info).as_deref())
}

/// Stores the confirmed selection for the next run.
#[telemetry_span(
    "model_selection.persist",
    fields(model = selection.model, effort = selection.effort),
    err
)]
pub(crate) fn persist(
    settings: &Settings,
    endpoint: &Endpoint,
    selection: &Selection,
) -> std::io::Result<()> {
    settings.select(&without_user_info(endpoint.name()), selection)
}

#[telemetry_span("onboarding.endpoint", fields(given = base_url.is_some()), err)]
async fn endpoint(base_url: Option<String>, pace: Pace) -> Result<Endpoint, OnboardingError> {
    let Some(base_url) = base_url.filter(|url| !url.is_empty()) else {
        let base_url = recorded::serve(pace)
            .await
            .map_err(OnboardingError::Recorded)?;
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
    ModelSelection::open(offered, "litellm")
        .first()
        .ok_or(OnboardingError::NoModel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_a_url_is_stored() {
        for (url, stored) in [
            ("http://127.0.0.1:4000/v", "http://127.0.0.1:4000/v"),
            ("https://me:secret@host", "https://host"),
            ("http://me:p@ss@host:1/a@b", "http://host:1/a@b"),
        ] {
            assert_eq!(without_user_info(url), stored);
        }
    }
}
