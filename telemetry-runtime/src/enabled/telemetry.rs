//! Start and end: from a configuration to running logs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[cfg(feature = "ratatui")]
use telemetry_schema::SCREEN_LOG;
use telemetry_store::rollup::ROLLUP_FILE;
use telemetry_store::{Naming, RetainedLog};

use super::callsite;
use super::config::{Config, LogConfig, LogKind, ProcessParent};
use super::emit;
use super::filter::{Filter, Filters};
use super::frame::DEBUG_LOG;
#[cfg(feature = "ratatui")]
use super::frame::LogIndex;
use super::header::{self, App};
use super::limiter;
use super::limits::Limits;
use super::log::append::{Header, Log};
use super::log::background;
use super::log::place::{Place, Refusal};
use super::log::retention::Retention;
use super::process::{self, ForkHooks, Inherited, PerProcess, lock, lock_before};
#[cfg(feature = "ratatui")]
use super::screen;
use super::session::SessionLogFiles;
use super::thread;
use super::trace;
use super::tracestate;
use super::tui::{self, TuiLog};
use super::writer::{self, Core};
use super::{clock, reentry, session, stats, usage};
use crate::{DailySpend, Health, InitError};

/// A running instance of telemetry, which [`init`] returns. Dropping the value writes the remaining records and closes the
/// files.
///
/// No promise depends on the drop: without the drop, records are in the kernel within 10 ms and at the exit of the process, too.
#[must_use = "dropping it ends telemetry at once: keep it until the end of the program, with `let _telemetry = …` and not `let _ = …`"]
#[derive(Debug)]
pub struct Telemetry {
    config: Inherited<Config>,
    /// Whether the writer runs. The value is `false` while a thread starts or ends the writer, so that a child that is forked
    /// in that time can start or end its own writer.
    is_on: AtomicBool,
    /// Held while telemetry is enabled or disabled, so that one of two concurrent calls takes effect after the other.
    switching: PerProcess<Mutex<()>>,
}

/// How long the start may wait until its warnings are written.
const WARNING_TIMEOUT: Duration = Duration::from_millis(50);

static ALIVE: AtomicBool = AtomicBool::new(false);

/// Starts telemetry with a configuration. If the configuration disables telemetry, nothing is created and no thread
/// started until [`Telemetry::set_enabled`].
///
/// A directory that cannot be created or written to is not an error: the call succeeds, [`Telemetry::health`] reports the
/// cause, and records are written as soon as the cause is removed.
///
/// # Errors
///
/// If telemetry runs already, if other users could write into the log directory, or if no thread can be started.
pub fn init(config: Config) -> Result<Telemetry, InitError> {
    if ALIVE.swap(true, Ordering::AcqRel) {
        return Err(InitError::AlreadyRunning);
    }
    let _inside = reentry::enter();
    // From here on, dropping the value allows the next `init`.
    let telemetry = Telemetry {
        config: Inherited::new(),
        is_on: AtomicBool::new(false),
        switching: PerProcess::new(Mutex::default),
    };
    session::set_configured_log_files(config.session_log_files());
    session::set_context_windows(usage::pricing::max_input_tokens);
    telemetry.config.replace(Some(Arc::new(config)));
    stats::reset();
    telemetry.switch(|_| (), |_| ())?;
    session::note_initialized();
    Ok(telemetry)
}

impl Telemetry {
    /// Writes all records that were made before the call. Returns `false` if the disk refused a record, or if the timeout has
    /// passed before the records were written.
    ///
    /// After the call the records are in the kernel, but not synchronized to the disk. The call takes no longer than the timeout.
    pub fn flush(&self, timeout: Duration) -> bool {
        let _inside = reentry::enter();
        let deadline = writer::deadline(timeout);
        process::detect_fork();
        // A thread that disables telemetry at the same time writes the remaining records.
        lock_before(self.switching.get(), deadline).is_some()
            && writer::current().is_none_or(|core| core.flush_before(deadline))
    }

    /// Returns the state of the writer. The call costs some loads and two locks that are held for short times; after a
    /// failure also a copy of the texts of the failure.
    pub fn health(&self) -> Health {
        stats::health()
    }

