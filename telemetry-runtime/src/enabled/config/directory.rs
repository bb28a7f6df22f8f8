//! Whether the log directory can be written, found out without changing the disk.

use std::fs;
use std::path::Path;

use telemetry_store::platform;

use crate::{ConfigError, ConfigWarning};

/// Returns a warning if no file can be created in `dir`, which need not exist. A `dir` that exists and is no directory is an
/// error of [`init`](crate::init), and a `home` that is a file has a message of its own.
pub(super) fn unwritable(dir: &Path, home: &Path) -> Option<ConfigWarning> {
    let mut existing = dir
        .ancestors()
        .filter_map(|place| Some((place, fs::metadata(place).ok()?)));
    let (place, metadata) = existing.next()?;
    let why = if metadata.is_dir() {
        platform::why_not_writable(place)?.to_string()
    } else if place == dir || place == home {
        return None;
    } else {
        "it is not a directory".to_owned()
    };
    let (dir, place) = (dir.display(), place.display());
    let message = format!(
        "telemetry could not be written to {dir}: {place}: {why}; nothing is recorded until this is corrected, or `telemetry.dir` \
         is another directory"
    );
    Some(ConfigError::new(None, message))
}
