//! What another attribute of this crate has made of an `async fn`: a function that returns its body
//! as a future, wrapped. One that comes after it adds a wrapper, not a second future around the first.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{ReturnType, Signature};

use crate::shape::written_output;

/// The functions of the runtime that wrap the body of an `async fn`: one attribute, or two.
pub(crate) const INSTRUMENT: &str = "instrument_async";
pub(crate) const INSTRUMENT_USAGE: &str = "instrument_usage_async";
pub(crate) const INSTRUMENT_USAGE_IN_SPAN: &str = "instrument_usage_in_span";
pub(crate) const INSTRUMENT_SPAN_IN_USAGE: &str = "instrument_span_in_usage";
/// Those that give its stream, and the future around them.
pub(crate) const INSTRUMENT_UNTIL_STREAM: &str = "instrument_until_stream_async";
pub(crate) const STREAMED: &str = "streamed_async";

/// The label, without its quote, of the block at the start of the body where attributes record
/// what they were given.
pub(crate) const ENTRY: &str = "_entry";

/// An expanded `async fn`.
pub(crate) struct Instrumented {
    /// The statements before the call that wraps the body.
    pub(crate) before: TokenStream,
    /// That call without its arguments.
    function: TokenStream,
    name: String,
    arguments: Group,
    /// The function is still `async` and awaits the call.
    awaited: bool,
}

/// What an attribute wraps.
pub(crate) enum Inside {
    /// A future that nothing can be added to.
    Future(TokenStream),
    /// A call of [`INSTRUMENT`], and its arguments.
    Span(TokenStream, TokenStream),
    /// A call of [`INSTRUMENT_USAGE`], and its argument.
    Usage(TokenStream, TokenStream),
}

impl Inside {
    /// The expression of the future.
    pub(crate) fn future(&self) -> &TokenStream {
        let (Self::Future(future) | Self::Span(future, _) | Self::Usage(future, _)) = self;
        future
    }
}

impl Instrumented {
    // Input:  { BEFORE path::__private::instrument_async(…, async move { … }, …) }
    //     or  { BEFORE path::__private::instrument_async(…, async move { … }, …).await }
    /// Takes the block of an expanded `async fn` apart. `None` for every other one.
    pub(crate) fn of(block: &Group) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = block.stream().into_iter().collect();
        let awaited = matches!(
            &tokens[..],
            [.., TokenTree::Punct(dot), TokenTree::Ident(word)]
                if dot.as_char() == '.' && word == "await"
        );
        if awaited {
            tokens.truncate(tokens.len() - 2);
        }
        let [
            ..,
            TokenTree::Ident(private),
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Ident(function),
            TokenTree::Group(arguments),
        ] = &tokens[..]
        else {
            return None;
        };
        let name = function.to_string();
        if private != "__private"
            || !is_instrument(&name)
            || arguments.delimiter() != Delimiter::Parenthesis
        {
            return None;
        }
        let statement = tokens
            .iter()
            .rposition(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
            .map_or(0, |semicolon| semicolon + 1);
        Some(Self {
            before: tokens[..statement].iter().cloned().collect(),
            function: tokens[statement..tokens.len() - 1]
                .iter()
                .cloned()
                .collect(),
            name,
            arguments: arguments.clone(),
            awaited,
        })
    }

    // Input:  fn f() -> impl Future<Output = R>
    // Output: async fn f() -> R
    /// The signature as it was.
    pub(crate) fn signature(&self, expanded: &Signature) -> Signature {
        let mut signature = expanded.clone();
        if self.awaited {
            return signature;
        }
        let span = signature.fn_token.span;
        if let Some(output) = written_output(expanded) {
            signature.output = ReturnType::Type(syn::Token![->](span), Box::new(output.clone()));
        }
        signature.asyncness = Some(syn::Token![async](span));
        signature
    }

    /// What makes the value of the block of the call's future.
    pub(crate) fn end(&self) -> TokenStream {
        if self.awaited {
            quote!(.await)
        } else {
            TokenStream::new()
        }
    }

    // Input:  instrument_async(…, async move { … '_entry: { OLD } … }, …)
    // Output: instrument_async(…, async move { … '_entry: { ENTRY OLD } … }, …)
    /// The call with more to do at the start of the body.
    pub(crate) fn with_entry(&self, entry: &TokenStream) -> Inside {
        let (arguments, _) = enter(self.arguments.stream(), entry);
        let function = &self.function;
        let mut group = self.arguments.clone();
        replace(&mut group, arguments.clone());
        let call = quote!(#function #group);
        match self.name.as_str() {
            INSTRUMENT => Inside::Span(call, arguments),
            INSTRUMENT_USAGE => Inside::Usage(call, arguments),
            _ => Inside::Future(call),
        }
    }
}

fn is_instrument(function: &str) -> bool {
    const FUNCTIONS: [&str; 5] = [
        INSTRUMENT,
        INSTRUMENT_USAGE,
        INSTRUMENT_USAGE_IN_SPAN,
        INSTRUMENT_SPAN_IN_USAGE,
        STREAMED,
    ];
    FUNCTIONS.contains(&function)
}

/// Walks down to the body's label, the first one of this name, and says whether it was found.
fn enter(tokens: TokenStream, entry: &TokenStream) -> (TokenStream, bool) {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = false;
    for index in 0..tokens.len() {
        let is_label =
            index >= 2 && matches!(&tokens[index - 2], TokenTree::Ident(word) if word == ENTRY);
        let TokenTree::Group(group) = &mut tokens[index] else {
            continue;
        };
        let (stream, is_inside) = if is_label {
            let old = group.stream();
            (quote!(#entry #old), true)
        } else {
            enter(group.stream(), entry)
        };
        if is_inside {
            replace(group, stream);
            found = true;
            break;
        }
    }
    (tokens.into_iter().collect(), found)
}

fn replace(group: &mut Group, stream: TokenStream) {
    let span = group.span();
    *group = Group::new(group.delimiter(), stream);
    group.set_span(span);
}