    /// Returns whether records are written.
    pub fn is_enabled(&self) -> bool {
        self.is_on.load(Ordering::Acquire) && writer::current().is_some()
    }

    /// Switches telemetry on or off, for all threads. An error is reported in [`Self::health`].
    pub fn set_enabled(&self, enabled: bool) {
        report(self.switch(|config| config.enabled = enabled, |_| ()));
    }

    /// Puts another configuration in force, at once and for all threads: the switch, `log_content`, `max_field_bytes`,
    /// `max_per_second`, `emit_to_tracing`, the prices (recorded requests keep their cost), and `enabled`, `include`, `exclude`,
    /// `level`, `sample`, `span_events`, `targets` and `filter` of each log. It applies to spans and events that start after the
    /// call. A span that is open then is still written when it ends, unless telemetry as a
    /// whole is off.
    ///
    /// The directory, the files, the budget and the host's name stay until the next [`init`]. A log that only the new
    /// configuration declares is therefore not written before the next [`init`].
    pub fn reconfigure(&self, config: Config) {
        report(self.switch(|current| current.take_live(config), put_in_force));
    }

    /// Changes the configuration, and starts or ends the writer as the new configuration requires. `put_in_force` is called
    /// if the writer was running and continues.
    fn switch(
        &self,
        change: impl FnOnce(&mut Config),
        put_in_force: impl FnOnce(&Config),
    ) -> Result<(), InitError> {
        let _inside = reentry::enter();
        process::detect_fork();
        let _switching = lock(self.switching.get());
        let was_on = self.is_enabled();
        let Some(config) = self.config.load() else {
            return Ok(());
        };
        let mut config = Config::clone(&config);
        change(&mut config);
        let config = Arc::new(config);
        self.config.replace(Some(Arc::clone(&config)));
        self.is_on
            .store(was_on && config.enabled, Ordering::Release);
        match (was_on, config.enabled) {
            (true, true) => put_in_force(&config),
            (false, true) => start(&config)?,
            (_, false) => end(),
        }
        self.is_on.store(config.enabled, Ordering::Release);
        Ok(())
    }

    /// Returns the paths of the open log files.
    pub fn files(&self) -> Vec<PathBuf> {
        let _inside = reentry::enter();
        writer::current()
            .map(|core| core.files())
            .unwrap_or_default()
    }

    /// Calls `callback` when the spending of a day exceeds `daily_usd` dollars: once for each day in this process, and at once
    /// if the spending of today exceeds it already.
    ///
    /// The spending is that of the home's session log: the requests of all processes that write it, by the time at which they
    /// began. The day is that of the system's time zone, as in `telemetry budget --daily`. While this process records
    /// requests, the log is read again at least once a minute, and before a callback; requests of other processes are
    /// therefore noticed with the next request of this one. Requests without a known cost are counted in
    /// [`DailySpend::unpriced_requests`].
    ///
    /// Each process calls its own callback, and calls it again after a restart, so that every process can stop at the limit.
    /// [`DailySpend::is_first`] is true in one of these calls only, for a message that is sent once a day. That
    /// call is noted in the directory of the session log; where the note cannot be written, more than one call is the first.
    ///
    /// The callback runs on a thread of telemetry, under no lock, and may record and call any function. A panic of the callback is caught and
    /// counted. Further calls add further limits. While telemetry or its session log is disabled, nothing is recorded,
    /// and no limit is noticed. Dropping `self` removes all limits.
    ///
    /// ```
    /// # use telemetry_runtime::{Config, init};
    /// # let telemetry = init(Config::at(std::path::Path::new("/nonexistent")))?;
    /// telemetry.on_spend_limit(5.0, |spend| {
    ///     if spend.is_first {
    ///         eprintln!("agent: {:.2} dollars today, more than {:.2}", spend.spent_usd, spend.limit_usd);
    ///     }
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_spend_limit(
        &self,
        daily_usd: f64,
        callback: impl Fn(DailySpend) + Send + Sync + 'static,
    ) {
        let _inside = reentry::enter();
        session::add_spend_limit(daily_usd, Arc::new(callback));
    }

