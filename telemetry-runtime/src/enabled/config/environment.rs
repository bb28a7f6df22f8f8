//! What the process's environment says: plain data, so that a test needs no environment of its own.

use std::env;
use std::ffi::OsString;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf, absolute};

use super::invalid::quoted;
use crate::{ConfigError, ConfigWarning};

/// The variable that names the home directory.
const CODEX_HOME: &str = "CODEX_HOME";
/// The variable that turns telemetry on or off.
pub(super) const CODEX_TELEMETRY: &str = "CODEX_TELEMETRY";
/// The home directory's name below the user's.
const HOME_NAME: &str = ".codex";

/// A variable that is set and empty counts as unset: that is how a shell or a container file takes
/// one away.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) codex_home: Option<OsString>,
    pub(super) codex_telemetry: Option<OsString>,
    /// What `~` stands for.
    pub(super) user_home: Option<PathBuf>,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        let set = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty());
        Self {
            codex_home: set(CODEX_HOME),
            codex_telemetry: set(CODEX_TELEMETRY),
            user_home: env::home_dir().filter(|home| home.is_absolute()),
        }
    }

    pub(super) fn codex_home(&self) -> PathBuf {
        if let Some(home) = &self.codex_home {
            // Against the working directory of now: the host may change it later.
            return absolute(home).unwrap_or_else(|_| home.into());
        }
        // A user without a home directory is what a container gives an unknown uid, with HOME=/.
        // Never the working directory, which may be anybody's.
        self.user_home
            .as_deref()
            .unwrap_or(Path::new(MAIN_SEPARATOR_STR))
            .join(HOME_NAME)
    }

    /// What `CODEX_TELEMETRY` says; a warning where it says neither `1` nor `0`.
    pub(super) fn enabled(&self) -> Result<Option<bool>, ConfigWarning> {
        let Some(value) = &self.codex_telemetry else {
            return Ok(None);
        };
        match value.to_str().map(str::trim) {
            Some("1") => Ok(Some(true)),
            Some("0") => Ok(Some(false)),
            _ => Err(ConfigError {
                file: None,
                position: None,
                key: Some(CODEX_TELEMETRY.to_owned()),
                message: format!(
                    "found {}, ignored; allowed: 1 (on) or 0 (off)",
                    quoted(&value.to_string_lossy())
                ),
                others: Vec::new(),
            }),
        }
    }
}

/// What a host that does not say its name is called in headers.
pub(super) fn executable_name() -> String {
    env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}
