//! The errors found so far, which are reported together in one build.

use std::fmt::Display;
use std::thread;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

use crate::mentioned;

/// Collects errors. [`Ctxt::finish`] must be called before the value is dropped, so that no error is lost.
pub(crate) struct Ctxt {
    errors: Option<Vec<syn::Error>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self {
            errors: Some(Vec::new()),
        }
    }

    /// Adds an error that underlines `tokens`.
    pub(crate) fn error_at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error at one span.
    pub(crate) fn error(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Adds an error.
    pub(crate) fn push(&mut self, error: syn::Error) {
        if let Some(errors) = &mut self.errors {
            errors.push(error);
        }
    }

    /// Returns one `compile_error!` for each error, or `None` without an error.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        let errors = self.errors.take().unwrap_or_default();
        let all = errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        })?;
        Some(all.to_compile_error())
    }

    // Output: { { if false { let _ = (&name,); } ERRORS } REST }
    /// Like [`Ctxt::finish`], for a macro in the place of an expression. rustc ignores the tokens behind the first
    /// expression, with an error of its own. Therefore the errors are in a block, which also uses the variables of the `arguments`.
    /// `rest` is the part of the arguments without an error, so that their imports and labels are used as well.
    pub(crate) fn finish_expression(
        self,
        arguments: &TokenStream,
        rest: impl FnOnce() -> Option<TokenStream>,
    ) -> Option<TokenStream> {
        let errors = self.finish()?;
        let used = mentioned::used(arguments);
        let rest = rest();
        Some(quote!({ { #used #errors } #rest }))
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        assert!(
            self.errors.is_none() || thread::panicking(),
            "`Ctxt::finish` was not called"
        );
    }
}
