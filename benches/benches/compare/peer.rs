//! The interface that every library of the comparison implements.

use std::hint::black_box;
use std::path::Path;

/// Returns the text field of the span as a black box, so that the compiler does not know its value.
pub(crate) fn source() -> &'static str {
    black_box("litellm")
}

/// The body of the annotated functions.
pub(crate) fn body(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

/// The function without an attribute.
#[inline(never)]
pub(crate) fn bare_call(source: &str, count: u64, ok: bool) -> u64 {
    body(source, count, ok)
}

/// A future that is pending `left` times.
pub(crate) struct Pending {
    pub(crate) left: u64,
}

impl Future for Pending {
    type Output = ();

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<()> {
        if self.left == 0 {
            return std::task::Poll::Ready(());
        }
        self.left -= 1;
        std::task::Poll::Pending
    }
}

/// The future without an attribute.
#[inline(never)]
pub(crate) async fn bare_future(left: u64) {
    Pending { left }.await;
}

/// A library. It runs no code before `start`.
pub(crate) trait Peer {
    /// The name on the command line and in the tables.
    const NAME: &'static str;
    /// True when the library writes its spans to a file as lines.
    const WRITES: bool = true;

    /// The value that keeps the library running.
    type Running;

    /// Starts the library, which then writes JSON lines into the directory.
    fn start(directory: &Path) -> Self::Running;

    /// Waits until all recorded spans are in the files, as far as the library guarantees it.
    fn finish(running: Self::Running);

    /// Starts the library disabled. The default is for libraries that are disabled until they are
    /// started.
    fn start_off(_directory: &Path) -> Option<Self::Running> {
        None
    }

    /// Starts the library with a filter that rejects these spans. `None` when it has no filters.
    fn start_filtered(_directory: &Path) -> Option<Self::Running> {
        None
    }

    /// Calls the function with three fields `calls` times.
    fn fields(calls: u64);

    /// Calls the function with three fields while the library is disabled.
    fn fields_off(calls: u64) {
        Self::fields(calls);
    }

    /// Calls the function without fields `calls` times.
    fn plain(calls: u64);

    /// Returns the asynchronous function's future, which is pending `left` times. `None` when the
    /// library has none.
    fn polled(_left: u64) -> Option<std::pin::Pin<Box<dyn Future<Output = ()>>>> {
        None
    }
}