    /// Returns a writer of text lines to the TUI's log, for the host's own messages and for `tracing_subscriber`'s
    /// `with_writer`.
    pub fn tui_log(&self) -> TuiLog {
        TuiLog::at_line_start()
    }
}

fn start(config: &Config) -> Result<(), InitError> {
    let places = places(config);
    let warnings = check_directories(config, &places)?;
    clock::calibrate();
    process::watch_forks(ForkHooks {
        before: || {
            thread::hand_over();
            #[cfg(feature = "ratatui")]
            screen::hand_over();
            background::wait_for_work(background::BEFORE_FORK);
        },
        in_child: || {
            reentry::reset();
            background::reset_work();
            writer::invalidate_writers();
        },
    });
    let make = {
        let config = config.clone();
        move || {
            // In a forked child: a thread of the parent may have been in the middle of it.
            callsite::apply_filters_again();
            Core::new(
                logs(&config, &places),
                retention(&config),
                callsite::take_omitted,
            )
        }
    };
    let core = writer::start(make).map_err(|error| InitError::Thread(Arc::new(error)))?;
    if config.logs.first().is_some_and(|debug| debug.enabled) {
        core.open(DEBUG_LOG);
    }
    // After the file was opened, which counts towards the budget.
    core.enforce_budget();
    let parent = config.parent.as_ref();
    trace::set_process_parent(parent.map(|found| found.parent.into()));
    if let Some(ProcessParent { parent, state }) = parent {
        tracestate::remember(parent.trace, state);
    }
    put_in_force(config);
    if !warnings.is_empty() {
        for warning in warnings {
            TuiLog::warn(&warning);
        }
        // The host may later drop the permission that writing the warnings requires.
        core.flush_before(writer::deadline(WARNING_TIMEOUT));
    }
    background::wait_for_work(background::AT_START);
    core.wait_for_room(background::AT_START_OVER_BUDGET);
    Ok(())
}

/// Reports an error that no caller receives in `health()`.
fn report(result: Result<(), InitError>) {
    if let Err(error) = result {
        stats::failed(error.to_string());
    }
}

fn end() {
    callsite::configure(None);
    session::set_log_files(None);
    tui::set_recording(false);
    #[cfg(feature = "ratatui")]
    screen::set_recording(None);
    trace::set_process_parent(None);
    emit::set(false);
    writer::stop();
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let _inside = reentry::enter();
        session::remove_spend_limits();
        end();
        session::note_dropped();
        ALIVE.store(false, Ordering::Release);
    }
}

/// Puts the settings in force that can change while telemetry runs.
fn put_in_force(config: &Config) {
    Limits {
        max_field_bytes: config.max_field_bytes,
        log_content: config.log_content,
    }
    .set();
    limiter::set(config.max_per_second);
    emit::set(config.emit_to_tracing);
    let pricing = &config.pricing;
    let map = pricing.map.clone().map(|path| {
        let reported = pricing.map_problem.clone();
        usage::PriceMapFile::new(path, reported, TuiLog::warn)
    });
    usage::pricing::set(&pricing.prices, map);
    let debug = config.logs.first();
    writer::set_span_events_full(debug.is_some_and(|debug| debug.span_events_full));
    let is_on = |kind| {
        config
            .logs
            .iter()
            .any(|log| log.kind == kind && log.enabled)
    };
    let session_log = config.session_log_files();
    session::set_log_files(session_log.filter(|_| is_on(LogKind::Session)));
    tui::set_recording(is_on(LogKind::Tui));
    #[cfg(feature = "ratatui")]
    screen::set_recording(config.recorded_log());
    // Last, because the states of call sites depend on the settings above.
    callsite::configure(Some(filters(config)));
    for warning in config.warnings() {
        TuiLog::warn(&warning.to_string());
    }
}

impl Config {
    /// Returns the log of recordings of the screen, if they are enabled.
    #[cfg(feature = "ratatui")]
    fn recorded_log(&self) -> Option<LogIndex> {
        let is_recorded = |log: &LogConfig| log.name == SCREEN_LOG && log.enabled;
        let index = self.logs.iter().position(is_recorded);
        LogIndex::try_from(index.filter(|_| self.log_content)?).ok()
    }

