//! Reading the text of the configuration file.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::document::LineIndex;
use crate::ConfigError;

/// The largest length of a configuration file. A longer file, such as a log, is refused without reading it.
const MAX_LEN: u64 = 1024 * 1024;

/// Reads the file. Returns `None` if it does not exist.
pub(super) fn read(file: &Path) -> Result<Option<String>, ConfigError> {
    let refused = |message: String| {
        Err(ConfigError {
            file: Some(file.to_owned()),
            position: None,
            key: None,
            message,
            others: Vec::new(),
        })
    };
    // Checked before the file is opened, because opening a pipe waits for its writer.
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) => match error.kind() {
            ErrorKind::NotFound if fs::symlink_metadata(file).is_ok() => {
                return refused(
                    "is a symbolic link to nothing; repair the link, or remove it".into(),
                );
            }
            // Windows reports `NotFound` for a path below a file.
            ErrorKind::NotADirectory | ErrorKind::NotFound if is_below_a_file(file) => {
                return refused(
                    "cannot be read: its directory is a file; set CODEX_HOME to a directory".into(),
                );
            }
            ErrorKind::NotFound => return Ok(None),
            _ => return refused(format!("cannot be read: {error}")),
        },
    };
    if metadata.is_dir() {
        return refused("is a directory; allowed: a TOML file, or nothing of that name".into());
    }
    if !metadata.is_file() {
        return refused(
            "is not a regular file; allowed: a TOML file, or nothing of that name".into(),
        );
    }
    let mut bytes = Vec::new();
    let too_long = if metadata.len() > MAX_LEN {
        true
    } else {
        // The length is checked again while reading, because the file may have grown.
        let read = File::open(file).and_then(|file| file.take(MAX_LEN + 1).read_to_end(&mut bytes));
        match read {
            Ok(len) => len as u64 > MAX_LEN,
            Err(error) => return refused(format!("cannot be read: {error}")),
        }
    };
    if too_long {
        return refused(format!(
            "is longer than {MAX_LEN} bytes; is it really a configuration?"
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            Err(ConfigError {
                file: Some(file.to_owned()),
                position: Some(LineIndex::of(bytes).position(at)),
                key: None,
                message: format!(
                    "found the byte 0x{:02x}, which is not UTF-8; allowed: TOML in UTF-8",
                    bytes.get(at).copied().unwrap_or_default()
                ),
                others: Vec::new(),
            })
        }
    }
}

fn is_below_a_file(file: &Path) -> bool {
    let above = file
        .ancestors()
        .skip(1)
        .find_map(|above| fs::metadata(above).ok());
    above.is_some_and(|above| !above.is_dir())
}
