//! `hotpath`, which adds up durations in memory and writes no lines. It is a lower bound.

use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;

use hotpath::{Format, HotpathGuard, HotpathGuardBuilder};

use crate::peer::{Peer, Pending, body};

pub(crate) struct Hotpath;

#[inline(never)]
#[hotpath::measure]
fn plain(count: u64) -> u64 {
    body("", count, true)
}

#[inline(never)]
#[hotpath::measure]
async fn polled(left: u64) {
    Pending { left }.await;
}

impl Peer for Hotpath {
    const NAME: &'static str = "hotpath";
    const WRITES: bool = false;
    type Running = HotpathGuard;

    fn start(_: &Path) -> HotpathGuard {
        HotpathGuardBuilder::new("benches")
            .format(Format::None)
            .build()
    }

    fn finish(guard: HotpathGuard) {
        drop(guard);
    }

    /// Does nothing, because hotpath has no fields.
    fn fields(_: u64) {}

    fn plain(calls: u64) {
        for count in 0..calls {
            black_box(plain(black_box(count)));
        }
    }

    fn polled(left: u64) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        Some(Box::pin(polled(left)))
    }
}
