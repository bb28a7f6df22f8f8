//! The turns of a chat.

use std::fmt;
use std::io::{self, Write};
use std::time::Instant;

use telemetry_runtime::{TuiLog, telemetry_event, telemetry_span};

use crate::chat_widget::ChatWidget;
use crate::client::{Answer, Api, ClientError, ModelClient, Request, Role};
use crate::history::History;

/// Options of the request of a turn.
#[derive(Clone, Debug)]
pub(crate) struct TurnOptions {
    pub(crate) model: String,
    pub(crate) effort: Option<String>,
    pub(crate) api: Api,
    pub(crate) stream: bool,
}

/// The failure of a turn. A client error was shown already.
#[derive(Debug)]
pub(crate) enum TurnError {
    Client(ClientError),
    Terminal(io::Error),
}

impl fmt::Display for TurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::Terminal(error) => write!(f, "cannot write to the terminal: {error}"),
        }
    }
}

impl From<io::Error> for TurnError {
    fn from(error: io::Error) -> Self {
        Self::Terminal(error)
    }
}

/// The chat: the client, the widget and the conversation.
pub(crate) struct Agent {
    pub(crate) client: ModelClient,
    pub(crate) widget: ChatWidget,
    pub(crate) history: History,
    /// `None` if telemetry did not start.
    pub(crate) tui_log: Option<TuiLog>,
}

impl Agent {
    /// Sends a prompt, shows the answer, and appends both to the conversation.
    #[telemetry_span(
        "history.turn",
        fields(number = self.history.turns + 1, model = %options.model),
        content(prompt),
        operation = "invoke_agent",
        agent = "demo",
        root,
        err
    )]
    pub(crate) async fn turn(
        &mut self,
        prompt: &str,
        options: &TurnOptions,
    ) -> Result<(), TurnError> {
        let started = Instant::now();
        self.history.turns += 1;
        self.widget.set_model(&options.model)?;
        self.widget.prompt(prompt)?;
        self.history.append(Role::User, prompt);
        let outcome = match self.ask(options).await {
            Ok(answer) => {
                self.widget.answer(&answer)?;
                self.history.append(Role::Assistant, &answer.body.text);
                Ok(())
            }
            Err(error) => {
                self.widget.error(&error)?;
                self.history.rollback();
                Err(TurnError::Client(error))
            }
        };
        let elapsed_ms = started.elapsed().as_millis();
        telemetry_event!(
            "history.task_complete",
            elapsed_ms = elapsed_ms,
            ok = outcome.is_ok()
        );
        if let Some(log) = &mut self.tui_log {
            let History { turns, .. } = self.history;
            let end = if outcome.is_ok() {
                "answered"
            } else {
                "failed"
            };
            // A failure to write the log does not end the chat; the end of the run reports it.
            let _ = writeln!(
                log,
                "turn {turns} of {} {end} after {elapsed_ms} ms",
                options.model
            );
        }
        outcome
    }

    async fn ask(&mut self, options: &TurnOptions) -> Result<Answer, ClientError> {
        let request = Request {
            model: options.model.clone(),
            effort: options.effort.clone(),
            api: options.api,
            stream: options.stream,
            messages: self.history.messages().to_vec(),
        };
        let widget = &mut self.widget;
        self.client
            .ask(&request, &mut |text| widget.text(text))
            .await
    }

    /// Shows the numbers of turns and failures.
    #[telemetry_span("status.show", fields(turns = self.history.turns), err)]
    pub(crate) fn status(&mut self) -> io::Result<()> {
        let History {
            turns, failures, ..
        } = self.history;
        self.widget.line(&format!(
            "\n> /status\n{turns} turns, {failures} without an answer"
        ))
    }
}
