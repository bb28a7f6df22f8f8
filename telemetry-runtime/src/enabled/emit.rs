//! Spans and events of telemetry that are passed on to `tracing`, where the setting `emit_to_tracing` asks for it.
//!
//! A span has a span of `tracing` beside it, which is opened, entered and closed with it. The subscriber is code of the
//! host: it is never called while thread-local state is borrowed or a lock is held. Spans and events that it
//! records itself meanwhile are not passed on, and the layer of telemetry ignores the ones that are passed on.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::race::OnceBox;
use tracing_core::callsite::{self, Identifier};
use tracing_core::field::{FieldSet, Value, ValueSet};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Interest, Kind, Metadata, dispatcher};

use super::callsite::{Callsite, CallsiteKind};
use super::chains::{Chains, mix};
use super::frame::{Frame, FrameItem, ItemRole, RawValue};
use super::mask;
use super::panics::catch_user_panic;
use crate::{Level, Outcome, SessionId};

/// The target of everything that is passed on.
const TARGET: &str = "telemetry";
/// The field with the outcome of a span, which is recorded at its end.
const OUTCOME: &str = "outcome";

static ON: AtomicBool = AtomicBool::new(false);
/// Never reset: a span that is open when the setting changes still has its span of `tracing`.
static WAS_ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    static EMITTING: Cell<bool> = const { Cell::new(false) };
}

/// Puts the setting in force.
pub(crate) fn set(on: bool) {
    if on {
        WAS_ON.store(true, Ordering::Relaxed);
    }
    ON.store(on, Ordering::Relaxed);
}

/// Returns whether spans and events are passed on now.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Ordering::Relaxed) && !is_emitting()
}

/// Returns whether a span may have a span of `tracing` beside it.
#[inline]
pub(crate) fn was_on() -> bool {
    WAS_ON.load(Ordering::Relaxed)
}

/// Returns whether this thread calls the subscriber at the moment.
#[inline]
pub(crate) fn is_emitting() -> bool {
    EMITTING.get()
}

/// Calls the subscriber. Returns `None` if it panics.
fn emit<R>(call: impl FnOnce() -> R) -> Option<R> {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            EMITTING.set(self.0);
        }
    }
    let _restore = Restore(EMITTING.replace(true));
    catch_user_panic(call)
}

/// A span of `tracing` beside a span of telemetry.
pub(crate) struct Emitted {
    dispatch: Dispatch,
    id: Id,
    site: &'static EmittedSite,
}

impl Emitted {
    /// Opens the span, with the fields of a frame. Returns `None` if the subscriber has disabled the call site.
    #[cold]
    pub(crate) fn open(callsite: &'static Callsite, frame: &Frame) -> Option<Box<Self>> {
        emit(|| {
            let site = EmittedSite::of(callsite, frame);
            let dispatch = dispatcher::get_default(Dispatch::clone);
            let open = |values: &ValueSet<'_>| {
                let is_wanted = dispatch.enabled(site.metadata);
                is_wanted.then(|| dispatch.new_span(&Attributes::new(site.metadata, values)))
            };
            let id = site.with_values(frame, open)?;
            Some(Box::new(Self { dispatch, id, site }))
        })?
    }

    #[cold]
    pub(crate) fn enter(&self) {
        emit(|| self.dispatch.enter(&self.id));
    }

    #[cold]
    pub(crate) fn exit(&self) {
        emit(|| self.dispatch.exit(&self.id));
    }

    /// Closes the span with this outcome.
    #[cold]
    pub(crate) fn close(&self, outcome: Outcome) {
        let fields = self.site.metadata.fields();
        let outcome = outcome.as_str();
        let mut values: Vec<Option<&dyn Value>> = vec![None; fields.len()];
        if let Some(last) = values.last_mut() {
            *last = Some(&outcome);
        }
        emit(|| {
            let values = fields.value_set_all(&values);
            self.dispatch.record(&self.id, &Record::new(&values));
            self.dispatch.try_close(self.id.clone());
        });
    }
}

impl fmt::Debug for Emitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitted").finish_non_exhaustive()
    }
}

/// Passes an event on, with the fields of a frame.
#[cold]
pub(crate) fn event(callsite: &'static Callsite, frame: &Frame) {
    emit(|| {
        let site = EmittedSite::of(callsite, frame);
        dispatcher::get_default(|dispatch| {
            site.with_values(frame, |values| {
                if dispatch.enabled(site.metadata) {
                    dispatch.event(&Event::new(site.metadata, values));
                }
            });
        });
    });
}

/// A call site of telemetry as a call site of `tracing`. `tracing` needs to know the fields of a call site in advance: they
/// are those of its first record, and other ones are not passed on.
struct EmittedSite {
    callsite: &'static Callsite,
    metadata: &'static Metadata<'static>,
}

