//! The turns of a chat.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

use telemetry_runtime::{TuiLog, telemetry_event, telemetry_span};

use crate::chatwidget::PlainChat;
use crate::client::{Answer, Api, ClientError, ModelClient, Request, Role};
use crate::display::{Display, SharedDisplay};
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

/// The chat: the client, the display and the conversation. The display and the conversation are borrowed only between
/// two waits of a turn, so that the user interface can draw and cancel while a turn runs.
pub(crate) struct Agent<D> {
    pub(crate) client: ModelClient,
    pub(crate) display: Rc<RefCell<D>>,
    pub(crate) history: RefCell<History>,
    /// `None` if telemetry did not start.
    pub(crate) tui_log: RefCell<Option<TuiLog>>,
}

impl<D: Display> Agent<D> {
    /// Sends a prompt, shows the answer, and appends both to the conversation.
    #[telemetry_span(
        "history.turn",
        fields(number = self.history.borrow().turns + 1, model = %options.model),
        content(prompt),
        operation = "invoke_agent",
        agent = "demo",
        root,
        turn,
        err
    )]
    pub(crate) async fn turn(&self, prompt: &str, options: &TurnOptions) -> Result<(), TurnError> {
        let started = Instant::now();
        self.begin(prompt, options)?;
        let answer = self.ask(options).await;
        let outcome = self.end(answer);
        let elapsed_ms = started.elapsed().as_millis();
        telemetry_event!(
            "history.task_complete",
            elapsed_ms = elapsed_ms,
            ok = outcome.is_ok()
        );
        if let Some(log) = &mut *self.tui_log.borrow_mut() {
            let History { turns, .. } = *self.history.borrow();
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

    fn begin(&self, prompt: &str, options: &TurnOptions) -> io::Result<()> {
        let mut history = self.history.borrow_mut();
        let mut display = self.display.borrow_mut();
        history.turns += 1;
        display.set_model(&options.model)?;
        display.prompt(prompt)?;
        history.append(Role::User, prompt);
        Ok(())
    }

    fn end(&self, answer: Result<Answer, ClientError>) -> Result<(), TurnError> {
        let mut history = self.history.borrow_mut();
        let mut display = self.display.borrow_mut();
        match answer {
            Ok(answer) => {
                display.answer(&answer)?;
                history.append(Role::Assistant, &answer.body.text);
                Ok(())
            }
            Err(error) => {
                display.error(&error)?;
                history.rollback();
                Err(TurnError::Client(error))
            }
        }
    }

    async fn ask(&self, options: &TurnOptions) -> Result<Answer, ClientError> {
        let request = Request {
            model: options.model.clone(),
            effort: options.effort.clone(),
            api: options.api,
            stream: options.stream,
            messages: self.history.borrow().messages().to_vec(),
        };
        let mut progress = SharedDisplay(&self.display);
        self.client.ask(&request, &mut progress).await
    }
}

impl Agent<PlainChat> {
    /// Shows the numbers of turns and failures.
    #[telemetry_span("status.show", fields(turns = self.history.borrow().turns), err)]
    pub(crate) fn status(&self) -> io::Result<()> {
        let History {
            turns, failures, ..
        } = *self.history.borrow();
        self.display.borrow_mut().line(&format!(
            "\n> /status\n{turns} turns, {failures} without an answer"
        ))
    }
}
