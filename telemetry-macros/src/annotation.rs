//! The two attributes, and the search for further attributes of this crate on a function.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{Attribute, MacroDelimiter, Meta, Path};

use crate::function::Function;
use crate::inert::is_inert;

/// An attribute of this crate for functions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Annotation {
    TelemetrySpan,
    SessionUsage,
}

/// An attribute of this crate that was taken off a function.
pub(crate) struct Inner {
    pub(crate) annotation: Annotation,
    pub(crate) arguments: TokenStream,
    path: Path,
}

impl Annotation {
    /// Returns the attribute as an error message shows it.
    pub(crate) fn shown(self) -> &'static str {
        match self {
            Self::TelemetrySpan => "#[telemetry_span]",
            Self::SessionUsage => "#[session_usage]",
        }
    }

    /// Returns the options whose use is checked against the function's signature. `None`: the signature is always
    /// needed.
    pub(crate) fn signature_options(self) -> Option<&'static [&'static str]> {
        match self {
            Self::TelemetrySpan => Some(&["err", "future", "operation", "ret", "stream", "turn"]),
            Self::SessionUsage => None,
        }
    }

    /// Returns whether an attribute before the word `fn` may be this one, according to its tokens.
    pub(crate) fn may_be_repeated(self, item: &TokenStream) -> bool {
        let name = match self {
            Self::TelemetrySpan => "telemetry_span",
            Self::SessionUsage => "session_usage",
        };
        let is_function =
            |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "fn");
        let is_named = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == name);
        item.clone()
            .into_iter()
            .take_while(|token| !is_function(token))
            .any(|token| matches!(token, TokenTree::Group(group) if group.stream().into_iter().any(is_named)))
    }

    /// Returns the attributes that are this one, according to their name.
    pub(crate) fn find(self, attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
        attributes
            .iter()
            .filter(move |attribute| Self::of(attribute.path()) == Some(self))
    }

    fn of(path: &Path) -> Option<Self> {
        let name = &path.segments.last()?.ident;
        if name == "telemetry_span" {
            Some(Self::TelemetrySpan)
        } else if name == "session_usage" {
            Some(Self::SessionUsage)
        } else {
            None
        }
    }
}

/// Returns the arguments by which an expansion invokes an attribute for its path alone.
fn resolve_marker(span: Span) -> TokenStream {
    quote_spanned!(span=> @resolve)
}

/// Returns whether an attribute is invoked by [`Inner::resolve`].
pub(crate) fn is_resolve_marker(arguments: &TokenStream) -> bool {
    let mut tokens = arguments.clone().into_iter();
    matches!(tokens.next(), Some(TokenTree::Punct(at)) if at.as_char() == '@')
        && matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "resolve")
        && tokens.next().is_none()
}

impl Inner {
    // Input:  #[doc = "…"] #[session_usage(model = "m")] #[inline] fn f() BODY
    // Output: #[doc = "…"] #[inline] fn f() BODY and session_usage, model = "m"
    /// Takes the next attribute of this crate off a function. Attributes before it must be inert: another
    /// macro between the two would see a function without its inner attribute.
    pub(crate) fn take(function: &mut Function) -> Option<Self> {
        let index = function
            .attributes
            .iter()
            .position(|attribute| !is_inert(&attribute.meta))?;
        let inner = Self::of(&function.attributes[index])?;
        function.remove_attribute(index);
        Some(inner)
    }

    fn of(attribute: &Attribute) -> Option<Self> {
        let annotation = Annotation::of(attribute.path())?;
        let arguments = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) if matches!(list.delimiter, MacroDelimiter::Paren(_)) => {
                list.tokens.clone()
            }
            Meta::List(_) | Meta::NameValue(_) => return None,
        };
        Some(Self {
            annotation,
            arguments,
            path: attribute.path().clone(),
        })
    }

    // Output: #[session_usage(@resolve)] const _: () = ();
    /// Returns an item that expands to nothing. It makes rustc resolve the path of the attribute, so that an unknown
    /// path is an error and an import of it is used.
    pub(crate) fn resolve(&self) -> TokenStream {
        let site = Span::mixed_site();
        let path = &self.path;
        let marker = resolve_marker(site);
        quote_spanned!(site=> #[#path(#marker)] const _: () = ();)
    }
}
