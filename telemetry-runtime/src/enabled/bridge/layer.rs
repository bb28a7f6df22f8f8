//! The layer: one function for each callback of `tracing`.

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::open_spans::{OpenSpan, OpenSpans};
use super::site::Site;
use super::visit::FrameVisitor;
use crate::Outcome;
use crate::enabled::clock::{self, Ticks};
use crate::enabled::emit;
use crate::enabled::frame::{DEBUG_LOG, FrameKind, Route, SpanIds};
use crate::enabled::panics::catch_internal_panic;
use crate::enabled::reentry;
use crate::enabled::session;
use crate::enabled::thread::{self, Local, SpanData};
use crate::enabled::trace::SpanPlace;

/// A layer of `tracing_subscriber` that records spans and events of `tracing`. [`layer`] makes it.
#[derive(Debug)]
pub struct TelemetryLayer {
    spans: OpenSpans,
}

/// Returns a layer that writes spans and events of `tracing`, and records of `log` that `tracing-log` passes on, to the logs
/// of telemetry.
///
/// * Spans and events of the targets in `[telemetry.logs.debug] targets` become records of the debug log. Spans of
///   `tracing` and of `#[telemetry_span]` are parents of each other.
/// * Events become lines of the TUI log: time, level, target, text, fields. `RUST_LOG` selects them, or else
///   `[telemetry.logs.tui] filter`, or else the `level` of that log.
///
/// The layer never disables a span or an event for other layers. It may be added before [`init`](crate::init): it records
/// while telemetry is on.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(telemetry_runtime::layer());
/// # drop(subscriber);
/// ```
#[must_use = "the layer records when it is added to a subscriber"]
pub fn layer() -> TelemetryLayer {
    TelemetryLayer {
        spans: OpenSpans::new(),
    }
}

/// The span around a new span or an event.
enum Around {
    None,
    /// The innermost span of the thread's stack, of either kind.
    Current,
    /// The span with this id of `tracing`.
    Span(u64),
}

impl Around {
    fn of(is_contextual: bool, parent: Option<&Id>) -> Self {
        match parent {
            _ if is_contextual => Self::Current,
            Some(id) => Self::Span(id.into_u64()),
            None => Self::None,
        }
    }
}

/// Any subscriber is accepted, because the layer takes parents from telemetry's own stack and does not need a registry.
impl<S: Subscriber> Layer<S> for TelemetryLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        catch_internal_panic(|| self.open(attributes, id.into_u64()));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.outside(
            || self.spans.site(id.into_u64()),
            |site| {
                let mut late = thread::spare();
                values.record(&mut FrameVisitor {
                    frame: &mut late.frame,
                    site,
                });
                let _inside = reentry::enter();
                self.spans.record(id.into_u64(), &late.frame);
                thread::with(|local| local.give_back(late));
            },
        );
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        let followed = || self.spans.place(follows.into_u64());
        self.outside(followed, |followed| {
            let _inside = reentry::enter();
            self.spans.follow(id.into_u64(), followed.number);
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if emit::is_emitting() {
            return;
        }
        catch_internal_panic(|| {
            let site = Site::of_event(event);
            if site.debug.is_off() && site.tui.is_off() || !reentry::admits() {
                return;
            }
            self.write(event, site);
            if site.reports_error && event.is_contextual() {
                let current = context.current_span();
                let _inside = reentry::enter();
                if let Some(id) = current.id() {
                    self.spans.set_outcome(id.into_u64(), Outcome::Err);
                }
            }
        });
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.outside(|| self.spans.place(id.into_u64()), enter);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let now = clock::now();
        self.outside(|| self.spans.exit(id.into_u64(), now, leave), |()| ());
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.outside(
            || self.spans.remove(id.into_u64()),
            |span| {
                let _inside = reentry::enter();
                span.close();
            },
        );
    }
}

impl TelemetryLayer {
    /// Looks up an open span with `find`, and passes the result to `work`. Does nothing while the thread is inside telemetry,
    /// because it may hold the lock of the open spans.
    #[inline]
    fn outside<T>(&self, find: impl FnOnce() -> Option<T>, work: impl FnOnce(T)) {
        if self.spans.is_empty() || reentry::is_inside() {
            return;
        }
        catch_internal_panic(|| {
            let found = {
                let _inside = reentry::enter();
                find()
            };
            if let Some(found) = found {
                work(found);
            }
        });
    }

