//! Examines whether the home can be used at all. If not, every other problem would be a consequence of this one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::Finding;
use super::directory::may_write;
use super::permission;
use crate::home::{FileInPlace, Home};

/// Returns the finding about a home that is a file, that this user may not create, or that this user may not read.
pub(super) fn examine(home: &Home) -> Option<Finding> {
    if let Some(found) = FileInPlace::find(&home.path) {
        return Some(Finding::home_is_a_file(&found));
    }
    let path = absolute(&home.path);
    match fs::metadata(&path) {
        Ok(_) => fs::read_dir(&path)
            .and_then(|_| may_search(&path))
            .err()
            .map(|error| Finding::unreadable(&path, &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let place = path.ancestors().find(|place| place.is_dir())?;
            let error = may_write(place).err()?;
            Some(Finding::home_cannot_be_created(&path, place, &error))
        }
        Err(error) => Some(Finding::home_unreachable(&path, &error)),
    }
}

/// The findings about a home that cannot be used.
impl Finding {
    /// The path of the home is that of a file, or leads through one.
    fn home_is_a_file(found: &FileInPlace) -> Self {
        Self::new(
            "config_broken",
            found.to_string(),
            format!(
                "{}; until then, the host uses default values only and cannot write its logs, or it reports the error and does not \
                 start, which its developers decide",
                FileInPlace::REMEDY
            ),
        )
    }

    /// The home does not exist, and this user may not create a directory in `place`.
    fn home_cannot_be_created(home: &Path, place: &Path, error: &io::Error) -> Self {
        Self::new(
            "write_test_failed",
            format!(
                "the home {} does not exist, and the host cannot create it in {}: {error}",
                home.display(),
                place.display()
            ),
            format!(
                "set CODEX_HOME, or --home of this command, to a directory that the user who runs the host may write, or create \
                 the home for this user: {}",
                permission::create(home)
            ),
        )
    }

    /// A directory above the home cannot be searched.
    fn home_unreachable(home: &Path, error: &io::Error) -> Self {
        let place = permission::denied(home, error);
        let place = place.map_or_else(String::new, |place| {
            format!("; {} may not be searched", place.display())
        });
        Self::new(
            "unreadable",
            format!("cannot reach the home {}: {error}{place}", home.display()),
            "run `telemetry doctor` as the user who runs the host; if that is you, set CODEX_HOME, or --home of this command, to a \
             directory of yours",
        )
    }
}

/// Returns an error if this user may not open the files of a directory.
fn may_search(directory: &Path) -> io::Result<()> {
    match fs::metadata(directory.join("config.toml")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

/// Returns a path whose parents are directories by name, also for a relative one.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
