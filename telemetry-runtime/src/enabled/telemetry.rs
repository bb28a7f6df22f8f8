//! Start and end: from a configuration to running logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry_store::rollup::ROLLUP_FILE;
use telemetry_store::{Naming, RetainedKind, RetainedLog};

use super::callsite::{self, DEBUG_LOG};
use super::config::{Config, LogConfig, LogKind};
use super::filter::{Filter, Filters};
use super::header;
use super::limiter;
use super::limits::Limits;
use super::log::append::{Format, Log};
use super::log::retention::Retention;
use super::session::SessionLogFiles;
use super::tui::{self, TuiLog};
use super::writer::{self, Core};
use super::{clock, fork, session, stats, sys, usage};
use crate::{Health, InitError};

/// Running telemetry. Dropping it writes what is left and closes the files; nothing depends on that:
/// what a program recorded is in the kernel within 10 ms, and at its exit, without it.
#[must_use = "dropping it ends telemetry"]
#[derive(Debug)]
pub struct Telemetry {
    settings: fork::Mutex<Settings>,
    /// Who switches: of two threads that do, the last one decides alone.
    switching: fork::Turns,
}

#[derive(Debug)]
struct Settings {
    config: Config,
    /// The logs are there. Not while somebody switches them on or off, so that a child that is
    /// forked meanwhile can do what its parent was about to.
    on: bool,
}

static ALIVE: AtomicBool = AtomicBool::new(false);

/// Starts telemetry as the configuration says. Where that says off, nothing is created and no
/// thread started, until [`Telemetry::set_enabled`].
///
/// A directory that cannot be created or written to is no error: the host goes on,
/// [`Telemetry::health`] says what is wrong, and records are written once the cause is gone.
///
/// # Errors
///
/// Where telemetry runs already, others could write into the log directory, or no thread can be
/// started.
pub fn init(config: Config) -> Result<Telemetry, InitError> {
    if ALIVE.swap(true, Ordering::AcqRel) {
        return Err(InitError::AlreadyRunning);
    }
    // From here on dropping it makes the next `init` possible.
    let telemetry = Telemetry {
        settings: fork::Mutex::new(Settings { config, on: false }),
        switching: fork::Turns::new(),
    };
    stats::reset();
    telemetry.switch(|_| (), |_| ())?;
    Ok(telemetry)
}

impl Telemetry {
    /// Writes everything recorded so far. `false` where the time did not suffice, or the disk
    /// did not take it.
    pub fn flush(&self, timeout: Duration) -> bool {
        let deadline = writer::deadline(timeout);
        // Who switches telemetry off writes what is left.
        self.switching.is_over_before(deadline)
            && writer::current().is_none_or(|core| core.flush_before(deadline))
    }

    /// How the writer is doing. Costs some loads and two locks that nobody holds for long; after a failure,
    /// a copy of its texts.
    pub fn health(&self) -> Health {
        stats::health()
    }

    /// Whether records are written.
    pub fn is_enabled(&self) -> bool {
        self.settings.lock().on && writer::current().is_some()
    }

    /// Switches telemetry on or off, for all threads. What a log could not start with is in
    /// [`Self::health`].
    pub fn set_enabled(&self, enabled: bool) {
        said(self.switch(|config| config.enabled = enabled, |_| ()));
    }

    /// Puts another configuration in force, at once and for all threads: the switch, `log_content`,
    /// `max_field_bytes`, `max_per_second`, and `enabled`, `include`, `exclude`, `level` and
    /// `span_events` of each log. What starts after the call returned follows it; a span that is open
    /// by then still writes its line when it ends, unless telemetry as a whole is off.
    ///
    /// The directory, the files, the budget and the host's name stay until the next [`init`]; so a
    /// log that only this configuration declares is not written until then.
    pub fn reconfigure(&self, config: Config) {
        said(self.switch(|current| current.take_live(config), put_in_force));
    }

    /// Changes the configuration, and starts or ends what it says; where it stays on, `goes_on` does
    /// what is left to do.
    fn switch(
        &self,
        change: impl FnOnce(&mut Config),
        goes_on: impl FnOnce(&Config),
    ) -> Result<(), InitError> {
        let _turn = self.switching.take();
        let was_on = self.is_enabled();
        let config = {
            let mut settings = self.settings.lock();
            change(&mut settings.config);
            settings.on &= settings.config.enabled;
            settings.config.clone()
        };
        match (was_on, config.enabled) {
            (true, true) => goes_on(&config),
            (false, true) => start(&config)?,
            (_, false) => end(),
        }
        self.settings.lock().on = config.enabled;
        Ok(())
    }

    /// The log files that are open now.
    pub fn files(&self) -> Vec<PathBuf> {
        writer::current()
            .map(|core| core.files())
            .unwrap_or_default()
    }

    /// A writer of text lines into the TUI's log, for the host's own messages and for
    /// `tracing_subscriber`'s `with_writer`.
    pub fn tui_log(&self) -> TuiLog {
        TuiLog::new()
    }
}

fn start(config: &Config) -> Result<(), InitError> {
    check_directory(&config.log_dir())?;
    clock::calibrate();
    let debug = config.logs.first();
    let again = {
        let config = config.clone();
        move || Core::new(logs(&config), retention(&config))
    };
    let core = writer::start(again).map_err(|error| InitError::Thread(Arc::new(error)))?;
    core.enforce_budget();
    if debug.is_some_and(|debug| debug.enabled) {
        core.open(DEBUG_LOG);
    }
    put_in_force(config);
    Ok(())
}

