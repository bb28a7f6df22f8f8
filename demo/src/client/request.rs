//! Requests and their JSON.

use serde_json::{Value, json};

/// The two conversation endpoints of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Chat,
    Responses,
}

impl Api {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
        }
    }
}

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}

/// A message of the conversation.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) text: String,
}

/// A request: the conversation so far, and the options of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) model: String,
    pub(crate) effort: Option<String>,
    pub(crate) api: Api,
    pub(crate) stream: bool,
    pub(crate) messages: Vec<Message>,
}

impl Request {
    /// Returns the body in the form of the endpoint.
    pub(crate) fn body(&self) -> Value {
        let messages: Vec<Value> = self
            .messages
            .iter()
            .map(|message| {
                let role = match message.role {
                    Role::User => "user",
                    Role::Assistant => "assistant",
                };
                json!({ "role": role, "content": message.text })
            })
            .collect();
        let mut body = json!({ "model": self.model });
        match self.api {
            Api::Chat => {
                body["messages"] = messages.into();
                if let Some(effort) = &self.effort {
                    body["reasoning_effort"] = effort.as_str().into();
                }
                if self.stream {
                    body["stream"] = true.into();
                    // Without this option, a stream contains neither token counts nor the cost.
                    body["stream_options"] = json!({ "include_usage": true });
                }
            }
            Api::Responses => {
                body["input"] = messages.into();
                if let Some(effort) = &self.effort {
                    body["reasoning"] = json!({ "effort": effort });
                }
                if self.stream {
                    body["stream"] = true.into();
                }
            }
        }
        body
    }
}
