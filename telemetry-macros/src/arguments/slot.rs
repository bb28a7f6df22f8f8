//! An option that may be given once.

use proc_macro2::Span;

use crate::ctxt::Ctxt;

/// The value of the option `name`, if it is given.
pub(crate) struct Slot<T> {
    name: &'static str,
    value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    /// Keeps the first value. A second value is an error at `span`.
    pub(crate) fn set(&mut self, ctxt: &mut Ctxt, span: Span, value: T) {
        if self.value.is_some() {
            ctxt.error(
                span,
                format_args!("duplicate option `{}`: remove one of them", self.name),
            );
        } else {
            self.value = Some(value);
        }
    }

    pub(crate) fn take(self) -> Option<T> {
        self.value
    }
}
