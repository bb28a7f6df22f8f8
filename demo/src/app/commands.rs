//! The actions of the user interface: connecting, turns, and the commands of the chat.

use telemetry_runtime::{
    Session, SessionId, SessionSnapshot, Telemetry, telemetry_event, telemetry_span,
};

use super::chat::ChatView;
use super::job::{Job, JobEnd, JobKind};
use super::resume::ResumePopup;
use super::{App, AppEnd, Popup, View};
use crate::agent::TurnError;
use crate::chatwidget::{ChatWidget, Overrides, SlashCommand, StatusHeader};
use crate::model_selection::ModelPopup;
use crate::onboarding::{self, Connected, Credentials, OnboardingError, OnboardingScreen};
use crate::settings::Selection;
use crate::status;

impl App<'_> {
    pub(super) fn is_running(&self, kind: JobKind) -> bool {
        self.job.as_ref().is_some_and(|job| job.kind == kind)
    }

    /// Connects. Asks for the model also where one is known, if `asks_again`.
    pub(super) fn connect(&mut self, credentials: Credentials, asks_again: bool) {
        let (options, settings) = (self.options.clone(), self.settings.clone());
        if asks_again {
            let stored = onboarding::persist_endpoint(&settings, credentials.base_url.as_deref());
            self.report(stored);
        }
        let base_url = credentials.base_url.clone();
        self.job = Some(Job::new(JobKind::Connect, async move {
            let connected = onboarding::connect(credentials, options, settings, asks_again).await;
            JobEnd::Connected(connected.map_err(|error| (error, base_url)))
        }));
    }

    pub(super) fn job_ended(&mut self, end: JobEnd) {
        self.job = None;
        match end {
            JobEnd::Connected(Ok(connected)) => self.connected(connected),
            // The key that the user enters next goes to the endpoint that failed, and to no other one.
            JobEnd::Connected(Err((error, base_url))) => {
                self.view = View::Onboarding(OnboardingScreen::after(&error, base_url));
            }
            JobEnd::Presets(presets) => self.open_model_popup(presets),
            JobEnd::Sessions(sessions) => self.open_resume_popup(&sessions),
            JobEnd::Turn(outcome) => self.turn_ended(outcome),
        }
    }

    fn connected(&mut self, mut connected: Connected) {
        let Some(selection) = connected.selection.take() else {
            let presets = connected.presets.clone();
            let popup = ModelPopup::open(presets, "litellm", Selection::default());
            self.popup = Some(Popup::Model(popup));
            self.view = View::FirstSelection(connected);
            return;
        };
        let overrides = Overrides {
            model: onboarding::wanted_model(&self.options),
            effort: self.options.effort.clone(),
        };
        let plays = overrides == Overrides::default() && self.options.resume.is_none();
        self.open_chat(connected, selection, overrides, plays);
    }

    /// Opens the chat. `plays` submits the first prompt of the scripted conversation, which fills the pane of
    /// telemetry.
    fn open_chat(
        &mut self,
        connected: Connected,
        selection: Selection,
        overrides: Overrides,
        plays: bool,
    ) {
        let redraw = self.redraw.clone();
        let uses_responses = self.options.responses;
        let running = self.running;
        let mut chat = ChatView::new(
            connected,
            selection,
            overrides,
            uses_responses,
            running,
            redraw,
        );
        {
            let mut widget = chat.widget.borrow_mut();
            widget.header.refresh(status::state(running.telemetry()));
            for warning in running.warnings() {
                widget.failure(warning.as_str());
            }
        }
        if self.options.resume.is_some() {
            chat.resumed(&self.session);
        }
        if plays && chat.endpoint.is_recorded() {
            self.job = Some(chat.submit_suggestion());
        }
        self.view = View::Chat(chat);
    }

    /// Puts a selection in force and stores it.
    pub(super) fn select(&mut self, selection: Selection) {
        match std::mem::replace(
            &mut self.view,
            View::Onboarding(OnboardingScreen::connecting()),
        ) {
            View::FirstSelection(connected) => self.confirm(connected, selection),
            View::Chat(mut chat) => {
                chat.overrides = Overrides::default();
                chat.widget
                    .borrow_mut()
                    .header
                    .reconcile(&selection, &chat.overrides);
                let stored = onboarding::persist(&self.settings, &chat.endpoint, &selection);
                chat.selection = selection;
                self.view = View::Chat(chat);
                self.report(stored);
            }
            onboarding @ View::Onboarding(_) => self.view = onboarding,
        }
    }

    /// Ends onboarding with the first selection.
    #[telemetry_span("onboarding.confirm")]
    fn confirm(&mut self, connected: Connected, selection: Selection) {
        telemetry_event!("onboarding.model_confirmed", model = selection.model);
        telemetry_event!("onboarding.effort_confirmed", effort = selection.effort);
        let stored = onboarding::persist(&self.settings, &connected.endpoint, &selection);
        self.open_chat(connected, selection, Overrides::default(), false);
        self.report(stored);
    }

    /// Closes the popup. Before the first selection, which the chat needs, the screen asks for the endpoint again.
    pub(super) fn selection_cancelled(&mut self) {
        if let View::FirstSelection(connected) = &self.view {
            let endpoint = &connected.endpoint;
            let base_url = (!endpoint.is_recorded()).then(|| endpoint.base_url());
            self.view = View::Onboarding(OnboardingScreen::endpoint(base_url));
        }
    }

    /// Submits the input line.
    pub(super) fn submit(&mut self) {
        let View::Chat(chat) = &mut self.view else {
            return;
        };
        let mut widget = chat.widget.borrow_mut();
        if self.job.is_some() && !widget.composer.text().starts_with('/') {
            // The prompt stays in the line until the answer is complete.
            return;
        }
        let is_suggestion = widget.composer.is_suggestion();
        let line = widget.composer.submit();
        drop(widget);
        match SlashCommand::parse(&line) {
            Some(Ok(command)) => self.command(command),
            Some(Err(error)) => chat.widget.borrow_mut().failure(error.to_string()),
            None if line.is_empty() => {}
            None if is_suggestion => self.job = Some(chat.submit_suggestion()),
            None => self.job = Some(chat.submit(line)),
        }
    }

    #[telemetry_span("display.slash_command", fields(command = command.name()))]
    fn command(&mut self, command: SlashCommand) {
        let needs_idle = matches!(command, SlashCommand::Model | SlashCommand::Resume(_));
        if needs_idle && self.job.is_some() {
            let name = command.name();
            self.notice(&format!(
                "/{name} is not available while an answer arrives; Esc cancels the answer."
            ));
            return;
        }
        match command {
            SlashCommand::Status => {
                self.snapshot = status::show(&mut self.watch);
                self.popup = Some(Popup::Status);
            }
            SlashCommand::Help => self.popup = Some(Popup::Help),
            SlashCommand::Telemetry(enabled) => self.switch_telemetry(enabled),
            SlashCommand::Panic => panic!("the user entered /panic"),
            SlashCommand::Quit => self.end = Some(AppEnd::Quit),
            SlashCommand::Model => self.load_presets(),
            SlashCommand::Resume(Some(beginning)) => match Session::find(&beginning) {
                Ok(id) => self.resume(id),
                Err(error) => self.failure(error.to_string()),
            },
            SlashCommand::Resume(None) => {
                let mut ids = self.settings.sessions();
                ids.retain(|id| *id != self.session.id());
                self.job = Some(Job::read_sessions(ids));
            }
        }
    }

    fn switch_telemetry(&mut self, enabled: bool) {
        let telemetry = self.telemetry();
        if let Some(telemetry) = telemetry {
            telemetry.set_enabled(enabled);
        }
        let state = status::state(telemetry);
        // The totals contain the state of telemetry.
        self.snapshot = status::refresh(&mut self.watch);
        self.with_widget(|widget| widget.header.refresh(state));
        if enabled && state == "off" {
            let error = telemetry.and_then(|telemetry| telemetry.health().last_error);
            let why = error.unwrap_or_else(|| "this build has no telemetry".to_owned());
            self.failure(format!("telemetry stays off: {why}"));
        } else {
            self.notice(&format!("Telemetry is {state}."));
        }
    }

    fn load_presets(&mut self) {
        let View::Chat(chat) = &self.view else { return };
        chat.widget
            .borrow_mut()
            .set_status(StatusHeader::LoadingModels);
        let (agent, is_recorded) = (chat.agent.clone(), chat.endpoint.is_recorded());
        self.job = Some(Job::new(JobKind::Presets, async move {
            JobEnd::Presets(onboarding::presets(&agent.client, is_recorded).await)
        }));
    }

    fn open_model_popup(&mut self, presets: Result<Vec<String>, OnboardingError>) {
        let View::Chat(chat) = &self.view else { return };
        let mut widget = chat.widget.borrow_mut();
        widget.set_status(StatusHeader::Idle);
        match presets {
            Ok(presets) => {
                let source = if chat.endpoint.is_recorded() {
                    "recorded"
                } else {
                    "litellm"
                };
                let popup = ModelPopup::open(presets, source, chat.selection.clone());
                self.popup = Some(Popup::Model(popup));
            }
            Err(error) => widget.failure(error.to_string()),
        }
    }

    fn open_resume_popup(&mut self, sessions: &[(SessionId, SessionSnapshot)]) {
        if sessions.is_empty() {
            self.notice("This home has no other session.");
        } else {
            self.popup = Some(Popup::Resume(ResumePopup::new(sessions)));
        }
    }

    pub(super) fn resume(&mut self, id: SessionId) {
        match Session::resume(id) {
            Ok(session) => {
                self.watch = session.watch();
                self.snapshot = session.snapshot();
                self.session = session;
                self.is_saved = true;
                if let View::Chat(chat) = &mut self.view {
                    chat.resumed(&self.session);
                }
            }
            Err(error) => self.failure(error.to_string()),
        }
    }

    fn turn_ended(&mut self, outcome: Result<(), TurnError>) {
        // An error of the client is in the transcript already.
        if let Err(error @ TurnError::Terminal(_)) = outcome {
            self.failure(error.to_string());
        }
        if let View::Chat(chat) = &mut self.view {
            chat.suggest();
        }
        let is_logged = self.telemetry().is_some_and(Telemetry::is_enabled);
        let id = self.session.id();
        if is_logged && self.settings.sessions().first() != Some(&id) {
            self.report(self.settings.add_session(id));
        }
    }

    /// Drops the job.
    pub(super) fn cancel(&mut self) {
        let kind = self.job.take().map(|job| job.kind);
        let View::Chat(chat) = &mut self.view else {
            return;
        };
        if kind == Some(JobKind::Turn) {
            chat.cancelled();
            chat.suggest();
        } else {
            chat.widget.borrow_mut().set_status(StatusHeader::Idle);
        }
    }

    fn report(&mut self, stored: std::io::Result<()>) {
        if let Err(error) = stored {
            self.failure(format!("cannot store the settings: {error}"));
        }
    }

    fn notice(&mut self, text: &str) {
        self.with_widget(|widget| widget.notice(text));
    }

    fn failure(&mut self, text: String) {
        self.with_widget(|widget| widget.failure(text));
    }

    fn with_widget(&mut self, change: impl FnOnce(&mut ChatWidget)) {
        if let View::Chat(chat) = &self.view {
            change(&mut chat.widget.borrow_mut());
        }
    }
}
