//! The environment of the process, as plain data, so that tests need not change environment variables.

use std::env;
use std::ffi::OsString;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf, absolute};

use super::document::MAX_FINDINGS;
use super::invalid::quoted;
use super::literal::{self, Base};
use crate::enabled::targets::{Misspelt, Targets};
use crate::traceparent::{
    FORM as TRACEPARENT_FORM, ParseTraceparentError, TRACEPARENT, TRACESTATE, TraceParent,
};
use crate::{ConfigError, ConfigWarning};

/// The variable with the path of the home directory.
const CODEX_HOME: &str = "CODEX_HOME";
/// The variable that enables or disables telemetry.
pub(super) const CODEX_TELEMETRY: &str = "CODEX_TELEMETRY";
/// The variable with the filter of the lines of `tracing` in the TUI log.
pub(super) const RUST_LOG: &str = "RUST_LOG";
/// The name of the default home directory, in the user's home directory.
const HOME_NAME: &str = ".codex";

/// The variables that matter. An empty variable counts as unset, because shells and container files cannot always unset
/// one.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) codex_home: Option<OsString>,
    pub(super) codex_telemetry: Option<OsString>,
    pub(super) rust_log: Option<OsString>,
    pub(super) traceparent: Option<OsString>,
    pub(super) tracestate: Option<OsString>,
    /// The directory that `~` expands to: `HOME`, or the home directory of the user database if that is unset or empty. `None`
    /// if the user has none, or if the path is relative.
    pub(super) user_home: Option<PathBuf>,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        let set = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty());
        Self {
            codex_home: set(CODEX_HOME),
            codex_telemetry: set(CODEX_TELEMETRY),
            rust_log: set(RUST_LOG),
            traceparent: set(TRACEPARENT),
            tracestate: set(TRACESTATE),
            user_home: env::home_dir().filter(|home| home.is_absolute()),
        }
    }

    pub(super) fn codex_home(&self) -> PathBuf {
        if let Some(home) = &self.codex_home {
            // Resolved now, because the host may change the working directory later.
            return absolute(home).unwrap_or_else(|_| home.into());
        }
        // In a container a user may have no home directory. The root directory is used then, never the working
        // directory, which may belong to another user.
        self.user_home
            .as_deref()
            .unwrap_or(Path::new(MAIN_SEPARATOR_STR))
            .join(HOME_NAME)
    }

    /// Returns the span of another process that is the parent of this one, or a warning if `TRACEPARENT` is malformed.
    pub(super) fn parent(&self) -> Result<Option<ProcessParent>, ConfigWarning> {
        let Some(text) = &self.traceparent else {
            return Ok(None);
        };
        let text = text.to_string_lossy();
        let parent = text.parse().map_err(|error: ParseTraceparentError| {
            let found: String = text.chars().take(QUOTED_LEN).collect();
            let (found, why) = (quoted(&found), error.reason());
            let message = format!("found {found} ({why}), ignored; allowed: {TRACEPARENT_FORM}");
            ConfigError {
                key: Some(TRACEPARENT.to_owned()),
                ..ConfigError::of_file(None, message)
            }
        })?;
        let state = self
            .tracestate
            .as_ref()
            .map(|state| state.to_string_lossy());
        Ok(Some(ProcessParent {
            parent,
            state: state.unwrap_or_default().into_owned(),
        }))
    }

    /// Returns the directives of `RUST_LOG`; `None` if there are none of the syntax of [`Targets`].
    pub(super) fn filter(&self) -> Option<Targets> {
        let (filter, _) = Targets::parse_each(&self.rust_log.as_ref()?.to_string_lossy());
        (!filter.is_empty()).then_some(filter)
    }

    /// Returns a warning for each directive of `RUST_LOG` that is misspelt. Directives that only other libraries know, such
    /// as filters of spans, are not misspelt.
    pub(super) fn misspelt_filter(&self) -> Vec<ConfigWarning> {
        let text = self.rust_log.as_ref().map(|text| text.to_string_lossy());
        let misspelt = Targets::misspelt(text.as_deref().unwrap_or_default());
        let warning = |misspelt: Misspelt<'_>| {
            let found: String = misspelt.directive.chars().take(QUOTED_LEN).collect();
            let message = format!(
                "found {}{}; allowed: directives that are separated by commas, such as \"info,codex_core=debug,hyper=off\"{}",
                quoted(&found),
                misspelt.effect,
                misspelt.question
            );
            ConfigError {
                key: Some(RUST_LOG.to_owned()),
                ..ConfigError::of_file(None, message)
            }
        };
        misspelt.take(MAX_FINDINGS).map(warning).collect()
    }

    /// Returns a warning if `home` is that of `CODEX_HOME`, and a part of it would be expanded by a shell only.
    pub(super) fn literal_home(&self, home: &Path) -> Option<ConfigWarning> {
        let text = self.codex_home.as_ref()?;
        if absolute(text).ok()? != home {
            return None;
        }
        let message = literal::warning(text.to_str()?, Base::WorkingDirectory)?;
        Some(ConfigError {
            key: Some(CODEX_HOME.to_owned()),
            ..ConfigError::of_file(None, message)
        })
    }

    /// Returns the value of `CODEX_TELEMETRY`, or a warning if it is neither `1` nor `0`.
    pub(super) fn enabled(&self) -> Result<Option<bool>, ConfigWarning> {
        let Some(value) = &self.codex_telemetry else {
            return Ok(None);
        };
        match value.to_str().map(str::trim) {
            Some("1") => Ok(Some(true)),
            Some("0") => Ok(Some(false)),
            _ => {
                let found = quoted(&value.to_string_lossy());
                let message = format!("found {found}, ignored; allowed: 1 (on) or 0 (off)");
                Err(ConfigError {
                    key: Some(CODEX_TELEMETRY.to_owned()),
                    ..ConfigError::of_file(None, message)
                })
            }
        }
    }
}

/// The span of another process that is the parent of this process.
#[derive(Clone, Debug)]
pub(crate) struct ProcessParent {
    pub(crate) parent: TraceParent,
    /// The `tracestate`; empty if there is none.
    pub(crate) state: String,
}

/// The number of characters of an invalid value that a warning quotes.
const QUOTED_LEN: usize = 60;

/// Returns the name of the executable, which is the default name of the host in headers.
pub(super) fn executable_name() -> String {
    env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}
