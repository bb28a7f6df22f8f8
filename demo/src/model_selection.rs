//! The popup that selects a model. Without a user, it selects the first one.

use telemetry_runtime::telemetry_span;

/// The models on offer.
#[derive(Debug)]
pub(crate) struct ModelSelection {
    presets: Vec<String>,
}

impl ModelSelection {
    #[telemetry_span("model_selection.open", fields(source = "litellm", count = presets.len()))]
    pub(crate) fn open(presets: Vec<String>) -> Self {
        Self { presets }
    }

    #[telemetry_span("model_selection.accept", ret)]
    pub(crate) fn first(mut self) -> Option<String> {
        (!self.presets.is_empty()).then(|| self.presets.swap_remove(0))
    }
}
