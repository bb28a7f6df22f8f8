//! Price map files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use serde_json::{Map, Value};
use telemetry_schema::pricing::PriceMap;

use crate::error::Error;

/// The longest map that the runtime reads, in bytes.
const MAX_MAP: u64 = 64 * 1024 * 1024;

/// Why a file is no price map.
#[derive(Debug)]
pub(crate) enum NoPriceMap {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The text of the file is no price map, for this reason.
    Invalid(String),
}

impl NoPriceMap {
    /// Returns the error of a command that was given the file.
    pub(super) fn of_argument(self, path: &Path) -> Error {
        match self {
            Self::Unreadable(error) => Error::io("read", path, error),
            Self::Invalid(why) => Error::new(format!(
                "{} is not a valid price map: {why}; give the command LiteLLM's model_prices_and_context_window.json",
                path.display()
            )),
        }
    }
}

/// A valid price map: an object of models, at least one of which has a price for tokens.
#[derive(Debug)]
pub(crate) struct PriceMapText {
    pub(super) text: String,
    /// The entries of the models with prices, by the name of the model.
    pub(super) entries: Map<String, Value>,
    /// The number of models with prices.
    pub(super) models: usize,
    /// The number of entries with an invalid price, which are skipped when requests are priced.
    pub(crate) invalid: usize,
    /// The first entry with an invalid price.
    pub(crate) first_invalid: Option<String>,
    /// The time of the last change; `None` for what is not a regular file.
    pub(crate) modified: Option<SystemTime>,
}

impl PriceMapText {
    /// Reads and validates a file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or if it is no price map.
    pub(crate) fn read(path: &Path) -> Result<Self, NoPriceMap> {
        let refused = NoPriceMap::Invalid;
        let file = File::open(path).map_err(NoPriceMap::Unreadable)?;
        let metadata = file.metadata().map_err(NoPriceMap::Unreadable)?;
        let mut text = String::new();
        let read = file.take(MAX_MAP + 1).read_to_string(&mut text);
        match read {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(refused("it is not UTF-8".to_owned()));
            }
            read => read.map_err(NoPriceMap::Unreadable)?,
        };
        if text.len() as u64 > MAX_MAP {
            return Err(refused(format!("it is longer than {MAX_MAP} bytes")));
        }
        let map = PriceMap::parse(&text).map_err(|error| refused(error.to_string()))?;
        let (invalid, first_invalid) = map.invalid();
        if map.is_empty() {
            return Err(refused(match first_invalid {
                Some(first) => format!("no model has a valid price; the first error: {first}"),
                None => "no model has a price for tokens".to_owned(),
            }));
        }
        let mut entries: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        entries.retain(|model, _| map.lists_exactly(model));
        Ok(Self {
            entries,
            models: map.len(),
            invalid,
            first_invalid: first_invalid.map(str::to_owned),
            modified: metadata
                .is_file()
                .then(|| metadata.modified().ok())
                .flatten(),
            text,
        })
    }
}