    /// Returns the files of the session log, whether it is enabled or not.
    pub(super) fn session_log_files(&self) -> Option<SessionLogFiles> {
        let is_session = |log: &&LogConfig| log.kind == LogKind::Session;
        let log = naming(self, self.logs.iter().find(is_session)?);
        let rollup = log.directory.join(ROLLUP_FILE);
        Some(SessionLogFiles { log, rollup })
    }
}

/// Returns the place of each log. Resolved once, so that symlinks that are put there later are not followed.
fn places(config: &Config) -> Vec<Place> {
    let log_dir = config.log_dir();
    let place = |log| {
        let directory = naming(config, log).directory;
        Place::of(&directory, directory == log_dir)
    };
    config.logs.iter().map(place).collect()
}

/// Opens the directories of the logs once, so that a directory in which others could replace logs is refused at the start.
/// Returns warnings. Other errors show when the logs are opened.
fn check_directories(config: &Config, places: &[Place]) -> Result<Vec<String>, InitError> {
    let mut warnings = Vec::new();
    let mut checked = Vec::new();
    let logs = config.logs.iter().zip(places);
    for (log, place) in logs.filter(|(log, _)| log.enabled) {
        if checked.contains(&&place.path) {
            continue;
        }
        checked.push(&place.path);
        let path = naming(config, log).directory;
        let reason = match place.open() {
            Ok(opened) => {
                warnings.extend(opened.warnings);
                continue;
            }
            Err(Refusal::Io(error)) => {
                stats::failed(format!("cannot open {}: {error}", path.display()));
                continue;
            }
            Err(Refusal::NotADirectory) => config.is_no_directory(log, &path),
            Err(Refusal::Unsafe(reason)) => reason,
        };
        return Err(InitError::UnsafeDirectory { path, reason });
    }
    Ok(warnings)
}

/// Creates every log of the configuration, by index. A disabled log has no file until it is enabled.
fn logs(config: &Config, places: &[Place]) -> Vec<Option<Log>> {
    let app = App::new(&config.app_name, &config.app_version);
    let usual = config.usual_logs();
    let log = |(log, place): (&LogConfig, &Place)| {
        let app = app.clone();
        let header: Option<Header> = match log.kind {
            LogKind::Debug | LogKind::Custom => Some(Box::new(move |out| {
                header::json(out, &app, session::current_id());
            })),
            LogKind::Tui => Some(Box::new(move |out| header::text(out, &app))),
            LogKind::Session => None,
        };
        let is_usual = usual.iter().any(|usual| usual.file == log.file);
        let log = Log::new(naming(config, log), log.kind, header);
        Some(log.at(place.clone(), is_usual))
    };
    config.logs.iter().zip(places).map(log).collect()
}

/// Returns the naming of a log's files.
pub(super) fn naming(config: &Config, log: &LogConfig) -> Naming {
    log.file
        .as_deref()
        .and_then(Naming::shared)
        .unwrap_or_else(|| Naming::stamped(config.log_dir()))
}

fn retention(config: &Config) -> Retention {
    let retained = |log: &LogConfig| RetainedLog {
        naming: naming(config, log),
        kind: log.kind,
    };
    let mut logs: Vec<RetainedLog> = config.logs.iter().map(retained).collect();
    // Files with the usual names, from before a `file` was configured, are within the budget as well.
    for usual in config.usual_logs().iter().map(retained) {
        if !logs.iter().any(|log| log.naming == usual.naming) {
            logs.push(usual);
        }
    }
    let compresses = config.logs.iter().any(|log| log.compress && log.enabled);
    Retention::new(config.max_total_bytes, logs, config.logs.len()).compressing(compresses)
}

fn filters(config: &Config) -> Filters {
    let filter = |log: &LogConfig| Filter {
        log: log.name.clone(),
        enabled: log.enabled,
        level: log.level,
        include: log.include.clone(),
        exclude: log.exclude.clone(),
        sample: log.sample.clone(),
        targets: log.targets.clone(),
    };
    Filters {
        logs: config.logs.iter().map(filter).collect(),
        warn: TuiLog::warn,
    }
}
