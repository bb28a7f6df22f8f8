//! The chat of a connected agent.

use std::cell::RefCell;
use std::rc::Rc;

use telemetry_runtime::{Session, Telemetry, telemetry_span};
use telemetry_text::counted;
use tokio::sync::Notify;

use super::job::{Job, JobEnd, JobKind};
use crate::agent::{Agent, TurnOptions};
use crate::chatwidget::{ChatWidget, Overrides, StatusHeader};
use crate::client::Api;
use crate::history::History;
use crate::onboarding::{Connected, Endpoint};
use crate::script;
use crate::settings::Selection;
use crate::telemetry::Running;

/// The agent, the widget and the selection.
pub(super) struct ChatView {
    pub(super) agent: Rc<Agent<ChatWidget>>,
    pub(super) widget: Rc<RefCell<ChatWidget>>,
    pub(super) endpoint: Endpoint,
    pub(super) selection: Selection,
    /// The model and the effort of the command line.
    pub(super) overrides: Overrides,
    /// The next turn of the scripted conversation, which the recordings answer.
    scripted: usize,
    uses_responses: bool,
}

impl ChatView {
    pub(super) fn new(
        connected: Connected,
        selection: Selection,
        overrides: Overrides,
        uses_responses: bool,
        running: &Running,
        redraw: Rc<Notify>,
    ) -> Self {
        let endpoint = connected.endpoint;
        let mut widget = ChatWidget::new(endpoint.name(), redraw);
        widget.header.reconcile(&selection, &overrides);
        let widget = Rc::new(RefCell::new(widget));
        let agent = Rc::new(Agent {
            client: connected.client,
            display: Rc::clone(&widget),
            history: RefCell::new(History::default()),
            tui_log: RefCell::new(running.telemetry().map(Telemetry::tui_log)),
        });
        let mut chat = Self {
            agent,
            widget,
            endpoint,
            selection,
            overrides,
            scripted: 0,
            uses_responses,
        };
        chat.suggest();
        chat
    }

    /// Suggests the next prompt of the scripted conversation.
    pub(super) fn suggest(&mut self) {
        if self.endpoint.is_recorded() {
            let prompt = script::turn(self.scripted).prompt;
            prompt.clone_into(&mut self.widget.borrow_mut().composer.suggestion);
        }
    }

    /// Starts a turn with a prompt of the user.
    pub(super) fn submit(&mut self, prompt: String) -> Job {
        let effective =
            (self.widget.borrow_mut().header).reconcile(&self.selection, &self.overrides);
        let recorded = script::turn_of(&effective.model).filter(|_| self.endpoint.is_recorded());
        let api = if self.uses_responses {
            Api::Responses
        } else {
            Api::Chat
        };
        let options = TurnOptions {
            api: recorded.map_or(api, |turn| turn.options().api),
            stream: recorded.is_none_or(|turn| turn.options().stream),
            model: effective.model,
            effort: effective.effort,
        };
        self.start(prompt, options)
    }

    /// Starts the next turn of the scripted conversation, which has a model of its own.
    pub(super) fn submit_suggestion(&mut self) -> Job {
        let turn = script::turn(self.scripted);
        self.scripted += 1;
        let options = turn.options();
        let overrides = Overrides {
            model: Some(options.model.clone()),
            effort: options.effort.clone(),
        };
        (self.widget.borrow_mut().header).reconcile(&self.selection, &overrides);
        self.start(turn.prompt.to_owned(), options)
    }

    fn start(&self, prompt: String, options: TurnOptions) -> Job {
        let agent = Rc::clone(&self.agent);
        Job::new(JobKind::Turn, async move {
            JobEnd::Turn(agent.turn(&prompt, &options).await)
        })
    }

    /// Continues after a turn that was dropped before its end.
    #[telemetry_span("history.cancel")]
    pub(super) fn cancelled(&mut self) {
        self.agent.history.borrow_mut().rollback();
        let mut widget = self.widget.borrow_mut();
        widget.notice("Cancelled.");
        widget.set_status(StatusHeader::Idle);
    }

    /// Begins the conversation of another session. Its text is not stored anywhere, because telemetry stores no prompts.
    #[telemetry_span("history.resume", fields(requests = session.snapshot().totals.requests))]
    pub(super) fn resumed(&mut self, session: &Session) {
        self.agent.history.replace(History::default());
        let totals = session.snapshot().totals;
        let mut widget = self.widget.borrow_mut();
        widget.clear();
        let requests = counted(totals.requests, "request", "requests");
        let id = session.id();
        widget.notice(format!("Session {id} continues after {requests}."));
    }
}
