//! The price map file: a JSON file of prices in LiteLLM's format.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use once_cell::race::OnceBox;
use telemetry_schema::pricing::PriceMap;
use telemetry_text::counted;

/// The longest file that is read, in bytes. LiteLLM's map has 3 MB, so a longer file is not a price map.
pub(crate) const MAX_MAP_LEN: u64 = 64 * 1024 * 1024;

/// A price map that is read when the first request needs it.
pub(crate) struct PriceMapFile {
    path: PathBuf,
    /// The problem of the file that the configuration has reported already.
    reported: Option<String>,
    /// Receives the message about an invalid or unreadable file.
    warn: fn(&str),
    /// `None` if the file was read without success.
    map: OnceBox<Option<PriceMap>>,
}

impl PriceMapFile {
    pub(crate) fn new(path: PathBuf, reported: Option<String>, warn: fn(&str)) -> Self {
        Self {
            path,
            reported,
            warn,
            map: OnceBox::new(),
        }
    }

    /// Returns whether the file was read already, with or without success.
    pub(super) fn is_read(&self) -> bool {
        self.map.get().is_some()
    }

    /// Returns the map if it was read already.
    pub(super) fn get_if_read(&self) -> Option<&PriceMap> {
        self.map.get()?.as_ref()
    }

    /// Returns the map; `None` if the file cannot be read. If two threads need the map at once, both may read the file; neither
    /// waits for the other.
    pub(super) fn get(&self) -> Option<&PriceMap> {
        if let Some(map) = self.map.get() {
            return map.as_ref();
        }
        let (map, complaint) = read(&self.path);
        let is_first = self.map.set(Box::new(map)).is_ok();
        let is_new = complaint != self.reported;
        if is_first
            && is_new
            && let Some(complaint) = complaint
        {
            (self.warn)(&format!("{}: {complaint}", self.path.display()));
        }
        // Set by this thread or by another one.
        self.map.get_or_init(Box::default).as_ref()
    }
}

/// Reads a price map; it is empty if the file cannot be read.
pub(crate) fn read_price_map(path: &Path) -> PriceMap {
    read(path).0.unwrap_or_default()
}

/// Reads the file. Returns the map if the file is valid as a whole, and a message if the file or a part of it is not valid.
fn read(path: &Path) -> (Option<PriceMap>, Option<String>) {
    let map = read_text(path).and_then(|text| {
        PriceMap::parse(&text).map_err(|error| format!("is not a valid price map: {error}"))
    });
    match map {
        Ok(map) => {
            let (wrong, first) = map.invalid();
            let complaint = first.map(|first| {
                let skipped = counted(
                    wrong as u64,
                    "entry has an invalid price and is skipped",
                    "entries have an invalid price and are skipped",
                );
                format!("{skipped}; the first: {first}")
            });
            (Some(map), complaint)
        }
        Err(error) => (None, Some(format!("{error}; its models are unpriced"))),
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot be read: {error}");
    // Checked before the file is opened: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    // The file may have grown or been replaced since the check.
    file.take(MAX_MAP_LEN + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_MAP_LEN {
        return Err(format!("is longer than {MAX_MAP_LEN} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