static SITES: Chains<EmittedSite, 256> = Chains::new();

impl EmittedSite {
    fn of(callsite: &'static Callsite, frame: &Frame) -> &'static Self {
        let hash = mix(std::ptr::from_ref(callsite).addr() as u64);
        let found = SITES.find(hash, |site| std::ptr::eq(site.callsite, callsite));
        found.unwrap_or_else(|| {
            let metadata = Registered::metadata_of(callsite, frame);
            SITES.insert(hash, Self { callsite, metadata })
        })
    }

    /// Calls `work` with the fields of a frame.
    fn with_values<R>(&self, frame: &Frame, work: impl FnOnce(&ValueSet<'_>) -> R) -> R {
        let fields = self.metadata.fields();
        let value = |name: &str| {
            let named = |item: &FrameItem<'_>| is_field(item) && item.key.text() == name.as_bytes();
            frame.items().find(named).map(|item| owned(&item.value))
        };
        let values: Vec<Option<Box<dyn Value>>> =
            fields.iter().map(|field| value(field.name())).collect();
        let values: Vec<Option<&dyn Value>> = values.iter().map(Option::as_deref).collect();
        work(&fields.value_set_all(&values))
    }
}

fn is_field(item: &FrameItem<'_>) -> bool {
    item.role == ItemRole::Field
}

/// Returns a value as `tracing` takes it. Secrets are masked, and long texts cut.
fn owned(value: &RawValue<'_>) -> Box<dyn Value> {
    let text = |bytes: &[u8], cap: usize| {
        let masked = mask::mask_beginning(bytes, bytes.len());
        let text = String::from_utf8_lossy(&masked);
        let end = text.floor_char_boundary(cap);
        let mark = if end < text.len() { "…" } else { "" };
        format!("{}{mark}", &text[..end])
    };
    match *value {
        RawValue::Unsigned(value) => Box::new(value),
        RawValue::Signed(value) => Box::new(value),
        RawValue::LongUnsigned(value) => Box::new(value),
        RawValue::LongSigned(value) => Box::new(value),
        RawValue::Float(value) => Box::new(value),
        RawValue::ShortFloat(value) => Box::new(f64::from(value)),
        RawValue::Bool(value) => Box::new(value),
        RawValue::Uuid(bytes) => Box::new(SessionId::from_bytes(bytes).to_string()),
        RawValue::Text(whole) => Box::new(text(whole, usize::MAX)),
        RawValue::Cut {
            text: near, cap, ..
        } => Box::new(text(near, cap)),
        RawValue::Panicked => Box::new("[panicked]"),
        // The others are not fields.
        _ => Box::new(mask::REDACTED),
    }
}

/// The call site that is registered with `tracing`.
struct Registered(OnceBox<Metadata<'static>>);

impl Registered {
    /// Makes and registers the metadata of a call site. All of it is leaked, as the call sites of `tracing` are static.
    fn metadata_of(callsite: &'static Callsite, frame: &Frame) -> &'static Metadata<'static> {
        let items = frame.items().filter(is_field);
        let mut names: Vec<&'static str> = Vec::new();
        for item in items {
            let name = String::from_utf8_lossy(item.key.text());
            if name != OUTCOME && !names.contains(&&*name) {
                names.push(name.into_owned().leak());
            }
        }
        names.push(OUTCOME);
        let registered: &'static Self = Box::leak(Box::new(Self(OnceBox::new())));
        let fields = FieldSet::new(names.leak(), Identifier(registered));
        let (file, line) = callsite.src.rsplit_once(':').unwrap_or((callsite.src, "1"));
        let metadata = Metadata::new(
            callsite.name,
            TARGET,
            level(callsite.level),
            Some(file),
            line.parse().ok(),
            None,
            fields,
            match callsite.kind {
                CallsiteKind::Span => Kind::SPAN,
                _ => Kind::EVENT,
            },
        );
        let metadata = registered.0.get_or_init(|| Box::new(metadata));
        callsite::register(registered);
        metadata
    }
}

impl callsite::Callsite for Registered {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        static NONE: Registered = Registered(OnceBox::new());
        static UNKNOWN: Metadata<'static> = Metadata::new(
            TARGET,
            TARGET,
            tracing_core::Level::TRACE,
            None,
            None,
            None,
            FieldSet::new(&[], Identifier(&NONE)),
            Kind::SPAN,
        );
        self.0.get().unwrap_or(&UNKNOWN)
    }
}

fn level(level: Level) -> tracing_core::Level {
    match level {
        Level::Error => tracing_core::Level::ERROR,
        Level::Warn => tracing_core::Level::WARN,
        Level::Info => tracing_core::Level::INFO,
        Level::Debug => tracing_core::Level::DEBUG,
        Level::Trace => tracing_core::Level::TRACE,
    }
}