/// What nobody is there to be told of is in `health()`.
fn said(result: Result<(), InitError>) {
    if let Err(error) = result {
        stats::failed(error.to_string());
    }
}

fn end() {
    callsite::configure(None);
    session::set_log_files(None);
    tui::set_recording(false);
    writer::stop();
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        end();
        ALIVE.store(false, Ordering::Release);
    }
}

/// Puts in force what can change while telemetry runs.
fn put_in_force(config: &Config) {
    Limits {
        max_field_bytes: config.max_field_bytes,
        log_content: config.log_content,
    }
    .set();
    limiter::set(config.max_per_second);
    let pricing = &config.pricing;
    usage::pricing::set(&pricing.prices, pricing.map.clone(), TuiLog::warn);
    let debug = config.logs.first();
    writer::set_span_events_full(debug.is_some_and(|debug| debug.span_events_full));
    session::set_log_files(recorded_session_log(config));
    tui::set_recording(config.logs.iter().any(is_recording_tui));
    // Last: it decides about the call sites by what was set before.
    callsite::configure(Some(filters(config)));
    for warning in config.warnings() {
        TuiLog::warn(&warning.to_string());
    }
}

fn is_recording_tui(log: &LogConfig) -> bool {
    log.enabled && log.kind == LogKind::Tui
}

/// Returns the files to which requests are recorded; `None` if the session log is disabled.
fn recorded_session_log(config: &Config) -> Option<SessionLogFiles> {
    let is_on = |log: &LogConfig| log.kind == LogKind::Session && log.enabled;
    config
        .logs
        .iter()
        .any(is_on)
        .then(|| config.session_log_files())?
}

impl Config {
    /// Returns the files of the session log, whether it is enabled or not.
    pub(super) fn session_log_files(&self) -> Option<SessionLogFiles> {
        let is_session = |log: &&LogConfig| log.kind == LogKind::Session;
        let log = naming(self, self.logs.iter().find(is_session)?);
        let rollup = log.directory.join(ROLLUP_FILE);
        Some(SessionLogFiles { log, rollup })
    }
}

/// Creates the directory, and refuses one that others can write to. What else is in the way shows
/// when the logs are opened.
fn check_directory(directory: &Path) -> Result<(), InitError> {
    let refuse = |reason: String| InitError::UnsafeDirectory {
        path: directory.to_path_buf(),
        reason,
    };
    if let Err(error) = sys::create_directory(directory)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        stats::failed(format!("cannot create {}: {error}", directory.display()));
        return Ok(());
    }
    let Ok(metadata) = fs::metadata(directory) else {
        return Ok(());
    };
    if !metadata.is_dir() {
        return Err(refuse(
            "it is no directory; remove it, or set `[telemetry] dir`".to_owned(),
        ));
    }
    if let Some(found) = sys::writable_by_others(&metadata) {
        return Err(refuse(format!(
            "{found}, and could plant or replace logs; make it its owner's alone with `chmod 700 {}`, or set `[telemetry] dir` to another directory",
            shell_word(directory)
        )));
    }
    if let Err(error) = sys::make_private(directory, &metadata) {
        stats::failed(format!(
            "cannot make {} private: {error}",
            directory.display()
        ));
    }
    Ok(())
}

/// A path as a shell takes it.
fn shell_word(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |found: char| found.is_ascii_alphanumeric() || "/._-+,:@%".contains(found);
    if path.chars().all(plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// Every log of the configuration, at its index. One that is off has no file until it is on.
fn logs(config: &Config) -> Vec<Option<Log>> {
    config
        .logs
        .iter()
        .map(|log| {
            let (format, header): (_, Option<super::log::append::Header>) = match log.kind {
                LogKind::Debug | LogKind::Custom => (Format::Json, Some(header::json(config))),
                LogKind::Tui => (Format::Text, Some(header::text(config))),
                LogKind::Session => (Format::Session, None),
            };
            Some(Log::new(naming(config, log), format, header))
        })
        .collect()
}

/// How the files of a log are named.
pub(super) fn naming(config: &Config, log: &LogConfig) -> Naming {
    log.file
        .as_deref()
        .and_then(Naming::shared)
        .unwrap_or_else(|| Naming::stamped(config.log_dir()))
}

fn retention(config: &Config) -> Retention {
    let retained = |log: &LogConfig| RetainedLog {
        naming: naming(config, log),
        kind: match log.kind {
            LogKind::Debug | LogKind::Custom => RetainedKind::Json,
            LogKind::Session => RetainedKind::Session,
            LogKind::Tui => RetainedKind::Text,
        },
    };
    let mut logs: Vec<RetainedLog> = config.logs.iter().map(retained).collect();
    // What was written under the usual names before a `file` was configured is ours as well.
    for usual in config.usual_logs().iter().map(retained) {
        if !logs.iter().any(|log| log.naming == usual.naming) {
            logs.push(usual);
        }
    }
    Retention::new(config.max_total_bytes, logs, config.logs.len())
}

fn filters(config: &Config) -> Filters {
    let filter = |log: &LogConfig| Filter {
        log: log.name.clone(),
        enabled: log.enabled,
        level: log.level,
        include: log.include.clone(),
        exclude: log.exclude.clone(),
    };
    Filters(config.logs.iter().map(filter).collect())
}
