//! The selection of a model and its reasoning effort.

mod popup;

use telemetry_runtime::telemetry_span;

pub(crate) use popup::{ModelPopup, PopupEnd};

/// The models on offer.
#[derive(Debug)]
pub(crate) struct ModelSelection {
    presets: Vec<String>,
    /// The origin of the presets.
    source: &'static str,
}

impl ModelSelection {
    /// Opens the selection of presets, which `source` listed.
    #[telemetry_span("model_selection.open", fields(source, count = presets.len()))]
    pub(crate) fn open(presets: Vec<String>, source: &'static str) -> Self {
        Self { presets, source }
    }

    /// Accepts the first model, for runs without a user.
    #[telemetry_span("model_selection.accept", ret)]
    pub(crate) fn first(mut self) -> Option<String> {
        (!self.presets.is_empty()).then(|| self.presets.swap_remove(0))
    }

    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    pub(crate) fn presets(&self) -> &[String] {
        &self.presets
    }
}
