//! Reading the text of the configuration file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::document::LineIndex;
use crate::ConfigError;

/// The largest length of a configuration file. A longer file, such as a log, is refused without reading it.
const MAX_LEN: u64 = 1024 * 1024;

/// Reads the file. Returns `None` if it does not exist.
pub(super) fn read(file: &Path) -> Result<Option<String>, ConfigError> {
    let refused = |message: &str| ConfigError::of_file(Some(file), message.to_owned());
    let unreadable = |error: io::Error| refused(&format!("cannot be read: {error}"));
    // Checked before the file is opened, because opening a pipe waits for its writer.
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound if fs::symlink_metadata(file).is_ok() => Err(refused(
                    "is a symbolic link to nothing; repair the link, or put a file in its place",
                )),
                // Windows reports `NotFound` for a path below a file.
                ErrorKind::NotADirectory | ErrorKind::NotFound if is_below_a_file(file) => {
                    Err(refused(
                        "cannot be read: its directory is a file; set CODEX_HOME to a directory",
                    ))
                }
                ErrorKind::NotFound => Ok(None),
                _ => Err(unreadable(error)),
            };
        }
    };
    if !metadata.is_file() {
        let found = if metadata.is_dir() {
            "is a directory"
        } else {
            "is not a regular file"
        };
        return Err(refused(&format!(
            "{found}; allowed: a TOML file, or nothing of that name"
        )));
    }
    let mut bytes = Vec::new();
    // The length is checked again while reading, because the file may have grown.
    let mut read = || File::open(file)?.take(MAX_LEN + 1).read_to_end(&mut bytes);
    if metadata.len() > MAX_LEN || read().map_err(unreadable)? as u64 > MAX_LEN {
        return Err(refused(&format!(
            "is longer than {MAX_LEN} bytes; is it really a configuration?"
        )));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let byte = bytes.get(at).copied().unwrap_or_default();
        // The marks at the beginning of UTF-16, which PowerShell and Notepad write.
        let hint = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            "; the file is probably UTF-16: save it as UTF-8"
        } else {
            ""
        };
        ConfigError {
            position: Some(LineIndex::of(bytes).position(at)),
            ..refused(&format!(
                "found the byte 0x{byte:02x}, which is not UTF-8; allowed: TOML in UTF-8{hint}"
            ))
        }
    })
}

fn is_below_a_file(file: &Path) -> bool {
    let above = file
        .ancestors()
        .skip(1)
        .find_map(|above| fs::metadata(above).ok());
    above.is_some_and(|above| !above.is_dir())
}
