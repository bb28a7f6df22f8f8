//! The header of the chat: the endpoint, the model and the state of telemetry.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Modifier, Style};
use telemetry_runtime::telemetry_span;
use unicode_width::UnicodeWidthStr;

use crate::display::printable;
use crate::settings::Selection;

/// A model and an effort that replace the selection of the user for one turn or for one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overrides {
    pub(crate) model: Option<String>,
    pub(crate) effort: Option<String>,
}

/// The header of the chat.
#[derive(Debug)]
pub(crate) struct Header {
    endpoint: String,
    /// The selection in force, with the overrides.
    shown: Selection,
    is_overridden: bool,
    telemetry: &'static str,
}

impl Header {
    pub(crate) fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            shown: Selection::default(),
            is_overridden: false,
            telemetry: "off",
        }
    }

    /// Shows the state of telemetry.
    #[telemetry_span("chatwidget.header.refresh", fields(telemetry, model = self.shown.model))]
    pub(crate) fn refresh(&mut self, telemetry: &'static str) {
        self.telemetry = telemetry;
    }

    /// Combines the selection of the user with overrides, shows the result and returns it.
    #[telemetry_span(
        "chatwidget.header.reconcile_overrides",
        fields(
            selected = selected.model,
            model = overrides.model,
            effort = overrides.effort
        )
    )]
    pub(crate) fn reconcile(&mut self, selected: &Selection, overrides: &Overrides) -> Selection {
        let effective = Selection {
            model: overrides
                .model
                .clone()
                .unwrap_or_else(|| selected.model.clone()),
            // The effort of the selection belongs to the model of the selection.
            effort: overrides.effort.clone().or_else(|| {
                let same = overrides
                    .model
                    .as_ref()
                    .is_none_or(|model| *model == selected.model);
                selected.effort.clone().filter(|_| same)
            }),
        };
        self.is_overridden = effective != *selected;
        self.shown = effective.clone();
        effective
    }

    /// Shows the model of a turn.
    pub(crate) fn show_model(&mut self, model: &str) {
        model.clone_into(&mut self.shown.model);
    }

    /// Draws the header into one row. The right part, which states the model and telemetry, has precedence.
    pub(crate) fn render(&self, area: Rect, screen: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let style = Style::new().add_modifier(Modifier::REVERSED);
        screen.set_style(area, style);
        let mut model = printable(&self.shown.model);
        if let Some(effort) = &self.shown.effort {
            model.push(' ');
            model.push_str(&printable(effort));
        }
        if self.is_overridden {
            model.push_str(" (override)");
        }
        let right = format!(" {model} · telemetry {} ", self.telemetry);
        let room = usize::from(area.width);
        let used = right.width().min(room);
        let start = area.right() - u16::try_from(used).unwrap_or(area.width);
        let left = format!(" demo · {}", printable(&self.endpoint));
        screen.set_stringn(area.x, area.y, left, room - used, style);
        screen.set_stringn(start, area.y, right, used, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(model: &str, effort: Option<&str>) -> Selection {
        Selection {
            model: model.to_owned(),
            effort: effort.map(str::to_owned),
        }
    }

    #[test]
    fn an_override_of_the_model_drops_the_effort_of_the_selection() {
        let mut header = Header::new("here");
        let selected = selection("a", Some("high"));
        let overrides = |model: &str| Overrides {
            model: Some(model.to_owned()),
            effort: None,
        };
        assert_eq!(
            header.reconcile(&selected, &overrides("b")),
            selection("b", None)
        );
        assert_eq!(header.reconcile(&selected, &overrides("a")), selected);
        assert_eq!(header.reconcile(&selected, &Overrides::default()), selected);
    }
}
