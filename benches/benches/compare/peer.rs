//! What every library of the comparison is asked to do.

use std::hint::black_box;
use std::path::Path;

/// The fields of the span; black boxes, so that nothing of it is known when the code is compiled.
pub(crate) fn source() -> &'static str {
    black_box("litellm")
}

/// What an annotated function does, and what it returns.
pub(crate) fn body(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

/// The same function without an attribute.
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

/// The same future without an attribute.
#[inline(never)]
pub(crate) async fn bare_future(left: u64) {
    Pending { left }.await;
}

/// A library. Nothing of it runs before `start`.
pub(crate) trait Peer {
    /// How it is called on the command line and in the tables.
    const NAME: &'static str;
    /// Whether its spans become lines of a file.
    const WRITES: bool = true;

    /// What keeps it running.
    type Running;

    /// Switched on, writing JSON lines into the directory.
    fn start(directory: &Path) -> Self::Running;

    /// Waits until everything recorded is in the files, as far as the library promises that.
    fn finish(running: Self::Running);

    /// Present and switched off; nothing to do where that is how a program begins.
    fn start_off(_directory: &Path) -> Option<Self::Running> {
        None
    }

    /// Switched on, with a filter that these spans do not pass. `None` where it has no filters.
    fn start_filtered(_directory: &Path) -> Option<Self::Running> {
        None
    }

    /// So many calls of the function with three fields.
    fn fields(calls: u64);

    /// The same where the library is switched off.
    fn fields_off(calls: u64) {
        Self::fields(calls);
    }

    /// So many calls of the function without any.
    fn plain(calls: u64);

    /// The asynchronous function, polled until it is done.
    fn polled(_left: u64) -> Option<std::pin::Pin<Box<dyn Future<Output = ()>>>> {
        None
    }
}
