//! The chat of the user interface.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Constraint, Layout, Position, Rect};
use ratatui_core::style::{Modifier, Style};
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use telemetry_runtime::telemetry_span;
use tokio::sync::Notify;

use super::composer::Composer;
use super::header::Header;
use super::transcript::{CellKind, Transcript};
use crate::client::{Answer, Attempt, ClientError};
use crate::display::{Display, printable};
use crate::line::draw_line;

/// The line between the transcript and the composer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum StatusHeader {
    #[default]
    Idle,
    /// The request was sent, or its answer arrives.
    Answering,
    /// The request is sent again after a wait.
    Retrying { attempt: u32, cause: String },
    /// The list of models is downloaded.
    LoadingModels,
}

impl StatusHeader {
    fn text(&self) -> String {
        match self {
            Self::Idle => "Enter sends · /help shows the commands".to_owned(),
            Self::Answering => "answering · Esc cancels".to_owned(),
            Self::Retrying { attempt, cause } => {
                format!(
                    "attempt {attempt}, after a {} · Esc cancels",
                    printable(cause)
                )
            }
            Self::LoadingModels => "loading the models · Esc cancels".to_owned(),
        }
    }
}

/// The chat of the user interface.
#[derive(Debug)]
pub(crate) struct ChatWidget {
    pub(crate) header: Header,
    pub(crate) composer: Composer,
    transcript: Transcript,
    status: StatusHeader,
    /// Wakes the loop that draws.
    redraw: Rc<Notify>,
}

impl ChatWidget {
    pub(crate) fn new(endpoint: &str, redraw: Rc<Notify>) -> Self {
        Self {
            header: Header::new(endpoint),
            composer: Composer::default(),
            transcript: Transcript::default(),
            status: StatusHeader::default(),
            redraw,
        }
    }

    #[telemetry_span("display.status_header", fields(text = status.text()))]
    pub(crate) fn set_status(&mut self, status: StatusHeader) {
        self.status = status;
        self.redraw.notify_one();
    }

    /// Shows a message of the demo itself.
    pub(crate) fn notice(&mut self, text: impl Into<String>) {
        self.push(CellKind::Notice, text.into());
    }

    /// Shows a failure that is not one of a turn.
    pub(crate) fn failure(&mut self, text: impl Into<String>) {
        self.push(CellKind::Error, text.into());
    }

    /// Empties the transcript.
    pub(crate) fn clear(&mut self) {
        self.transcript.clear();
    }

    pub(crate) fn scroll(&mut self, rows: isize) {
        self.transcript.scroll(rows);
    }

    fn push(&mut self, kind: CellKind, text: impl Into<String>) {
        self.transcript.push(kind, text);
        self.redraw.notify_one();
    }

    /// Draws the transcript, the status header and the composer. Returns the position of the cursor.
    pub(crate) fn render(&mut self, area: Rect, screen: &mut Buffer) -> Position {
        let rows = [
            Constraint::Min(0),
            Constraint::Length(1),
            Constraint::Length(3),
        ];
        let [transcript, status, composer] = Layout::vertical(rows).areas(area);
        self.transcript.render(transcript, screen);
        let text = match self.status {
            StatusHeader::Idle if self.composer.is_suggestion() => {
                "Enter sends the suggestion · /help shows the commands".to_owned()
            }
            _ => self.status.text(),
        };
        let dim = Style::new().add_modifier(Modifier::DIM);
        draw_line(text, status, dim, screen);
        let block = Block::bordered();
        let inside = block.inner(composer);
        block.render(composer, screen);
        self.composer.render(inside, screen)
    }
}

impl Display for ChatWidget {
    #[telemetry_span("chatwidget.header.set_model", fields(to = model), err)]
    fn set_model(&mut self, model: &str) -> io::Result<()> {
        self.header.show_model(model);
        self.redraw.notify_one();
        Ok(())
    }

    #[telemetry_span("display.user_submission", content(prompt), err)]
    fn prompt(&mut self, prompt: &str) -> io::Result<()> {
        self.push(CellKind::User, printable(prompt));
        self.set_status(StatusHeader::Answering);
        Ok(())
    }

    #[telemetry_span("display.text", fields(bytes = text.len()), level = "debug", err)]
    fn text(&mut self, text: &str) -> io::Result<()> {
        if !text.is_empty() {
            self.transcript.extend_answer(&printable(text));
            self.redraw.notify_one();
        }
        Ok(())
    }

    fn retrying(&mut self, attempt: &Attempt, _wait: Duration) {
        self.set_status(StatusHeader::Retrying {
            attempt: attempt.number,
            cause: attempt.retry_cause.clone().unwrap_or_default(),
        });
    }

    #[telemetry_span(
        "display.aggregated_response",
        fields(
            bytes = answer.body.text.len(),
            reasoning_bytes = answer.body.reasoning.len(),
            tools = answer.body.tools.len()
        ),
        err
    )]
    fn answer(&mut self, answer: &Answer) -> io::Result<()> {
        if let Some(cause) = &answer.attempt.retry_cause {
            let number = answer.attempt.number;
            let cause = printable(cause);
            self.push(
                CellKind::Detail,
                format!("(attempt {number}, after a {cause})"),
            );
        }
        if !answer.body.reasoning.is_empty() {
            let thought = printable(&answer.body.reasoning);
            self.push(CellKind::Detail, format!("(thought: {thought})"));
        }
        for tool in &answer.body.tools {
            let (name, arguments) = (printable(&tool.name), printable(&tool.arguments));
            self.push(CellKind::Detail, format!("(wants {name} {arguments})"));
        }
        self.set_status(StatusHeader::Idle);
        Ok(())
    }

    #[telemetry_span("display.error", level = "error", err)]
    fn error(&mut self, error: &ClientError) -> io::Result<()> {
        self.push(CellKind::Error, error.to_string());
        self.set_status(StatusHeader::Idle);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live_pane;
    use crate::onboarding::OnboardingScreen;
    use crate::spans::FollowedSpans;
    use crate::status;
    use telemetry_runtime::Session;

    #[test]
    fn every_size_of_the_terminal_is_drawn() {
        let mut widget = ChatWidget::new("here", Rc::default());
        widget.notice("A notice of several words.");
        widget.composer.suggestion = "What is the weather in Oslo?".to_owned();
        let onboarding = OnboardingScreen::endpoint(None);
        let snapshot = Session::start().snapshot();
        let widths = (0..12).chain([70, 71, 72, 73, 100]);
        for (width, height) in widths.flat_map(|width| (0..16).map(move |height| (width, height))) {
            let area = Rect::new(0, 0, width, height);
            let mut screen = Buffer::empty(area);
            let rows = [Constraint::Length(1), Constraint::Min(0)];
            let [header, below] = Layout::vertical(rows).areas(area);
            let (main, pane) = live_pane::split(below, true);
            if let Some(pane) = pane {
                live_pane::render(&snapshot, &FollowedSpans::default(), pane, &mut screen);
            }
            widget.header.render(header, &mut screen);
            widget.render(main, &mut screen);
            onboarding.render(main, &mut screen);
            status::render(&snapshot, None, below, &mut screen);
        }
    }
}
