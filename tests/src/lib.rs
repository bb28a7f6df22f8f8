//! What the whole-process tests share: homes, the demo, misbehaving servers, a real proxy, and the
//! check that every line a test wrote keeps to its schema.

pub mod demo;
pub mod exchange;
pub mod home;
pub mod listener;
pub mod logs;
pub mod missing;
pub mod proxy;

/// This repository.
pub fn root() -> &'static std::path::Path {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}
