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

/// Defines public, inlined methods of a type. A method without a value returns `()`.
macro_rules! without_effect {
    ($type:ty: $(
        $(#[$attribute:meta])*
        fn $name:ident $(<$generic:ident: ?Sized>)? ($($parameters:tt)*) $(-> $returned:ty)?
            $(= $value:expr)?;
    )*) => {
        impl $type {$(
            $(#[$attribute])*
            #[inline]
            pub fn $name $(<$generic: ?Sized>)? ($($parameters)*) $(-> $returned)? {
                $($value)?
            }
        )*}
    };
}

#[cfg(feature = "tracing")]
mod bridge;
pub(crate) mod expansion;

/// A value that a field takes without a sigil.
pub trait FieldValue {}

impl<T: ?Sized> FieldValue for T {}
mod outcome;
pub(crate) mod status;
mod totals;

#[cfg(feature = "tracing")]
pub use bridge::{TelemetryLayer, layer};
pub use outcome::Outcome;
pub use totals::Totals;

use std::io;
use std::iter;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::traceparent::TraceParent;
use crate::{
    ConfigError, ConfigValue, ConfigWarning, Health, InitError, ParseTraceparentError, ResumeError,
    SessionId, SessionSnapshot, Usage, UsageSource,
};

#[doc = see_enabled!()]
#[derive(Clone, Debug, Default)]
pub struct Config(());

without_effect! { Config:
    fn load(codex_home: &Path) -> Result<Self, ConfigError> = Ok(Self(()));
    #[must_use]
    fn load_or_default(codex_home: &Path, choice: Option<bool>) -> Self = Self(());
    fn at(codex_home: &Path) -> Self = Self(());
    #[must_use]
    fn with_enabled(self, choice: Option<bool>) -> Self = self;
    #[must_use]
    fn with_app(self, name: &str, version: &str) -> Self = self;
    fn is_enabled(&self) -> bool = false;
    fn log_dir(&self) -> PathBuf = PathBuf::new();
    fn max_total_bytes(&self) -> u64 = 0;
    fn log_files(&self) -> Vec<(String, Option<PathBuf>)> = Vec::new();
    fn price_map(&self) -> Option<&Path> = None;
    fn warnings(&self) -> &[ConfigWarning] = &[];
    fn explain(&self) -> Vec<ConfigValue> = Vec::new();
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

without_effect! { Telemetry:
    fn flush(&self, timeout: Duration) -> bool = true;
    fn health(&self) -> Health = Health::default();
    fn is_enabled(&self) -> bool = false;
    fn set_enabled(&self, enabled: bool);
    fn reconfigure(&self, config: Config);
    fn files(&self) -> Vec<PathBuf> = Vec::new();
    fn tui_log(&self) -> TuiLog = TuiLog(());
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

without_effect! { Session:
    #[must_use]
    fn start() -> Self = Self(());
    #[must_use]
    fn detached() -> Self = Self(());
    #[must_use]
    fn child(&self) -> Self = Self(());
    #[must_use]
    fn child_of(parent: SessionId) -> Self = Self(());
    fn resume(id: SessionId) -> Result<Self, ResumeError> = Ok(Self(()));
    #[must_use]
    fn resume_or_start(id: SessionId) -> Self = Self(());
    fn find(beginning: &str) -> Result<SessionId, ResumeError> =
        beginning.trim().parse().map_err(|_| ResumeError::Off);
    fn snapshot_of(id: SessionId) -> Result<SessionSnapshot, ResumeError> = Err(ResumeError::Off);
    fn bind(&self);
    fn current() -> Option<Self> = None;
    fn id(&self) -> SessionId = SessionId::from_bytes([0; 16]);
    fn parent(&self) -> Option<SessionId> = None;
    fn snapshot(&self) -> SessionSnapshot = SessionSnapshot::default();
    fn watch(&self) -> SessionWatch = SessionWatch(());
    fn enter(&self) -> SessionGuard = SessionGuard(PhantomData);
}

impl Session {
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

without_effect! { SessionWatch:
    fn has_changed(&self) -> bool = false;
    fn snapshot(&mut self) -> SessionSnapshot = SessionSnapshot::default();
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> = Poll::Pending;
}

impl SessionWatch {
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

without_effect! { SpanContext:
    #[must_use]
    fn current() -> Self = Self(());
    #[must_use]
    fn with_tracestate(self, tracestate: &str) -> Self = self;
    fn traceparent(&self) -> Option<String> = None;
    fn attach(&self) -> ContextGuard = ContextGuard(PhantomData);
}

impl SpanContext {
    pub fn from_traceparent(traceparent: &str) -> Result<Self, ParseTraceparentError> {
        traceparent.parse().map(|TraceParent { .. }| Self(()))
    }
    #[inline]
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        iter::empty()
    }
    #[inline]
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        iter::empty()
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
