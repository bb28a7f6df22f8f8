//! The call sites of `tracing` and `log`. Each has two call sites of telemetry, one for the debug log and one for the TUI
//! log, so that the filters are applied once and not for each record.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing_core::{Event, Metadata};

use super::log_place::LogPlace;
use super::name;
use crate::Level;
use crate::enabled::callsite::{Callsite, CallsiteKind};
use crate::enabled::chains::{Chains, mix};
use crate::enabled::frame::{DEBUG_LOG, TUI_LOG};
use crate::enabled::reentry;

/// One span or event of `tracing`, or one statement of `log`.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) debug: Callsite,
    /// Has an effect for events only: the TUI log has no lines of spans.
    pub(super) tui: Callsite,
    /// The keys of the fields, by their index.
    pub(super) keys: Box<[FieldKey]>,
    /// Whether the event reports the error that the function around it returns, as `#[instrument(err)]` makes it.
    pub(super) reports_error: bool,
}

/// The key of a field.
#[derive(Debug)]
pub(super) struct FieldKey {
    pub(super) text: &'static str,
    pub(super) is_secret: bool,
    /// `false` for the fields with the place of a record of `log`.
    pub(super) is_recorded: bool,
}

/// A call site of `tracing`, known by the address of its metadata.
struct TracingSite {
    metadata: &'static Metadata<'static>,
    /// `None` for the event of `tracing-log` that carries the records of `log`.
    site: Option<Site>,
}

/// A statement of `log`.
struct LogSite {
    target: String,
    file: String,
    line: u64,
    site: Site,
}

static TRACING_SITES: Chains<TracingSite, 1024> = Chains::new();
static LOG_SITES: Chains<LogSite, 1024> = Chains::new();
static LOG_SITE_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The largest number of statements of `log` with call sites of their own. Call sites are never freed, and a program may
/// make targets at run time. Records of further statements have no place and only the first segment of their
/// target; after as many again, they have the target `log`.
const MAX_LOG_SITES: usize = 8 * 1024;

/// The target of all events that carry records of `log`, with the name [`LOG_EVENT`].
const LOG_TARGET: &str = "log";
const LOG_EVENT: &str = "log event";
/// The beginning of the name of an event without one of its own.
const UNNAMED_EVENT: &str = "event ";
/// The place of a record that states none.
const UNKNOWN_PLACE: &str = "unknown:1";

impl Site {
    /// Returns the call site of a span.
    #[inline]
    pub(super) fn of_span(metadata: &'static Metadata<'static>) -> Option<&'static Self> {
        Self::of(metadata)
    }

    /// Returns the call site of an event.
    #[inline]
    pub(super) fn of_event(event: &Event<'_>) -> &'static Self {
        let metadata = event.metadata();
        match Self::of(metadata) {
            Some(site) => site,
            None => Self::of_log_record(event),
        }
    }

    #[inline]
    fn of(metadata: &'static Metadata<'static>) -> Option<&'static Self> {
        let hash = mix(ptr::from_ref(metadata).addr() as u64);
        let found = TRACING_SITES.find(hash, |site| ptr::eq(site.metadata, metadata));
        let found = found.unwrap_or_else(|| TRACING_SITES.insert(hash, TracingSite::new(metadata)));
        found.site.as_ref()
    }

    /// Returns the call site of a record of `log`, by its own target, file and line.
    fn of_log_record(event: &Event<'_>) -> &'static Self {
        let metadata = event.metadata();
        let mut place = LogPlace::default();
        event.record(&mut place);
        let level = level(metadata);
        match LOG_SITE_COUNT.load(Ordering::Relaxed) {
            ..MAX_LOG_SITES => {}
            count if count < 2 * MAX_LOG_SITES => place.keep_first_segment(),
            _ => place = LogPlace::default(),
        }
        let LogPlace { target, file, line } = place;
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let hash = hasher.hash_one((&target, &file, line, level as u8));
        let is_wanted = |site: &LogSite| {
            site.line == line
                && site.target == target
                && site.file == file
                && site.site.debug.level == level
        };
        if let Some(found) = LOG_SITES.find(hash, is_wanted) {
            return &found.site;
        }
        let _inside = reentry::enter();
        LOG_SITE_COUNT.fetch_add(1, Ordering::Relaxed);
        let own_target = if target.is_empty() {
            LOG_TARGET
        } else {
            &target
        };
        let source = (!file.is_empty()).then_some((&*file, line));
        let site = Self::new(metadata, own_target, None, source);
        let site = LogSite {
            target,
            file,
            line,
            site,
        };
        &LOG_SITES.insert(hash, site).site
    }

    /// Makes the call sites of telemetry. All texts are leaked, as the host's are static.
    fn new(
        metadata: &'static Metadata<'static>,
        target: &str,
        own_name: Option<&str>,
        source: Option<(&str, u64)>,
    ) -> Self {
        let name: &'static str = name::record_name(target, own_name).leak();
        let src: &'static str = match source {
            Some((file, line)) => format!("{}:{}", name::one_line(file), line.max(1)).leak(),
            None => UNKNOWN_PLACE,
        };
        let level = level(metadata);
        let is_span = metadata.is_span();
        let shown: &'static str = name::one_line(target).leak();
        let target: &'static str = target.to_owned().leak();
        let kind = |log| CallsiteKind::Bridged {
            target,
            is_span,
            log,
        };
        let fields = metadata.fields();
        let key = |field: &'static str| FieldKey {
            text: name::key(field),
            is_secret: name::is_secret(field),
            is_recorded: !(metadata.target() == LOG_TARGET && field.starts_with("log.")),
        };
        Self {
            debug: Callsite::new(name, level, src, kind(DEBUG_LOG)),
            tui: Callsite::new(shown, level, src, kind(TUI_LOG)),
            keys: fields.iter().map(|field| key(field.name())).collect(),
            reports_error: metadata.is_event()
                && level == Level::Error
                && fields.len() == 1
                && fields.field("error").is_some(),
        }
    }
}

impl TracingSite {
    #[cold]
    fn new(metadata: &'static Metadata<'static>) -> Self {
        let _inside = reentry::enter();
        let is_log_record = metadata.target() == LOG_TARGET && metadata.name() == LOG_EVENT;
        let name = metadata.name();
        let own_name = (metadata.is_span() || !name.starts_with(UNNAMED_EVENT)).then_some(name);
        let source = metadata
            .file()
            .map(|file| (file, u64::from(metadata.line().unwrap_or(1))));
        let site = || Site::new(metadata, metadata.target(), own_name, source);
        Self {
            metadata,
            site: (!is_log_record).then(site),
        }
    }
}

fn level(metadata: &Metadata<'_>) -> Level {
    match *metadata.level() {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::DEBUG => Level::Debug,
        tracing_core::Level::TRACE => Level::Trace,
    }
}
