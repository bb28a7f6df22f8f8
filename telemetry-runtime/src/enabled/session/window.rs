//! The function that returns the context windows of models. A module of a higher layer sets it.

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
