//! The build without `enabled`: every public item, doing nothing.
//!
//! Mirrors `enabled/mod.rs` item by item; `tests/` compiles one file of uses against both.

pub(crate) mod expansion;
mod outcome;
mod totals;

pub use outcome::Outcome;
pub use totals::Totals;

use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::{
    ConfigError, ConfigValue, ConfigWarning, Health, InitError, ResumeError, SessionId,
    SessionSnapshot, Usage, UsageSource,
};

/// See the build with `enabled`.
#[derive(Clone, Debug, Default)]
pub struct Config(());

#[allow(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    clippy::missing_errors_doc
)]
#[allow(missing_docs)]
impl Config {
    #[inline]
    pub fn load(_codex_home: &Path) -> Result<Self, ConfigError> {
        Ok(Self(()))
    }
    #[inline]
    pub fn at(_codex_home: &Path) -> Self {
        Self(())
    }
    #[inline]
    #[must_use]
    pub fn with_enabled(self, _choice: Option<bool>) -> Self {
        self
    }
    #[inline]
    #[must_use]
    pub fn with_app(self, _name: &str, _version: &str) -> Self {
        self
    }
    #[inline]
    pub fn is_enabled(&self) -> bool {
        false
    }
    #[inline]
    pub fn log_dir(&self) -> PathBuf {
        PathBuf::new()
    }
    #[inline]
    pub fn max_total_bytes(&self) -> u64 {
        0
    }
    #[inline]
    pub fn log_files(&self) -> Vec<(String, Option<PathBuf>)> {
        Vec::new()
    }
    #[inline]
    pub fn warnings(&self) -> &[ConfigWarning] {
        &[]
    }
    #[inline]
    pub fn explain(&self) -> Vec<ConfigValue> {
        Vec::new()
    }
}

/// See the build with `enabled`.
#[inline]
pub fn codex_home() -> PathBuf {
    PathBuf::new()
}

/// See the build with `enabled`.
#[must_use = "dropping it ends telemetry"]
#[derive(Debug)]
pub struct Telemetry(());

/// See the build with `enabled`.
#[inline]
#[allow(
    clippy::unnecessary_wraps,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value
)]
pub fn init(_config: Config) -> Result<Telemetry, InitError> {
    Ok(Telemetry(()))
}

#[allow(missing_docs, clippy::unused_self)]
impl Telemetry {
    #[inline]
    pub fn flush(&self, _timeout: Duration) -> bool {
        true
    }
    #[inline]
    pub fn health(&self) -> Health {
        Health::default()
    }
    #[inline]
    pub fn is_enabled(&self) -> bool {
        false
    }
    #[inline]
    pub fn set_enabled(&self, _enabled: bool) {}
    #[inline]
    #[allow(clippy::needless_pass_by_value)]
    pub fn reconfigure(&self, _config: Config) {}
    #[inline]
    pub fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    #[inline]
    pub fn tui_log(&self) -> TuiLog {
        TuiLog(())
    }
}

/// See the build with `enabled`.
#[derive(Clone, Debug)]
pub struct TuiLog(());

impl io::Write for TuiLog {
    #[inline]
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        Ok(text.len())
    }
    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// See the build with `enabled`.
#[derive(Clone, Debug)]
pub struct Session(());

#[allow(missing_docs, clippy::unused_self, clippy::missing_errors_doc)]
impl Session {
    #[inline]
    #[must_use]
    pub fn start() -> Self {
        Self(())
    }
    #[inline]
    #[must_use]
    pub fn detached() -> Self {
        Self(())
    }
    #[inline]
    #[must_use]
    pub fn child(&self) -> Self {
        Self(())
    }
    #[inline]
    #[must_use]
    pub fn child_of(_parent: SessionId) -> Self {
        Self(())
    }
    #[inline]
    #[allow(clippy::unnecessary_wraps)]
    pub fn resume(_id: SessionId) -> Result<Self, ResumeError> {
        Ok(Self(()))
    }
    #[inline]
    #[must_use]
    pub fn resume_or_start(_id: SessionId) -> Self {
        Self(())
    }
    #[inline]
    pub fn find(beginning: &str) -> Result<SessionId, ResumeError> {
        beginning.trim().parse().map_err(|_| ResumeError::Off)
    }
    #[inline]
    pub fn snapshot_of(_id: SessionId) -> Result<SessionSnapshot, ResumeError> {
        Err(ResumeError::Off)
    }
    #[inline]
    pub fn bind(&self) {}
    #[inline]
    pub fn current() -> Option<Self> {
        None
    }
    #[inline]
    pub fn id(&self) -> SessionId {
        SessionId::from_bytes([0; 16])
    }
    #[inline]
    pub fn parent(&self) -> Option<SessionId> {
        None
    }
    #[inline]
    pub fn snapshot(&self) -> SessionSnapshot {
        SessionSnapshot::default()
    }
    #[inline]
    pub fn watch(&self) -> SessionWatch {
        SessionWatch(())
    }
    #[inline]
    pub fn enter(&self) -> SessionGuard {
        SessionGuard(PhantomData)
    }
    #[inline]
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }
}

/// See the build with `enabled`.
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard(PhantomData<*const ()>);

/// See the build with `enabled`.
#[derive(Debug)]
pub struct SessionWatch(());

#[allow(missing_docs, clippy::unused_self)]
impl SessionWatch {
    #[inline]
    pub fn has_changed(&self) -> bool {
        false
    }
    #[inline]
    pub fn snapshot(&mut self) -> SessionSnapshot {
        SessionSnapshot::default()
    }
    #[inline]
    pub fn poll_changed(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
    #[inline]
    pub fn changed(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        std::future::pending()
    }
    /// Nothing changes in this build: sleeps for as long as the caller is ready to wait.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        std::thread::sleep(timeout);
        false
    }
}

/// See the build with `enabled`.
#[derive(Clone, Debug)]
pub struct SpanContext(());

#[allow(missing_docs, clippy::unused_self)]
impl SpanContext {
    #[inline]
    #[must_use]
    pub fn current() -> Self {
        Self(())
    }
    #[inline]
    pub fn attach(&self) -> ContextGuard {
        ContextGuard(PhantomData)
    }
    #[inline]
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }
}

/// See the build with `enabled`.
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard(PhantomData<*const ()>);

/// See the build with `enabled`.
#[inline]
pub fn record_usage(_source: &(impl UsageSource + ?Sized)) {}

/// See the build with `enabled`.
#[inline]
#[allow(clippy::needless_pass_by_value)]
pub fn note_usage(_usage: Usage) {}

/// See the build with `enabled`.
#[cfg(feature = "serde_json")]
impl UsageSource for serde_json::Value {
    #[inline]
    fn usage(&self) -> Option<crate::Usage> {
        None
    }
}

/// See the build with `enabled`.
#[inline]
#[allow(clippy::missing_errors_doc)]
pub fn read_session<'c>(
    _configs: impl IntoIterator<Item = &'c Config>,
    _id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    Err(ResumeError::Off)
}

/// What is dropped there is dropped here: borrows end in the same places, and no lint finds that a
/// `drop` does nothing.
macro_rules! dropped {
    ($($guard:ty)*) => {$(
        impl Drop for $guard {
            #[inline]
            fn drop(&mut self) {}
        }
    )*};
}
dropped!(Telemetry TuiLog SessionGuard SessionWatch ContextGuard);
