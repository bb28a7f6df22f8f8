//! The popup in which a model is picked. It takes the first one: nobody is there to pick.

use telemetry_runtime::telemetry_span;

/// The models to choose from.
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
