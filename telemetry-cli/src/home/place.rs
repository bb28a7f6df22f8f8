//! The place of a home: a file at its path, or above it, leaves no room for the home.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file where the home, or a directory above it, would be. Its text is the message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInPlace {
    home: PathBuf,
    file: PathBuf,
}

impl FileInPlace {
    /// The remedy, as the end of a sentence.
    pub const REMEDY: &str =
        "set CODEX_HOME, or --home of this command, to a directory, or move the file away";

    /// Returns the file at the path of a home, or above it; `None` if every part of the path that exists is a directory.
    pub fn find(home: &Path) -> Option<Self> {
        // The parents of a relative path are directories by name, too.
        let home = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
        let mut places = home.ancestors();
        let file = places.find(|place| place.exists() && !place.is_dir())?;
        Some(Self {
            file: file.to_owned(),
            home,
        })
    }
}

impl fmt::Display for FileInPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (home, file) = (self.home.display(), self.file.display());
        if self.home == self.file {
            write!(f, "the home {home} is a file")?;
        } else {
            write!(f, "the home {home} leads through {file}, which is a file")?;
        }
        f.write_str(
            "; expected a directory, in which the host finds config.toml and writes its logs",
        )
    }
}
