//! Reads a streamed answer.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::answer::Body;
use super::request::Api;
use super::sse::Decoder;
use super::wire::{self, ChatChunk, ResponsesEvent};
use super::{ClientError, Progress};

/// A stream that is being read.
pub(crate) struct Stream<'a> {
    api: Api,
    url: &'a str,
    started: Instant,
    decoder: Decoder,
    body: Body,
    done: bool,
    first_text: Option<Duration>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(api: Api, url: &'a str, started: Instant) -> Self {
        Self {
            api,
            url,
            started,
            decoder: Decoder::default(),
            body: Body::default(),
            done: false,
            first_text: None,
        }
    }

    /// Reads until the end mark and shows new text as it arrives.
    pub(crate) async fn read(
        mut self,
        mut response: reqwest::Response,
        progress: &mut dyn Progress,
    ) -> Result<(Body, Option<Duration>), ClientError> {
        while !self.done {
            match response.chunk().await {
                Ok(Some(piece)) => self.piece(&piece, progress)?,
                Ok(None) => return Err(self.cut(None)),
                Err(source) => return Err(self.cut(Some(source))),
            }
        }
        Ok((self.body, self.first_text))
    }

    fn cut(&self, source: Option<reqwest::Error>) -> ClientError {
        ClientError::Cut {
            after: self.body.text.len(),
            source,
        }
    }

    fn piece(&mut self, piece: &[u8], progress: &mut dyn Progress) -> Result<(), ClientError> {
        for event in self.decoder.push(piece)? {
            if event == b"[DONE]" {
                self.done = true;
                break;
            }
            let new = match self.api {
                Api::Chat => self.body.add_chat(self.parse::<ChatChunk>(&event)?),
                Api::Responses => self.responses_event(&event)?,
            };
            if !new.is_empty() {
                self.first_text
                    .get_or_insert_with(|| self.started.elapsed());
                progress.text(&new).map_err(ClientError::Terminal)?;
            }
        }
        Ok(())
    }

    fn responses_event(&mut self, event: &[u8]) -> Result<String, ClientError> {
        match self.parse::<ResponsesEvent>(event)? {
            ResponsesEvent::Text { delta } => {
                self.body.text.push_str(&delta);
                Ok(delta)
            }
            ResponsesEvent::Completed { response } | ResponsesEvent::Failed { response } => {
                self.body = Body::from_responses(response)?;
                self.done = true;
                Ok(String::new())
            }
            ResponsesEvent::Error(failure) => Err(failure.into()),
            ResponsesEvent::Other => Ok(String::new()),
        }
    }

    fn parse<T: DeserializeOwned>(&self, event: &[u8]) -> Result<T, ClientError> {
        wire::read(event)
            .map_err(|why| ClientError::unread(self.url, "text/event-stream", event, why))
    }
}
