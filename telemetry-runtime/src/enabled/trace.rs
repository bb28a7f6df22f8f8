//! W3C trace and span ids.
//!
//! A span has a number, which is unique in its process; its id is a hash of the random id of the launch and the number,
//! and the id of its trace is a hash of the number of its root. So neither costs the thread of the span anything: the
//! writer computes the ids when it makes the line, and a request when it makes its record.
//!
//! A trace that another process began is the exception: the spans below a [`RemoteParent`] carry its trace id.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use telemetry_schema::launch::LaunchKeys;

use super::process::{Inherited, PerProcess};
use super::random::random_bytes;
use super::reentry;
use crate::traceparent::TraceParent;

/// The random id of this process.
static LAUNCH: PerProcess<Launch> = PerProcess::new(|| Launch::of(random_bytes()));

/// The random id of a process, from which the ids of its spans are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Launch(LaunchKeys);

impl Launch {
    /// Returns the launch of this process. A forked child has another one than its parent.
    pub(crate) fn current() -> Self {
        *LAUNCH.get()
    }

    fn of(id: [u8; 16]) -> Self {
        Self(LaunchKeys::of(u128::from_be_bytes(id)))
    }

    /// Returns the id of the launch, as header records have it.
    pub(crate) fn id(self) -> u128 {
        self.0.id()
    }

    /// Returns the id of the span with this number. The ids of one launch differ from each other.
    #[inline]
    pub(crate) fn span_id(self, number: u64) -> u64 {
        self.0.span_id(number)
    }

    /// Returns the id of the trace that the root span with this number began. Its lower half is the id of that span.
    #[inline]
    pub(crate) fn trace_id(self, root: u64) -> u128 {
        self.0.trace_id(root)
    }

    /// Returns the digits of the id of a trace that began in this process.
    #[inline]
    pub(crate) fn trace_digits(self, root: u64) -> [u8; 32] {
        self.trace_digits_with(root, hex(self.span_id(root)))
    }

    #[inline]
    fn trace_digits_with(self, root: u64, lower: [u8; 16]) -> [u8; 32] {
        let mut trace = [0; 32];
        trace[..16].copy_from_slice(&hex(self.0.upper_trace_id(root)));
        trace[16..].copy_from_slice(&lower);
        trace
    }

    /// Returns the digits of the ids of the trace and of the span, for a tree that began in this process.
    #[inline]
    pub(crate) fn digits(self, root: u64, span: u64) -> ([u8; 32], [u8; 16]) {
        let span_digits = hex(self.span_id(span));
        let lower = if root == span {
            span_digits
        } else {
            hex(self.span_id(root))
        };
        (self.trace_digits_with(root, lower), span_digits)
    }
}

/// A span of another process, below which spans of this process are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RemoteParent {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    /// Whether the other process records its part of the trace.
    pub(crate) sampled: bool,
}

impl From<TraceParent> for RemoteParent {
    fn from(parent: TraceParent) -> Self {
        let TraceParent {
            trace,
            span,
            sampled,
        } = parent;
        Self {
            trace,
            span,
            sampled,
        }
    }
}

/// The parent of this process's roots; `None` unless `TRACEPARENT` names one.
static PROCESS_PARENT: Inherited<RemoteParent> = Inherited::new();
static HAS_PROCESS_PARENT: AtomicBool = AtomicBool::new(false);

/// Sets the parent of the spans that have none in this process.
pub(crate) fn set_process_parent(parent: Option<RemoteParent>) {
    HAS_PROCESS_PARENT.store(parent.is_some(), Ordering::Relaxed);
    PROCESS_PARENT.replace(parent.map(Arc::new));
}

/// Returns the parent of the spans that have none in this process. Without one, costs a load.
#[inline]
pub(crate) fn process_parent() -> Option<RemoteParent> {
    if HAS_PROCESS_PARENT.load(Ordering::Relaxed) {
        load_process_parent()
    } else {
        None
    }
}

#[cold]
fn load_process_parent() -> Option<RemoteParent> {
    let _inside = reentry::enter();
    PROCESS_PARENT.load().as_deref().copied()
}

/// The place of a span in its tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpanPlace {
    /// The number of the span; 0 if there is none, as in the context of a remote parent.
    pub(crate) number: u64,
    /// The number of the root of the tree.
    pub(crate) root: u64,
    /// The remote parent of the root.
    pub(crate) remote: Option<RemoteParent>,
}

