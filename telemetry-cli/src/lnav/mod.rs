//! The log format definition for lnav.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The format definition of the debug log and the session log.
pub const FORMAT: &str = include_str!("telemetry.json");
/// The path of the file within lnav's configuration directory.
const PLACE: &str = "formats/telemetry/telemetry.json";

/// Writes the format definition into lnav's configuration directory, and returns the path of the file.
///
/// # Errors
///
/// Fails if the user has no home directory, or if the file cannot be written.
pub fn install() -> Result<PathBuf, Error> {
    let path = directory()?.join(PLACE);
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(|error| Error::io("make", parent, error))?;
    fs::write(&path, FORMAT).map_err(|error| Error::io("write", &path, error))?;
    Ok(path)
}

/// Returns lnav's configuration directory by lnav's own rule: `~/.lnav` if it exists, or else `lnav` in
/// `XDG_CONFIG_HOME` or `~/.config`.
fn directory() -> Result<PathBuf, Error> {
    let home = env::home_dir().filter(|home| home.is_absolute());
    let old = home.as_ref().map(|home| home.join(".lnav"));
    if let Some(old) = old.filter(|old| old.is_dir()) {
        return Ok(old);
    }
    let set = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = set.filter(|path| path.is_absolute());
    let config = config.or_else(|| Some(home?.join(".config")));
    config.map(|config| config.join("lnav")).ok_or_else(|| {
        Error::new("the home directory is unknown; write the file yourself: telemetry lnav-format > FILE, then lnav -i FILE")
    })
}
