//! The screen that asks for the endpoint and the API key. The model and the effort are asked for by the popup of
//! `/model`.

use crossterm::event::{Event, KeyCode};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::widgets::Widget;
use ratatui_widgets::block::Block;
use telemetry_runtime::telemetry_span;

use super::{Credentials, OnboardingError};
use crate::chatwidget::{Composer, wrap};
use crate::line::draw_line;
use crate::popup;

/// The step that the screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Endpoint,
    Key,
    /// The list of models is downloaded.
    Connecting,
}

/// The end of the screen.
#[derive(Debug)]
pub(crate) enum ScreenEnd {
    /// The endpoint and the key that the user entered.
    Connect(Credentials),
    Cancelled,
}

/// The screen.
#[derive(Debug)]
pub(crate) struct OnboardingScreen {
    step: Step,
    base_url: Option<String>,
    composer: Composer,
    /// The error of the last connection.
    failure: Option<String>,
}

impl OnboardingScreen {
    /// Shows that the first connection is made.
    pub(crate) fn connecting() -> Self {
        Self {
            step: Step::Connecting,
            base_url: None,
            composer: Composer::default(),
            failure: None,
        }
    }

    /// Asks for the endpoint.
    #[telemetry_span("onboarding.endpoint_entry")]
    pub(crate) fn endpoint(base_url: Option<&str>) -> Self {
        Self {
            step: Step::Endpoint,
            composer: Composer::with_value(base_url.unwrap_or_default()),
            ..Self::connecting()
        }
    }

    /// Asks for the API key of a proxy.
    #[telemetry_span("onboarding.credential_entry")]
    fn key(base_url: Option<String>) -> Self {
        Self {
            step: Step::Key,
            composer: Composer::masked(),
            base_url,
            ..Self::connecting()
        }
    }

    /// Asks again for the value that caused a failure, and shows the failure.
    pub(crate) fn after(error: &OnboardingError, base_url: Option<String>) -> Self {
        let is_about_key = error.is_about_key() && base_url.is_some();
        let mut screen = if is_about_key {
            Self::key(base_url)
        } else {
            Self::endpoint(base_url.as_deref())
        };
        screen.failure = Some(error.to_string());
        screen
    }

    /// Handles a key or pasted text. Returns the end of the screen if the event ends it.
    pub(crate) fn event(&mut self, event: &Event) -> Option<ScreenEnd> {
        let code = event.as_key_press_event().map(|key| key.code);
        match (self.step, code) {
            (_, Some(KeyCode::Esc)) => Some(ScreenEnd::Cancelled),
            (Step::Connecting, _) => None,
            (Step::Endpoint, Some(KeyCode::Enter)) => {
                let url = Some(self.composer.submit()).filter(|url| !url.is_empty());
                if url.is_none() {
                    return Some(self.connect(None, String::new()));
                }
                *self = Self::key(url);
                None
            }
            (Step::Key, Some(KeyCode::Enter)) => {
                let (url, key) = (self.base_url.clone(), self.composer.submit());
                Some(self.connect(url, key))
            }
            _ => {
                self.composer.edit(event);
                None
            }
        }
    }

    /// Submits the entered values.
    #[telemetry_span(
        "onboarding.credentials_submitted",
        fields(own_proxy = base_url.is_some(), api_key = redacted(api_key))
    )]
    fn connect(&mut self, base_url: Option<String>, api_key: String) -> ScreenEnd {
        self.step = Step::Connecting;
        self.base_url.clone_from(&base_url);
        ScreenEnd::Connect(Credentials { base_url, api_key })
    }

    /// Draws the screen. Returns the position of the cursor if there is an input line.
    pub(crate) fn render(&self, area: Rect, screen: &mut Buffer) -> Option<Position> {
        let text = match self.step {
            Step::Endpoint => {
                "Endpoint of LiteLLM, such as http://127.0.0.1:4000. An empty line uses recorded answers."
            }
            Step::Key => "API key of the proxy. It is kept in memory only.",
            Step::Connecting => "Connecting and loading the list of models …",
        };
        let width = area.width.saturating_sub(8).min(72);
        let mut rows: Vec<(String, Style)> = Vec::new();
        for row in wrap(text, width.into()) {
            rows.push((row, Style::new()));
        }
        for row in wrap(self.failure.as_deref().unwrap_or_default(), width.into()) {
            rows.push((row, Style::new().fg(Color::Red)));
        }
        let text_height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let size = (width, text_height.saturating_add(4));
        let inside = popup::frame("Setup", size, area, screen);
        for ((row, style), y) in rows.iter().zip(inside.y..inside.bottom()) {
            screen.set_stringn(inside.x, y, row, inside.width.into(), *style);
        }
        let below = inside.y.saturating_add(text_height).min(inside.bottom());
        let line = Rect::new(inside.x, below, inside.width, 3).intersection(inside);
        let hint = Rect::new(inside.x, below + 3, inside.width, 1).intersection(inside);
        let dim = Style::new().add_modifier(Modifier::DIM);
        draw_line("Enter continues · Esc ends", hint, dim, screen);
        if self.step == Step::Connecting || line.height < 3 {
            return None;
        }
        let block = Block::bordered();
        let input = block.inner(line);
        block.render(line, screen);
        Some(self.composer.render(input, screen))
    }
}
