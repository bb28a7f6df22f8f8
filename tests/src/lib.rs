//! Code that the whole-process tests share: homes, the demo, servers with invalid answers, a real
//! proxy, libraries that replace calls of the C library, and the validation of every written line against its schema.

pub mod demo;
pub mod engines;
pub mod exchange;
pub mod executor;
pub mod home;
pub mod listener;
pub mod logs;
pub mod missing;
#[cfg(unix)]
pub mod preloaded;
pub mod proxy;
#[cfg(unix)]
pub mod terminal;

/// Returns the directory of this repository.
pub fn root() -> &'static std::path::Path {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}
