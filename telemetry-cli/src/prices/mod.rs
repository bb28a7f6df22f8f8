//! `telemetry prices update`: validates a price map and installs it where the configuration looks for it.
//!
//! | module | responsibility |
//! |---|---|
//! | `map_file` | reads a price map file and validates it |
//! | `change` | the models that an update adds, removes or changes |
//! | `show` | the result as text and as JSON |

mod change;
mod map_file;
mod show;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::Error;
use crate::home::{Home, Homes};
use crate::output_file;

use change::{ModelChange, changes};
pub(crate) use map_file::{NoPriceMap, PriceMapText};

pub use show::{write, write_json};

/// The changes of an update to the price map of one home.
#[derive(Debug, Serialize)]
pub struct PriceUpdate {
    /// The path of the price map.
    pub path: PathBuf,
    /// The number of models with prices.
    pub models: usize,
    /// Entries with an invalid price, which are skipped when requests are priced, and the first of them.
    pub invalid: usize,
    /// The first entry with an invalid price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_invalid: Option<String>,
    /// Models that the map did not have before.
    pub added: Vec<String>,
    /// Models that the map no longer has.
    pub removed: Vec<String>,
    /// Models with other prices than before.
    pub changed: Vec<ModelChange>,
}

/// Installs a price map for every home, or only reports the changes if `dry_run` is set.
///
/// The installed file keeps the modification time of the source, so that `telemetry doctor` shows the age of the prices.
///
/// # Errors
///
/// Fails if the file is not a price map, if a home has no price map configured, or if a file cannot be written.
pub fn update(source: &Path, homes: &Homes, dry_run: bool) -> Result<Vec<PriceUpdate>, Error> {
    let new = PriceMapText::read(source).map_err(|why| why.of_argument(source))?;
    let mut places: Vec<PathBuf> = Vec::new();
    for home in homes.iter() {
        let place = place_of(home)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let mut updates = Vec::new();
    for path in places {
        // A missing or invalid map has no models.
        let old = PriceMapText::read(&path).ok();
        let (added, removed, changed) = changes(old.as_ref(), &new);
        if !dry_run {
            install(&new, &path, homes)?;
        }
        updates.push(PriceUpdate {
            path,
            models: new.models,
            invalid: new.invalid,
            first_invalid: new.first_invalid.clone(),
            added,
            removed,
            changed,
        });
    }
    Ok(updates)
}

fn place_of(home: &Home) -> Result<PathBuf, Error> {
    let config = home.path.join("config.toml");
    if let Some(problem) = home.config_problem() {
        return Err(Error::new(format!("{problem}; correct it first")));
    }
    home.config.price_map().map(Path::to_owned).ok_or_else(|| {
        Error::new(format!(
            "{} configures no price map, so that an installed one would not be read; add these lines: \
             [telemetry.pricing] and price_map = \"prices.json\"",
            config.display()
        ))
    })
}

fn install(new: &PriceMapText, path: &Path, homes: &Homes) -> Result<(), Error> {
    output_file::write(path, homes, |out| Ok(out.write_all(new.text.as_bytes())?))?;
    if let Some(modified) = new.modified {
        let dated = File::options().write(true).open(path);
        dated
            .and_then(|file| file.set_modified(modified))
            .map_err(|error| Error::io("set the time of", path, error))?;
    }
    Ok(())
}
