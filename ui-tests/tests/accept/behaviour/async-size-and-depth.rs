//! What annotations cost a chain of futures, each awaiting the next: bytes, and depth of types.
#![deny(warnings)]
use telemetry_runtime::telemetry_span;

/// Bytes that an annotation adds to a future, beside the arguments of its function.
const ADDED: usize = 16;

async fn leaf(n: u64) -> u64 {
    std::future::ready(n).await
}

macro_rules! chain {
    ($(#[$attribute:meta])* $first:ident $($name:ident)*) => {
        chain!(@ [$(#[$attribute])*] leaf $first $($name)*);
    };
    (@ [$($attribute:tt)*] $before:ident $name:ident $($rest:ident)*) => {
        $($attribute)*
        pub async fn $name(n: u64) -> u64 {
            let n = $before(n).await;
            n + 1
        }
        chain!(@ [$($attribute)*] $name $($rest)*);
    };
    (@ [$($attribute:tt)*] $before:ident) => {};
}

mod bare {
    use super::leaf;

    chain!(a b c d);
}

mod annotated {
    use super::{leaf, telemetry_span};

    chain!(#[telemetry_span("a.level")] a b c d e f g h i j k l m n o p q r);
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn main() {
    let sizes = [
        (size_of_val(&bare::a(0)), size_of_val(&annotated::a(0))),
        (size_of_val(&bare::b(0)), size_of_val(&annotated::b(0))),
        (size_of_val(&bare::c(0)), size_of_val(&annotated::c(0))),
        (size_of_val(&bare::d(0)), size_of_val(&annotated::d(0))),
    ];
    for (levels, (bare, annotated)) in (1..).zip(sizes) {
        let added = annotated - bare;
        assert!(added <= levels * (ADDED + size_of::<u64>()), "{levels} levels: {added} bytes");
    }
    // A deep chain is known to be `Send` at the default recursion limit.
    let future = std::pin::pin!(is_send(annotated::r(0)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(future.poll(&mut context), std::task::Poll::Ready(18));
}
