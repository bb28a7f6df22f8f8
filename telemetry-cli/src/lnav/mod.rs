//! The format by which lnav reads the logs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The format file: the debug log and the session log.
pub const FORMAT: &str = include_str!("telemetry.json");
/// Where it goes below lnav's own directory.
const PLACE: &str = "formats/telemetry/telemetry.json";

/// Writes it to where lnav finds it, and returns where that is.
///
/// # Errors
///
/// Where the user has no home directory, or it cannot be written.
pub fn install() -> Result<PathBuf, Error> {
    let path = directory()?.join(PLACE);
    let parent = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(parent).map_err(|error| Error::io("make", parent, error))?;
    fs::write(&path, FORMAT).map_err(|error| Error::io("write", &path, error))?;
    Ok(path)
}

/// As lnav itself finds it: `~/.lnav` where that is there, else below `XDG_CONFIG_HOME`, else
/// `~/.config`.
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
        Error::new("you have no home directory; write it yourself: telemetry lnav-format > FILE, then lnav -i FILE")
    })
}