    fn open(&self, attributes: &Attributes<'_>, id: u64) {
        if emit::is_emitting() {
            return;
        }
        let Some(site) = Site::of_span(attributes.metadata()) else {
            return;
        };
        let around = Around::of(attributes.is_contextual(), attributes.parent());
        if !site.debug.is_enabled() {
            return self.open_unrecorded(&around, id);
        }
        let mut data = thread::spare();
        attributes.record(&mut FrameVisitor {
            frame: &mut data.frame,
            site,
        });
        let _inside = reentry::enter();
        let opened = thread::with(|local| {
            let open = |local: &mut Local, data: &mut SpanData, root| {
                data.open(local, &site.debug, root);
                data.send_start(local);
            };
            match around {
                Around::Current => open(local, &mut data, false),
                Around::None => open(local, &mut data, true),
                Around::Span(parent) => match self.spans.place(parent) {
                    Some(parent) => {
                        push(local, parent, 0);
                        open(local, &mut data, false);
                        pop(local, parent);
                    }
                    None => open(local, &mut data, true),
                },
            }
            data
        });
        match opened {
            Some(data) => ended_unseen(self.spans.insert(id, site, data)),
            None => thread::lost_span(),
        }
    }

    /// Stores the nearest recorded span around a span that is not recorded. On every thread, it is the parent of the spans and
    /// events inside the latter.
    fn open_unrecorded(&self, around: &Around, id: u64) {
        if reentry::is_inside() {
            return;
        }
        let _inside = reentry::enter();
        let around = match around {
            Around::None => None,
            Around::Current => thread::with(|local| local.current()),
            Around::Span(parent) => self.spans.place(*parent),
        };
        // Without a recorded span around, no place has to be stored.
        let around = around.filter(|place| *place != SpanPlace::outside());
        ended_unseen(match around {
            Some(around) => self.spans.insert_unrecorded(id, around),
            None if self.spans.is_empty() => None,
            None => self.spans.remove(id),
        });
    }

    /// Writes an event to the logs that take it.
    fn write(&self, event: &Event<'_>, site: &'static Site) {
        let logs = [&site.debug, &site.tui].map(|log| log.is_enabled().then_some(log));
        if logs.iter().flatten().next().is_none() {
            return;
        }
        let mut data = thread::spare();
        event.record(&mut FrameVisitor {
            frame: &mut data.frame,
            site,
        });
        let _inside = reentry::enter();
        let session = session::current_id();
        let written = thread::with_any(|local| {
            let around = match Around::of(event.is_contextual(), event.parent()) {
                Around::None => SpanPlace::default(),
                Around::Current => local.current(),
                Around::Span(parent) => self.spans.place(parent).unwrap_or_default(),
            };
            let now = clock::now();
            let distance = clock::distance(now);
            let frame = &mut data.frame;
            if let Some(remote) = around.remote {
                frame.remote(remote);
            }
            let ids = SpanIds::of_event(&around);
            if around.number == local.current().number {
                local.need_current();
            }
            for log in logs.into_iter().flatten() {
                frame.begin(log.route(), ids, now, distance);
                local.send(session, frame.finish(FrameKind::Event, now, Outcome::Ok));
            }
            local.give_back(data);
        });
        if written.is_none() {
            reentry::count();
        }
    }
}

/// Writes the record of a span whose id `tracing` has given to another span. The layer did not receive the end of the first
/// span, for example because a `reload` handle had replaced the layer.
fn ended_unseen(span: Option<OpenSpan>) {
    if let Some(span) = span {
        span.close_at_last_exit();
    }
}

/// Makes a span current on this thread, as an attached context does.
fn enter(place: SpanPlace) {
    let _inside = reentry::enter();
    let now = clock::now();
    thread::with(|local| push(local, place, now));
}

/// Ends the innermost entry of a span on this thread. Returns when it began.
fn leave(place: SpanPlace) -> Option<Ticks> {
    thread::with(|local| pop(local, place)).flatten()
}

fn push(local: &mut Local, place: SpanPlace, since: Ticks) {
    let mut data = local.spare();
    data.id = place.number;
    data.root = place.root;
    data.remote = place.remote;
    data.sample = 0;
    data.frame
        .begin(Route::new(DEBUG_LOG, 0), SpanIds::default(), since, 0);
    local.push(data);
}

fn pop(local: &mut Local, place: SpanPlace) -> Option<Ticks> {
    let data = local.take_context(place.number)?;
    let since = data.frame.start();
    local.give_back(data);
    Some(since)
}
