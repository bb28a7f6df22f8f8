//! The build without `enabled`: every public item, without an effect.
//!
//! Mirrors `enabled/mod.rs` item by item, with equal signatures; `tests/` compiles one file of uses against
//! both. The documentation of the items is in `enabled`, from where rustdoc copies it (`documentation_of`).
#![expect(
    missing_docs,
    unused_variables,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    reason = "the signatures and their documentation are those of the build with `enabled`"
)]

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

/// Like `without_effect`, for the public items: rustdoc copies the documentation of each method.
macro_rules! mirrored {
    ($type:ident: $(
        $(#[$attribute:meta])*
        fn $name:ident ($($parameters:tt)*) $(-> $returned:ty)? $(= $value:expr)?;
    )*) => {
        without_effect! { $type: $(
            #[cfg_attr(doc, telemetry_macros::documentation_of($type::$name))]
            $(#[$attribute])*
            fn $name ($($parameters)*) $(-> $returned)? $(= $value)?;
        )*}
    };
}

#[cfg(feature = "tracing")]
mod bridge;
pub(crate) mod expansion;
mod field_value;
mod outcome;
#[cfg(feature = "ratatui")]
pub(crate) mod screen;
pub(crate) mod status;
mod totals;

#[cfg(feature = "tracing")]
pub use bridge::{TelemetryLayer, layer};
pub use field_value::{FieldValue, UsageSession};
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
    ConfigError, ConfigValue, ConfigWarning, DailySpend, Health, InitError, ParseTraceparentError,
    ResumeError, SessionId, SessionSnapshot, Usage, UsageSource,
};

#[cfg_attr(doc, telemetry_macros::documentation_of(Config))]
#[derive(Clone, Debug, Default)]
pub struct Config(());

mirrored! { Config:
    fn load(codex_home: impl AsRef<Path>) -> Result<Self, ConfigError> = Ok(Self(()));
    #[must_use]
    fn load_or_default(codex_home: impl AsRef<Path>, choice: Option<bool>) -> Self = Self(());
    fn at(codex_home: impl AsRef<Path>) -> Self = Self(());
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

#[cfg_attr(doc, telemetry_macros::documentation_of(load_with_errors))]
pub fn load_with_errors(codex_home: impl AsRef<Path>) -> (Config, Vec<ConfigError>) {
    (Config(()), Vec::new())
}

#[cfg_attr(doc, telemetry_macros::documentation_of(codex_home))]
#[inline]
pub fn codex_home() -> PathBuf {
    PathBuf::new()
}

#[cfg_attr(doc, telemetry_macros::documentation_of(Telemetry))]
#[must_use = "dropping it ends telemetry at once: keep it until the end of the program, with `let _telemetry = …` and not `let _ = …`"]
#[derive(Debug)]
pub struct Telemetry(());

#[cfg_attr(doc, telemetry_macros::documentation_of(init))]
#[inline]
pub fn init(config: Config) -> Result<Telemetry, InitError> {
    Ok(Telemetry(()))
}

mirrored! { Telemetry:
    fn flush(&self, timeout: Duration) -> bool = true;
    fn health(&self) -> Health = Health::default();
    fn is_enabled(&self) -> bool = false;
    fn set_enabled(&self, enabled: bool);
    fn reconfigure(&self, config: Config);
    fn files(&self) -> Vec<PathBuf> = Vec::new();
    fn on_spend_limit(&self, daily_usd: f64, callback: impl Fn(DailySpend) + Send + Sync + 'static);
    fn tui_log(&self) -> TuiLog = TuiLog(());
}

#[cfg_attr(doc, telemetry_macros::documentation_of(TuiLog))]
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

#[cfg_attr(doc, telemetry_macros::documentation_of(Session))]
#[derive(Clone, Debug)]
pub struct Session(());

mirrored! { Session:
    fn builder() -> SessionBuilder = SessionBuilder(());
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    fn start() -> Self = Self(());
    #[must_use]
    fn detached() -> Self = Self(());
    #[must_use]
    fn child(&self) -> Self = Self(());
    #[must_use]
    fn child_of(parent: SessionId) -> Self = Self(());
    // rustc shows the next line below its error about a text in the place of the id.
    fn resume(id: SessionId /* from a text: `text.parse()?`, or `Session::find(text)?` for its beginning */) -> Result<Self, ResumeError> = Ok(Self(()));
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    fn resume_or_start(id: SessionId /* from a text: `text.parse()?`, or `Session::find(text)?` for its beginning */) -> Self = Self(());
    fn find(beginning: &str) -> Result<SessionId, ResumeError> =
        beginning.trim().parse().map_err(|_| ResumeError::Off);
    fn snapshot_of(id: SessionId) -> Result<SessionSnapshot, ResumeError> = Err(ResumeError::Off);
    fn bind(&self);
    fn current() -> Option<Self> = None;
    fn id(&self) -> SessionId = SessionId::from_bytes([0; 16]);
    fn parent(&self) -> Option<SessionId> = None;
    fn snapshot(&self) -> SessionSnapshot = status::snapshot();
    fn watch(&self) -> SessionWatch = SessionWatch(());
    fn enter(&self) -> SessionGuard = SessionGuard(PhantomData);
}

impl Session {
    #[cfg_attr(doc, telemetry_macros::documentation_of(Session::in_scope))]
    #[inline]
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }
}

#[cfg_attr(doc, telemetry_macros::documentation_of(SessionBuilder))]
#[must_use = "`start` makes the session"]
#[derive(Clone, Debug, Default)]
pub struct SessionBuilder(());

mirrored! { SessionBuilder:
    fn project(self, name: &str) -> Self = self;
    fn user(self, name: &str) -> Self = self;
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    fn start(self) -> Session = Session(());
    #[must_use]
    fn detached(self) -> Session = Session(());
    fn resume(self, id: SessionId) -> Result<Session, ResumeError> = Ok(Session(()));
    #[must_use = "the session stays bound to the process without this value, which gives its id and its totals: write `let _ = …` if the host needs neither"]
    fn resume_or_start(self, id: SessionId) -> Session = Session(());
}

#[cfg_attr(doc, telemetry_macros::documentation_of(SessionGuard))]
#[must_use = "the session is left when this is dropped"]
#[derive(Debug)]
pub struct SessionGuard(PhantomData<*const ()>);

#[cfg_attr(doc, telemetry_macros::documentation_of(SessionWatch))]
#[derive(Debug)]
pub struct SessionWatch(());

mirrored! { SessionWatch:
    fn has_changed(&self) -> bool = false;
    fn snapshot(&mut self) -> SessionSnapshot = status::snapshot();
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<()> = Poll::Pending;
}

impl SessionWatch {
    #[cfg_attr(doc, telemetry_macros::documentation_of(SessionWatch::changed))]
    #[inline]
    pub fn changed(&mut self) -> impl Future<Output = ()> + Send + use<'_> {
        std::future::pending()
    }
    #[cfg_attr(doc, telemetry_macros::documentation_of(SessionWatch::wait))]
    pub fn wait(&mut self, timeout: Duration) -> bool {
        // Nothing changes in this build.
        std::thread::sleep(timeout);
        false
    }
}

#[cfg_attr(doc, telemetry_macros::documentation_of(SpanContext))]
#[derive(Clone, Debug)]
pub struct SpanContext(());

mirrored! { SpanContext:
    #[must_use]
    fn current() -> Self = Self(());
    #[must_use]
    fn with_tracestate(self, tracestate: &str) -> Self = self;
    fn traceparent(&self) -> Option<String> = None;
    fn attach(&self) -> ContextGuard = ContextGuard(PhantomData);
}

impl SpanContext {
    #[cfg_attr(doc, telemetry_macros::documentation_of(SpanContext::from_traceparent))]
    pub fn from_traceparent(traceparent: &str) -> Result<Self, ParseTraceparentError> {
        traceparent.parse().map(|TraceParent { .. }| Self(()))
    }
    #[cfg_attr(doc, telemetry_macros::documentation_of(SpanContext::headers))]
    #[inline]
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        iter::empty()
    }
    #[cfg_attr(doc, telemetry_macros::documentation_of(SpanContext::environment))]
    #[inline]
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        iter::empty()
    }
    #[cfg_attr(doc, telemetry_macros::documentation_of(SpanContext::in_scope))]
    #[inline]
    pub fn in_scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }
}

#[cfg_attr(doc, telemetry_macros::documentation_of(ContextGuard))]
#[must_use = "the context is left when this is dropped"]
#[derive(Debug)]
pub struct ContextGuard(PhantomData<*const ()>);

#[cfg_attr(doc, telemetry_macros::documentation_of(record_usage))]
#[inline]
pub fn record_usage(source: &(impl UsageSource + ?Sized)) {}

#[cfg_attr(doc, telemetry_macros::documentation_of(note_usage))]
#[inline]
pub fn note_usage(usage: Usage) {}

#[cfg(feature = "serde_json")]
impl UsageSource for serde_json::Value {
    #[inline]
    fn usage(&self) -> Option<Usage> {
        None
    }
}

#[cfg_attr(doc, telemetry_macros::documentation_of(read_session))]
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
