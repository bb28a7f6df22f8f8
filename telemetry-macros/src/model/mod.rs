//! The checked arguments of an attribute or a macro. An expansion takes a model and cannot fail.

pub(crate) mod event;
pub(crate) mod scope;
pub(crate) mod span;
pub(crate) mod turn;
mod uncovered;
pub(crate) mod usage;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};

use self::span::SpanModel;
use self::turn::TurnModel;
use self::usage::UsageModel;
use crate::annotation::Annotation;
use crate::ctxt::Ctxt;
use crate::function::Function;

/// The checked arguments of an attribute on a function.
pub(crate) enum Model {
    Span(SpanModel),
    Usage(Box<UsageModel>),
    /// The option `turn` of a span, which is a layer of its own around all others.
    Turn(TurnModel),
}

impl Model {
    /// Checks the arguments, and checks them against the function if there is one. Returns `None` without
    /// a function, or after an error in `ctxt`.
    pub(crate) fn check(
        annotation: Annotation,
        arguments: TokenStream,
        function: Option<&Function>,
        ctxt: &mut Ctxt,
    ) -> Option<Self> {
        match annotation {
            Annotation::TelemetrySpan => span::check(arguments, function, ctxt).map(Self::Span),
            Annotation::SessionUsage => {
                usage::check(arguments, function, ctxt).map(|model| Self::Usage(Box::new(model)))
            }
        }
    }
}

/// The path of the runtime. Quoted, it is the path of the module whose items an expansion calls.
#[derive(Clone)]
pub(crate) struct Runtime {
    given: Option<TokenStream>,
    private: TokenStream,
}

impl Runtime {
    pub(crate) fn new(given: Option<syn::Path>) -> Self {
        let given = given.map(syn::Path::into_token_stream);
        let private = private(given.as_ref(), Span::mixed_site());
        Self { given, private }
    }

    /// Returns the path of the public items, such as the traits.
    pub(crate) fn root(&self) -> TokenStream {
        root(self.given.as_ref(), Span::mixed_site())
    }

    /// Returns the path that is quoted, at the place of an error about the generics of an item.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        private(self.given.as_ref(), span)
    }
}

impl quote::ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.private.to_tokens(tokens);
    }
}

fn root(given: Option<&TokenStream>, span: Span) -> TokenStream {
    given.map_or_else(
        || quote_spanned!(span=> ::telemetry_runtime),
        TokenStream::clone,
    )
}

/// Returns the path of the runtime's hidden module. Its name contains the version, so that macros over a runtime of another
/// version do not compile, instead of calling an item whose meaning has changed.
fn private(given: Option<&TokenStream>, span: Span) -> TokenStream {
    let root = root(given, span);
    // An error about a path without this module underlines the path.
    let last = given.and_then(|given| given.clone().into_iter().last());
    let at = last.map_or(span, |last| span.located_at(last.span()));
    let module = Ident::new(&private_module(), at);
    quote_spanned!(span=> #root::#module)
}

/// Returns the name of the runtime's hidden module.
pub(crate) fn private_module() -> String {
    let version = env!("CARGO_PKG_VERSION").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("__private_{version}")
}
