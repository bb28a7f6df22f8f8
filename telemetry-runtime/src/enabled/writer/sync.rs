//! The atomics of `signal`; `tests/model` replaces this module by loom's.

pub(super) use std::sync::atomic::{AtomicBool, Ordering};
