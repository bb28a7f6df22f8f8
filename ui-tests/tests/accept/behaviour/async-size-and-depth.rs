//! The cost of annotations in a chain of futures, each awaiting the next: bytes, and depth of types.
#![deny(warnings)]
use telemetry_runtime::{Usage, session_usage, telemetry_span};

/// The most bytes that an annotation adds to a future, whatever the arguments of its function.
const ADDED: usize = 32;

/// Functions of which each awaits the previous one. The first one is bare.
macro_rules! chain {
    ($module:ident [$argument:ident: $type:ty] [$($attribute:tt)*] $($name:ident)*) => {
        mod $module {
            use super::*;

            async fn leaf($argument: $type) -> Option<Usage> {
                std::future::ready(()).await;
                let _ = &$argument;
                None
            }
            chain!(@ [$argument: $type] [$($attribute)*] leaf $($name)*);
        }
    };
    (@ [$argument:ident: $type:ty] [$($attribute:tt)*] $before:ident $name:ident $($rest:ident)*) => {
        $($attribute)*
        pub async fn $name($argument: $type) -> Option<Usage> {
            let returned = $before(Clone::clone(&$argument)).await;
            let _ = &$argument;
            returned
        }
        chain!(@ [$argument: $type] [$($attribute)*] $name $($rest)*);
    };
    (@ [$argument:ident: $type:ty] [$($attribute:tt)*] $last:ident) => {};
}

/// Four levels of a chain, of small arguments and of some 200 bytes.
macro_rules! chains {
    ($small:ident $large:ident $argument:ident [$($attribute:tt)*]) => {
        chain!($small [$argument: String] [$($attribute)*] a b c d);
        chain!($large [$argument: [String; 9]] [$($attribute)*] a b c d);
    };
}

chains!(bare_small bare_large argument []);
chains!(span_small span_large argument [#[telemetry_span("a.level")]]);
chains!(fields_small fields_large argument [
    #[telemetry_span("a.level", root, fields(len = argument.len()), ret)]
]);
chains!(usage_small usage_large argument [
    #[session_usage(model = "m", attempt = argument.len() as u32)]
]);
chains!(both_small both_large argument [
    #[telemetry_span("a.level", fields(len = argument.len()))]
    #[session_usage(model = "m")]
]);
chains!(turned_small turned_large argument [
    #[session_usage(model = "m")]
    #[telemetry_span("a.level", fields(len = argument.len()))]
]);

macro_rules! sizes {
    ($module:ident) => {
        [
            size_of_val(&$module::a(Default::default())),
            size_of_val(&$module::b(Default::default())),
            size_of_val(&$module::c(Default::default())),
            size_of_val(&$module::d(Default::default())),
        ]
    };
}

/// `attributes` is the number of attributes on each function.
fn compare(name: &str, attributes: usize, bare: [usize; 4], annotated: [usize; 4]) {
    for (levels, (bare, annotated)) in (1..).zip(bare.into_iter().zip(annotated)) {
        let added = annotated - bare;
        println!("{name}: {levels} levels: {bare} bytes and {added}");
        assert!(added <= levels * attributes * ADDED, "{name}: {levels} levels add {added} bytes");
    }
}

// The deepest chains that rustc proves to be `Send` at its default recursion limit, 128. A bare function takes
// three steps (the opaque type, its coroutine, the coroutine's content) and an annotated one four (the wrapper
// as well), with one attribute or both. The rest is for the leaf, itself and the `Ready<()>` that it
// awaits.
chain!(deep [n: u64] [] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31 l32 l33 l34 l35 l36 l37 l38 l39 l40);
chain!(deep_span [n: u64] [#[telemetry_span("a.level", fields(n))]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30);
chain!(deep_usage [n: u64] [#[session_usage(model = "m")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30);
chain!(deep_both [n: u64] [#[telemetry_span("a.level", fields(n))] #[session_usage(model = "m")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30);
chain!(deep_turned [n: u64] [#[session_usage(model = "m")] #[telemetry_span("a.level", fields(n))]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30);

/// Chains without a bare function. The innermost function awaits nothing.
macro_rules! annotated {
    ($module:ident [$argument:ident] [$($attribute:tt)*] $($name:ident)*) => {
        mod $module {
            use super::*;

            $($attribute)*
            async fn leaf($argument: u64) -> Option<Usage> {
                let _ = $argument;
                None
            }
            chain!(@ [$argument: u64] [$($attribute)*] leaf $($name)*);
        }
    };
}

annotated!(all_span [n] [#[telemetry_span("a.level")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31);
annotated!(all_usage [n] [#[session_usage(model = "m")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31);
annotated!(all_both [n] [#[telemetry_span("a.level")] #[session_usage(model = "m")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31);
annotated!(all_turned [n] [#[session_usage(model = "m")] #[telemetry_span("a.level")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31);
// Chains that are not proved to be `Send`.
annotated!(deeper_span [n] [#[telemetry_span("a.level")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31 l32 l33 l34 l35 l36 l37 l38 l39 l40 l41 l42 l43 l44 l45 l46 l47 l48 l49 l50);
annotated!(deeper_both [n] [#[telemetry_span("a.level")] #[session_usage(model = "m")]] l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31 l32 l33 l34 l35 l36 l37 l38 l39 l40 l41 l42 l43 l44 l45 l46 l47 l48 l49 l50);

fn is_send<T: Send>(value: T) -> T {
    value
}

fn finishes(future: impl Future<Output = Option<Usage>>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).poll(&mut context).is_ready());
}

fn main() {
    let (small, large) = (sizes!(bare_small), sizes!(bare_large));
    compare("span", 1, small, sizes!(span_small));
    compare("span, large", 1, large, sizes!(span_large));
    compare("fields", 1, small, sizes!(fields_small));
    compare("fields, large", 1, large, sizes!(fields_large));
    compare("usage", 1, small, sizes!(usage_small));
    compare("usage, large", 1, large, sizes!(usage_large));
    compare("both", 2, small, sizes!(both_small));
    compare("both, large", 2, large, sizes!(both_large));
    compare("turned", 2, small, sizes!(turned_small));
    compare("turned, large", 2, large, sizes!(turned_large));

    finishes(is_send(deep::l40(0)));
    finishes(is_send(deep_span::l30(0)));
    finishes(is_send(deep_usage::l30(0)));
    finishes(is_send(deep_both::l30(0)));
    finishes(is_send(deep_turned::l30(0)));
    finishes(is_send(all_span::l31(0)));
    finishes(is_send(all_usage::l31(0)));
    finishes(is_send(all_both::l31(0)));
    finishes(is_send(all_turned::l31(0)));

    // Polled where the type is known, as in `#[tokio::main]`. A chain of bare functions reaches 60 there.
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let deep = std::pin::pin!(deeper_span::l50(0));
    assert!(deep.poll(&mut context).is_ready());
    let deep = std::pin::pin!(deeper_both::l50(0));
    assert!(deep.poll(&mut context).is_ready());
}
