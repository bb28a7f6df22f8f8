//! The model client: requests over HTTP with retries.

mod answer;
mod error;
mod request;
mod retry_policy;
mod sse;
mod stream;
mod wire;

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use telemetry_runtime::{SpanContext, Usage, note_usage, record, session_usage, telemetry_span};

pub(crate) use answer::Answer;
pub(crate) use error::ClientError;
pub(crate) use request::{Api, Message, Request, Role};
pub(crate) use retry_policy::{Attempt, RetryPolicy};

use answer::{Body, Meta};
use stream::Stream;

/// Shows the progress of a request.
pub(crate) trait Progress {
    /// Shows new text of the answer.
    fn text(&mut self, text: &str) -> io::Result<()>;
    /// Shows that the request is sent again, after a wait.
    fn retrying(&mut self, attempt: &Attempt, wait: Duration);
}

/// A tool call of the model. The demo shows the call and does not run it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// An API key. `Debug` does not show it.
pub(crate) struct ApiKey(pub(crate) String);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A client of one proxy.
#[derive(Debug)]
pub(crate) struct ModelClient {
    http: reqwest::Client,
    base_url: String,
    api_key: ApiKey,
    retry_policy: RetryPolicy,
}

impl ModelClient {
    pub(crate) fn new(
        base_url: &str,
        api_key: ApiKey,
        retry_policy: RetryPolicy,
    ) -> reqwest::Result<Self> {
        let mut http = reqwest::Client::builder().connect_timeout(Duration::from_secs(10));
        // Servers on this machine are not reached through an HTTP proxy.
        if ["http://127.0.0.1", "http://localhost", "http://[::1]"]
            .iter()
            .any(|own| base_url.starts_with(own))
        {
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build()?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            api_key,
            retry_policy,
        })
    }

    /// Returns the names of the models that the proxy lists.
    #[telemetry_span("model.request", fields(path = "/v1/models", stream = false), err)]
    pub(crate) async fn models(&self) -> Result<Vec<String>, ClientError> {
        #[derive(serde::Deserialize)]
        struct Offer {
            data: Vec<Model>,
        }
        #[derive(serde::Deserialize)]
        struct Model {
            id: String,
        }
        let url = format!("{}/v1/models", self.base_url);
        let response = self.accepted(self.http.get(&url), &url).await?;
        let offer: Offer = whole(response, &url).await?;
        Ok(offer.data.into_iter().map(|model| model.id).collect())
    }

    /// Sends a request, with retries, until there is an answer, a permanent error, or no attempt left.
    pub(crate) async fn ask(
        &self,
        request: &Request,
        progress: &mut dyn Progress,
    ) -> Result<Answer, ClientError> {
        let mut attempt = Attempt {
            number: 1,
            retry_cause: None,
        };
        loop {
            let error = match self.send(request, attempt.clone(), progress).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let retry_cause = error.retry_cause();
            if retry_cause.is_none() || attempt.number >= self.retry_policy.attempts {
                return Err(error);
            }
            let wait = self.retry_policy.wait(&attempt, error.retry_after());
            attempt = Attempt {
                number: attempt.number + 1,
                retry_cause,
            };
            progress.retrying(&attempt, wait);
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a request once: one span, and one line of the session log.
    #[telemetry_span(
        "model.request",
        fields(
            model = %request.model,
            effort = request.effort,
            path = request.api.path(),
            stream = request.stream,
            attempt = attempt.number,
            retry_cause = attempt.retry_cause,
            messages = request.messages.len()
        ),
        err
    )]
    #[session_usage(
        model = request.model,
        effort = request.effort,
        attempt = attempt.number,
        retry_cause = attempt.retry_cause
    )]
    async fn send(
        &self,
        request: &Request,
        attempt: Attempt,
        progress: &mut dyn Progress,
    ) -> Result<Answer, ClientError> {
        let answer = self.exchange(request, attempt, progress).await;
        answer.inspect_err(|error| {
            // An error has no usage, so its class is noted for the line of the session log.
            let mut known = Usage::default();
            known.error_class = error.class();
            note_usage(known);
        })
    }

    async fn exchange(
        &self,
        request: &Request,
        attempt: Attempt,
        progress: &mut dyn Progress,
    ) -> Result<Answer, ClientError> {
        let started = Instant::now();
        let url = format!("{}{}", self.base_url, request.api.path());
        let mut post = self
            .http
            .post(&url)
            .header(CONTENT_TYPE, "application/json")
            .body(request.body().to_string());
        // The proxy's own spans join the trace of this request.
        for (name, value) in SpanContext::current().headers() {
            post = post.header(name, value);
        }
        let response = self.accepted(post, &url).await?;
        let meta = Meta::read(response.headers());
        let streamed = content_type(response.headers()).starts_with("text/event-stream");
        let (body, first_text) = if streamed {
            read_stream(Stream::new(request.api, &url, started), response, progress).await?
        } else {
            let body = read_body(request.api, response, &url).await?;
            progress.text(&body.text).map_err(ClientError::Terminal)?;
            (body, None)
        };
        record!(
            cache_hit = meta.cache_hit,
            proxy_retries = meta.proxy_retries,
            deployment = meta.deployment,
            slug = body.model
        );
        Ok(Answer {
            body,
            meta,
            streamed,
            first_text,
            attempt,
        })
    }

    /// Sends a request and returns the response if its status is a success.
    async fn accepted(
        &self,
        request: reqwest::RequestBuilder,
        url: &str,
    ) -> Result<reqwest::Response, ClientError> {
        let response = request
            .bearer_auth(&self.api_key.0)
            .send()
            .await
            .map_err(|source| ClientError::Unreachable {
                url: url.to_owned(),
                source,
            })?;
        // The headers are recorded even if reading the body fails.
        note_usage(Usage::default().with_headers(answer::texts(response.headers())));
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.bytes().await.map_err(|source| ClientError::Cut {
            after: 0,
            source: Some(source),
        })?;
        let (kind, message) = match serde_json::from_slice::<wire::Failed>(&body) {
            Ok(failed) => (failed.error.kind, failed.error.message),
            Err(_) => (
                None,
                format!("{} bytes without an error message", body.len()),
            ),
        };
        Err(ClientError::Status {
            status,
            kind,
            message,
            retry_after,
        })
    }
}

#[telemetry_span("model.response", fields(stream = true), err)]
async fn read_stream(
    stream: Stream<'_>,
    response: reqwest::Response,
    progress: &mut dyn Progress,
) -> Result<(Body, Option<Duration>), ClientError> {
    stream.read(response, progress).await
}

#[telemetry_span("model.response", fields(stream = false), err)]
async fn read_body(api: Api, response: reqwest::Response, url: &str) -> Result<Body, ClientError> {
    match api {
        Api::Chat => {
            let mut body = Body::default();
            body.add_chat(whole(response, url).await?);
            Ok(body)
        }
        Api::Responses => Body::from_responses(whole(response, url).await?),
    }
}

/// Reads a complete body as JSON.
async fn whole<T: serde::de::DeserializeOwned>(
    response: reqwest::Response,
    url: &str,
) -> Result<T, ClientError> {
    let content_type = content_type(response.headers()).to_owned();
    let body = response.bytes().await.map_err(|source| ClientError::Cut {
        after: 0,
        source: Some(source),
    })?;
    wire::read(&body).map_err(|why| ClientError::unread(url, &content_type, &body, why))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("without a content type")
}
