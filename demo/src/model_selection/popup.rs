//! The popup of `/model`: first the model, then its reasoning effort.

use crossterm::event::KeyEvent;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use telemetry_runtime::telemetry_span;

use super::ModelSelection;
use crate::choices::{Choices, ListAction};
use crate::display::printable;
use crate::popup;
use crate::settings::Selection;

/// The efforts that LiteLLM passes on to every provider.
const EFFORTS: [&str; 3] = ["low", "medium", "high"];

/// The row that leaves the effort to the model.
const DEFAULT_EFFORT: &str = "default of the model";

/// The end of the popup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PopupEnd {
    Accepted(Selection),
    Cancelled,
}

/// The popup.
#[derive(Debug)]
pub(crate) struct ModelPopup {
    selection: ModelSelection,
    current: Selection,
    models: Choices,
    /// The second stage: the index of the chosen model and the list of efforts.
    efforts: Option<(usize, Choices)>,
}

impl ModelPopup {
    /// Opens the popup with the cursor on the current model.
    pub(crate) fn open(presets: Vec<String>, source: &'static str, current: Selection) -> Self {
        let selection = ModelSelection::open(presets, source);
        let presets = selection.presets();
        let cursor = presets.iter().position(|model| *model == current.model);
        let rows = presets.iter().map(|model| printable(model)).collect();
        Self {
            models: Choices::new(rows, cursor.unwrap_or(0)),
            efforts: None,
            selection,
            current,
        }
    }

    /// Handles a key. Returns the end of the popup if the key ends it.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Option<PopupEnd> {
        let Some((model, efforts)) = &mut self.efforts else {
            match self.models.key(key) {
                ListAction::None => {}
                ListAction::Row(row) => self.choose_model(row),
                ListAction::Back => return Some(Self::close(PopupEnd::Cancelled)),
            }
            return None;
        };
        let model = *model;
        match efforts.key(key) {
            ListAction::None => None,
            ListAction::Row(row) => {
                let selection = self.accept(model, row.checked_sub(1).map(|row| EFFORTS[row]));
                Some(Self::close(PopupEnd::Accepted(selection)))
            }
            ListAction::Back => {
                self.efforts = None;
                None
            }
        }
    }

    /// Opens the second stage.
    #[telemetry_span(
        "model_selection.reasoning_choices",
        fields(model = self.selection.presets()[row], count = EFFORTS.len() + 1)
    )]
    fn choose_model(&mut self, row: usize) {
        let is_current = self.selection.presets()[row] == self.current.model;
        let current = self.current.effort.as_deref().filter(|_| is_current);
        let cursor = EFFORTS.iter().position(|effort| Some(*effort) == current);
        let mut rows = vec![DEFAULT_EFFORT.to_owned()];
        rows.extend(EFFORTS.map(str::to_owned));
        let efforts = Choices::new(rows, cursor.map_or(0, |at| at + 1));
        self.efforts = Some((row, efforts));
    }

    #[telemetry_span("model_selection.accept", fields(effort), ret(Debug))]
    fn accept(&self, model: usize, effort: Option<&str>) -> Selection {
        Selection {
            model: self.selection.presets()[model].clone(),
            effort: effort.map(str::to_owned),
        }
    }

    #[telemetry_span(
        "model_selection.close",
        fields(accepted = matches!(end, PopupEnd::Accepted(_)))
    )]
    fn close(end: PopupEnd) -> PopupEnd {
        end
    }

    pub(crate) fn render(&self, area: Rect, screen: &mut Buffer) {
        let (title, choices) = match &self.efforts {
            None => (format!("Model · {}", self.selection.source()), &self.models),
            Some((model, efforts)) => {
                let model = printable(&self.selection.presets()[*model]);
                (format!("Reasoning effort of {model}"), efforts)
            }
        };
        let inside = popup::frame(&title, (44, choices.height()), area, screen);
        choices.render(inside, screen);
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;

    fn popup() -> ModelPopup {
        let presets = ["a", "b"].map(str::to_owned).to_vec();
        let current = Selection {
            model: "b".to_owned(),
            effort: Some("medium".to_owned()),
        };
        ModelPopup::open(presets, "litellm", current)
    }

    fn press(popup: &mut ModelPopup, code: KeyCode) -> Option<PopupEnd> {
        popup.key(code.into())
    }

    #[test]
    fn two_confirmations_accept_the_current_selection() {
        let mut popup = popup();
        assert_eq!(press(&mut popup, KeyCode::Enter), None);
        let end = press(&mut popup, KeyCode::Enter);
        assert_eq!(end, Some(PopupEnd::Accepted(popup.current)));
    }

    #[test]
    fn another_model_begins_with_its_own_effort() {
        let mut popup = popup();
        press(&mut popup, KeyCode::Up);
        press(&mut popup, KeyCode::Enter);
        let selection = Selection {
            model: "a".to_owned(),
            effort: None,
        };
        let end = press(&mut popup, KeyCode::Enter);
        assert_eq!(end, Some(PopupEnd::Accepted(selection)));
    }

    #[test]
    fn escape_goes_back_one_stage() {
        let mut popup = popup();
        press(&mut popup, KeyCode::Enter);
        assert_eq!(press(&mut popup, KeyCode::Esc), None);
        assert_eq!(press(&mut popup, KeyCode::Esc), Some(PopupEnd::Cancelled));
    }
}
