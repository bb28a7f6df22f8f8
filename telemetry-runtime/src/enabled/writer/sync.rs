//! What `signal` is built on; `tests/model` puts loom's in its place.

pub(super) use std::sync::atomic::{AtomicBool, Ordering};
