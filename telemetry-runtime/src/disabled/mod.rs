//! The build without `enabled`: every public item, without an effect.
//!
//! Mirrors `enabled/mod.rs` item by item, with equal signatures; `tests/` compiles one file of uses against
//! both. The documentation of the items is in `enabled`.
#![expect(
    missing_docs,
    unused_variables,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    reason = "the signatures and their documentation are those of the build with `enabled`"
)]

/// The documentation of every type in this build.
macro_rules! see_enabled {
    () => {
        "Has no effect in this build. See the documentation of the build with `enabled`."
    };
}

pub(crate) mod expansion;
mod outcome;
pub(crate) mod status;
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

#[doc = see_enabled!()]
#[derive(Clone, Debug, Default)]
pub struct Config(());

impl Config {
    #[inline]
    pub fn load(codex_home: &Path) -> Result<Self, ConfigError> {
        Ok(Self(()))
    }
    #[inline]
    pub fn at(codex_home: &Path) -> Self {
        Self(())
    }
    #[inline]
    #[must_use]
    pub fn with_enabled(self, choice: Option<bool>) -> Self {
        self
    }
    #[inline]
    #[must_use]
    pub fn with_app(self, name: &str, version: &str) -> Self {
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

#[doc = see_enabled!()]
#[inline]
pub fn codex_home() -> PathBuf {
    PathBuf::new()
}

#[doc = see_enabled!()]
#[must_use = "dropping it ends telemetry"]
#[derive(Debug)]
pub struct Telemetry(());

#[doc = see_enabled!()]
#[inline]
pub fn init(config: Config) -> Result<Telemetry, InitError> {
    Ok(Telemetry(()))
}

impl Telemetry {
    #[inline]
    pub fn flush(&self, timeout: Duration) -> bool {
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
    pub fn set_enabled(&self, enabled: bool) {}
    #[inline]
    pub fn reconfigure(&self, config: Config) {}
    #[inline]
    pub fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    #[inline]
    pub fn tui_log(&self) -> TuiLog {
        TuiLog(())
    }
}

#[doc = see_enabled!()]
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

#[doc = see_enabled!()]
#[derive(Clone, Debug)]
pub struct Session(());

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
    pub fn child_of(parent: SessionId) -> Self {
        Self(())
    }
    #[inline]
    pub fn resume(id: SessionId) -> Result<Self, ResumeError> {
        Ok(Self(()))
    }
    #[inline]
    #[must_use]
    pub fn resume_or_start(id: SessionId) -> Self {
        Self(())
    }
    #[inline]
    pub fn find(beginning: &str) -> Result<SessionId, ResumeError> {
        beginning.trim().parse().map_err(|_| ResumeError::Off)
    }
    #[inline]
    pub fn snapshot_of(id: SessionId) -> Result<SessionSnapshot, ResumeError> {
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

#[doc = see_enabled!()]
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard(PhantomData<*const ()>);

#[doc = see_enabled!()]
#[derive(Debug)]
pub struct SessionWatch(());

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
    pub fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
    #[inline]
    pub fn changed(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        std::future::pending()
    }
    /// Sleeps for the whole timeout: nothing changes in this build.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        std::thread::sleep(timeout);
        false
    }
}

#[doc = see_enabled!()]
#[derive(Clone, Debug)]
pub struct SpanContext(());

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

#[doc = see_enabled!()]
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard(PhantomData<*const ()>);

#[doc = see_enabled!()]
#[inline]
pub fn record_usage(source: &(impl UsageSource + ?Sized)) {}

#[doc = see_enabled!()]
#[inline]
pub fn note_usage(usage: Usage) {}

#[doc = see_enabled!()]
#[cfg(feature = "serde_json")]
impl UsageSource for serde_json::Value {
    #[inline]
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[doc = see_enabled!()]
#[inline]
pub fn read_session<'c>(
    configs: impl IntoIterator<Item = &'c Config>,
    id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    Err(ResumeError::Off)
}

/// Gives the types destructors as in the build with `enabled`: borrows end in the same places, and no lint
/// finds that a call of `drop` has no effect.
macro_rules! drop_without_effect {
    ($($guard:ty)*) => {$(
        impl Drop for $guard {
            #[inline]
            fn drop(&mut self) {}
        }
    )*};
}
drop_without_effect!(Telemetry TuiLog SessionGuard SessionWatch ContextGuard);
