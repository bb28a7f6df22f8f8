//! Starts telemetry, shows its records, and reports failures.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, Session, Telemetry};

use crate::spans;

/// Separates the output of every build from the output that needs telemetry.
const SEPARATOR: &str = "--- telemetry ---";

/// The timeout of a flush. A slow disk may need it; a healthy one takes a millisecond.
const FLUSH_WITHIN: Duration = Duration::from_secs(5);

/// The beginning of every message that nothing, or not everything, was written; also of the warning of a configuration.
const UNWRITTEN: &str = "telemetry could not be written";

/// Telemetry, or nothing if it did not start. The agent works without it, too.
pub(crate) struct Running {
    telemetry: Option<Telemetry>,
    warnings: Vec<String>,
    /// Whether a warning says that nothing can be written, or why the home or the log directory is none.
    is_unwritable: bool,
    /// Whether the warnings were shown.
    is_warned: Cell<bool>,
}

impl Running {
    pub(crate) fn start(config: Config) -> Self {
        let warnings = config.warnings().iter().map(ToString::to_string);
        let mut warnings: Vec<String> = warnings.collect();
        let leads_through_a_file = config.log_dir().ancestors().any(Path::is_file);
        let mut is_unwritable =
            leads_through_a_file || warnings.iter().any(|it| it.starts_with(UNWRITTEN));
        let telemetry = match telemetry_runtime::init(config) {
            Ok(telemetry) => Some(telemetry),
            Err(error) => {
                is_unwritable = true;
                warnings.push(format!("{UNWRITTEN}: {error}"));
                None
            }
        };
        Self {
            telemetry,
            warnings,
            is_unwritable,
            is_warned: Cell::new(false),
        }
    }

    pub(crate) fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.as_ref()
    }

    /// Returns the mistakes in the configuration, and why nothing can be written. The caller shows them.
    pub(crate) fn warnings(&self) -> &[String] {
        self.is_warned.set(true);
        &self.warnings
    }

    /// Shows the status table, the spans of the last turn and the files, if telemetry is enabled.
    pub(crate) fn show(&self, session: &Session, out: &mut dyn Write) -> io::Result<()> {
        let Some(telemetry) = self
            .telemetry
            .as_ref()
            .filter(|telemetry| telemetry.is_enabled())
        else {
            return Ok(());
        };
        telemetry.flush(FLUSH_WITHIN);
        let files = telemetry.files();
        writeln!(out, "\n{SEPARATOR}\n\n{}", session.snapshot())?;
        let tree = spans::last_turn(&files)?;
        if !tree.is_empty() {
            writeln!(out, "\nspans of the last turn:\n{tree}")?;
        }
        writeln!(out, "\nfiles:")?;
        for file in &files {
            let bytes = file.metadata().map_or(0, |metadata| metadata.len());
            writeln!(out, "  {} ({bytes} bytes)", file.display())?;
        }
        Ok(())
    }

    /// Returns a message of one line if records could not be written and no warning has said so.
    pub(crate) fn complaint(&self) -> Option<String> {
        if self.is_unwritable {
            let warnings = self.warnings.iter().filter(|_| !self.is_warned.get());
            return warnings.last().cloned();
        }
        let telemetry = self.telemetry.as_ref()?;
        telemetry.flush(FLUSH_WITHIN);
        let health = telemetry.health();
        // The user who switched telemetry off wanted the open spans not to be written.
        let lost = health.lost.saturating_sub(health.lost_late);
        let lost = lost.saturating_add(health.held);
        if lost == 0 && health.last_error.is_none() {
            return None;
        }
        let causes = health.lost_by_cause.into_iter();
        let cause = causes
            .filter(|(cause, _)| cause != "telemetry ended")
            .max_by_key(|(_, count)| *count);
        let cause = health.last_error.or(cause.map(|(cause, _)| cause));
        let why = cause.as_deref().unwrap_or("no reason is known");
        Some(match lost {
            0 => format!("{UNWRITTEN} for a while: {why}"),
            1 => format!("{UNWRITTEN}, 1 record is lost: {why}"),
            lost => format!("{UNWRITTEN}, {lost} records are lost: {why}"),
        })
    }
}