impl SpanPlace {
    /// Returns the place below which spans without a parent in this process are.
    #[inline]
    pub(crate) fn outside() -> Self {
        Self {
            remote: process_parent(),
            ..Self::default()
        }
    }

    /// Returns the place of a span of another process.
    pub(crate) fn of_remote(parent: TraceParent) -> Self {
        Self {
            remote: Some(parent.into()),
            ..Self::default()
        }
    }

    /// Returns the `traceparent` with which another process names this place as its parent; `None` without a span.
    pub(crate) fn traceparent(&self) -> Option<TraceParent> {
        Some(TraceParent {
            trace: self.trace_id(),
            span: self.span_id()?,
            // This process records whole traces, so that only a remote parent can clear the flag.
            sampled: self.remote.is_none_or(|remote| remote.sampled),
        })
    }

    /// Returns the id of the trace.
    pub(crate) fn trace_id(&self) -> u128 {
        match self.remote {
            Some(remote) => remote.trace,
            None => Launch::current().trace_id(self.root),
        }
    }

    /// Returns the id of the span: for a number of 0, that of the remote parent.
    pub(crate) fn span_id(&self) -> Option<u64> {
        match (self.number, self.remote) {
            (0, remote) => remote.map(|remote| remote.span),
            (number, _) => Some(Launch::current().span_id(number)),
        }
    }

    /// Returns the place of a new span with this number, whose parent has the place `self`.
    #[inline]
    pub(crate) fn child(&self, number: u64) -> Self {
        Self {
            number,
            root: if self.number == 0 { number } else { self.root },
            remote: self.remote,
        }
    }
}

/// Returns the 16 hexadecimal digits of an id.
#[inline]
pub(crate) fn hex(id: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    digits[..8].copy_from_slice(&eight_digits(id >> 32));
    digits[8..].copy_from_slice(&eight_digits(id & 0xffff_ffff));
    digits
}

/// Returns the digits of a number below 2^32. Each half-byte is moved into a byte of its own, and all bytes become digits
/// at once.
#[inline]
const fn eight_digits(number: u64) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let pairs = (number | number << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
    let values = (bytes | bytes << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 for a letter: 10 + 6 has the fifth bit.
    let letters = ((values + 6 * ONES) >> 4) & ONES;
    (values + b'0' as u64 * ONES + letters * (b'a' - 10 - b'0') as u64).to_be_bytes()
}

/// Returns the 32 hexadecimal digits of an id.
#[inline]
pub(crate) fn long_hex(id: u128) -> [u8; 32] {
    let (upper, lower) = halves(id);
    let mut digits = [0; 32];
    digits[..16].copy_from_slice(&hex(upper));
    digits[16..].copy_from_slice(&hex(lower));
    digits
}

/// Returns the upper and the lower half of an id.
#[expect(clippy::cast_possible_truncation, reason = "each half is a u64")]
const fn halves(id: u128) -> (u64, u64) {
    ((id >> 64) as u64, id as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_with_all_digits() {
        assert_eq!(&hex(0xab), b"00000000000000ab");
        assert_eq!(&hex(0x0123_4567_89ab_cdef), b"0123456789abcdef");
        let launch = Launch::of([7; 16]);
        for (root, span) in [(3, 3), (3, 4)] {
            let (trace, own) = launch.digits(root, span);
            assert_eq!(trace, long_hex(launch.trace_id(root)));
            assert_eq!(own, hex(launch.span_id(span)));
            assert_eq!(launch.trace_digits(root), trace);
        }
        assert_eq!(
            &long_hex(1 << 64 | 0xf),
            b"0000000000000001000000000000000f"
        );
    }

    #[test]
    fn a_child_of_a_remote_parent_is_a_root_in_the_trace_of_the_parent() {
        let remote = RemoteParent {
            trace: 0x4bf9,
            span: 0x00f0,
            sampled: true,
        };
        let context = SpanPlace {
            remote: Some(remote),
            ..SpanPlace::default()
        };
        assert_eq!(context.span_id(), Some(0x00f0));
        let root = context.child(3);
        let inner = root.child(4);
        assert_eq!((root.root, inner.root), (3, 3));
        assert_eq!((root.trace_id(), inner.trace_id()), (0x4bf9, 0x4bf9));
        assert_ne!(root.span_id(), inner.span_id());
    }
}
