//! An `async fn`: its body becomes a future that the runtime polls.
//!
//! One future, not one inside of another: a second one would hold all arguments again, and a chain of
//! such functions would be too deep for rustc to know that it is `Send`.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, Meta, ReceiverKind, ReturnType, Signature, Token, punctuated::Punctuated};

use super::{body, parameters};
use crate::function::Function;
use crate::instrumented::{ENTRY, Inside};
use crate::model::Runtime;
use crate::returns::Returns;

/// What an attribute does with the body.
pub(super) struct Wrapping<'a> {
    /// Statements of the function that only the wrapper and `entry` see.
    pub(super) before: Option<TokenStream>,
    /// Statements at the first poll, which see the parameters.
    pub(super) entry: TokenStream,
    /// Makes a future of a future.
    pub(super) wrap: &'a dyn Fn(&Inside) -> TokenStream,
    /// Where an error about what the future gives belongs.
    pub(super) at: Span,
}

/// The function with its body wrapped.
pub(super) fn expand(
    runtime: &Runtime,
    function: &Function,
    wrapping: &Wrapping<'_>,
) -> TokenStream {
    let Wrapping {
        before,
        entry,
        wrap,
        at,
    } = wrapping;
    let site = Span::mixed_site();
    if let Some(expanded) = &function.instrumented {
        let (statements, end) = (&expanded.before, expanded.end());
        let call = wrap(&expanded.with_entry(entry));
        return function.with_block(&quote_spanned!(site=> #statements #before #call #end));
    }
    let returns = body::returns(runtime, function);
    let contents = function.body.contents();
    let label = syn::Lifetime::new(&format!("'{ENTRY}"), site);
    let entry = quote_spanned!(site=> #label: { #entry });
    if !returns_its_future(function) {
        let moves = body::moves(function, false);
        let body = block(
            function,
            quote_spanned!(site=> #returns #moves #entry #contents),
        );
        let call = wrap(&Inside::Future(quote_spanned!(*at=> async move #body)));
        return function.with_block(&quote_spanned!(site=> #before #call.await));
    }
    let (signature, moves) = without_async(runtime, &function.signature);
    let body = block(
        function,
        quote_spanned!(site=> #returns #moves #entry #contents),
    );
    let call = wrap(&Inside::Future(quote_spanned!(*at=> async move #body)));
    let header = parameters::header(function, &signature);
    function.with_header_and_block(header, &quote_spanned!(site=> #before #call))
}

fn block(function: &Function, contents: TokenStream) -> Group {
    let mut block = Group::new(Delimiter::Brace, contents);
    block.set_span(function.body.block.span());
    block
}

/// Whether the function can be written as one that returns its future, with nobody the wiser: no
/// attribute asks whether it is `async`, and it returns, since `Future<Output = !>` is no type of
/// stable Rust.
fn returns_its_future(function: &Function) -> bool {
    function.signature.abi.is_none()
        && function
            .attributes
            .iter()
            .all(|attribute| is_indifferent(&attribute.meta))
        && !matches!(Returns::of(&function.signature.output), Returns::Never)
}

/// Whether an attribute means the same on a function that is not `async`. `must_use` and
/// `track_caller` do not, and nobody knows what an attribute macro does.
pub(super) fn is_indifferent(attribute: &Meta) -> bool {
    const NAMES: [&str; 12] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "session_usage",
        "telemetry_span",
        "warn",
    ];
    const TOOLS: [&str; 3] = ["clippy", "rustfmt", "diagnostic"];

    let path = attribute.path();
    let (Some(tool), Some(name)) = (path.segments.first(), path.segments.last()) else {
        return false;
    };
    match attribute {
        Meta::List(list) if path.is_ident("cfg_attr") => {
            let inside = Punctuated::<Meta, Token![,]>::parse_terminated;
            list.parse_args_with(inside)
                .is_ok_and(|inside| inside.iter().skip(1).all(is_indifferent))
        }
        _ => {
            NAMES.iter().any(|indifferent| name.ident == indifferent)
                || TOOLS.iter().any(|known| tool.ident == known)
        }
    }
}

// Input:  async fn f(a: A, mut b: B, (c, d): C, _: D) -> R
// Output: fn f(a: A, b: B, argument2: C, argument3: D) -> impl Future<Output = R>
//     and let a = a; let mut b = b; let argument2 = argument2; let (c, d) = argument2;
//         let _argument3 = argument3;
/// The signature as that of a function that returns a future, and the statements that move its
/// parameters into the future: what rustc makes of an `async fn` itself.
fn without_async(runtime: &Runtime, signature: &Signature) -> (Signature, TokenStream) {
    let site = Span::mixed_site();
    let mut signature = signature.clone();
    let mut moves = TokenStream::new();
    for (index, input) in signature.inputs.iter_mut().enumerate() {
        let input = match input {
            FnArg::Typed(input) => input,
            FnArg::Receiver(receiver) => {
                // A `self` that the body ignores is dropped with the future as well.
                if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                    let own = receiver.self_token;
                    moves.extend(quote_spanned!(site=> let _ = &#own;));
                }
                continue;
            }
        };
        moves.extend(parameters::moved(input, index, &TokenStream::new()));
    }
    let (output, at) = match &signature.output {
        ReturnType::Default => (quote_spanned!(site=> ()), signature.fn_token.span),
        ReturnType::Type(_, output) => (output.to_token_stream(), output.span()),
    };
    // Generated tokens: as those of this crate's edition they capture every lifetime, as an `async fn`
    // of any edition does. The last is one of the user's: so is what rustc takes for the place of the
    // signature then.
    let site = site.located_at(at);
    let end = quote_spanned!(at=> >);
    let future = quote_spanned!(site=> impl #runtime::core::future::Future<Output = #output #end);
    signature.output =
        ReturnType::Type(syn::Token![->](site), Box::new(syn::Type::Verbatim(future)));
    signature.asyncness = None;
    (signature, moves)
}
