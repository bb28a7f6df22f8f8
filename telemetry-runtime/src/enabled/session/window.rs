//! The context windows of models, which a module above this one knows.

use once_cell::race::OnceBox;

type Lookup = fn(&str) -> Option<u64>;

static LOOKUP: OnceBox<Lookup> = OnceBox::new();

/// Sets the function that returns the most input tokens of a model without waiting. Only the first call has an effect.
pub(crate) fn set_context_windows(lookup: Lookup) {
    let _ = LOOKUP.set(Box::new(lookup));
}

/// Returns the most input tokens of a request to a model.
pub(super) fn max_input_tokens(model: &str) -> Option<u64> {
    LOOKUP.get()?(model)
}
