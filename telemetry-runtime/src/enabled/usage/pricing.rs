//! What a request cost where its answer did not say: the prices in force.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use telemetry_schema::pricing::{PriceMap, Prices};
use telemetry_schema::record::{NanoUsd, SessionRecord};

use crate::enabled::config::{MAX_MAP_LEN, Pricing};
use crate::enabled::fork::{self, Mutex};
use crate::enabled::tui::TuiLog;

static IN_FORCE: Mutex<Option<Arc<InForce>>> = Mutex::new(None);

struct InForce {
    user: PriceMap,
    map: Option<MapFile>,
}

/// A map that is read when the first request needs it.
struct MapFile {
    path: PathBuf,
    read: OnceLock<PriceMap>,
}

/// Puts prices in force.
pub(crate) fn set(pricing: &Pricing) {
    let map = pricing.map.clone().map(|path| MapFile {
        path,
        read: OnceLock::new(),
    });
    let in_force = (map.is_some() || !pricing.prices.is_empty()).then(|| {
        Arc::new(InForce {
            user: pricing.prices.clone(),
            map,
        })
    });
    let before = std::mem::replace(&mut *IN_FORCE.lock(), in_force);
    // A map of thousands of models, outside of the lock.
    drop(before);
}

/// What a request cost at them, and whose they are; `None` where nobody has a price for it.
pub(super) fn cost(record: &SessionRecord<'_>) -> Option<(NanoUsd, &'static str)> {
    // Nobody waits for a map that is read.
    let in_force = IN_FORCE.lock().clone()?;
    let user = Prices {
        user: &in_force.user,
        map: None,
    };
    // The file is read for those alone whom the user's own prices leave unpriced.
    user.cost(record).or_else(|| {
        let map = in_force.map.as_ref()?.get();
        let prices = Prices {
            map: Some(map),
            ..user
        };
        prices.cost(record)
    })
}

impl MapFile {
    /// The map; empty where there is none. No lock is held while it is read: two threads that need
    /// it first at the same time both read it, and none waits for the other.
    fn get(&self) -> &PriceMap {
        if let Some(map) = self.read.get() {
            return map;
        }
        let (map, complaint) = read(&self.path);
        let is_first = {
            let _held_off = fork::hold_off();
            self.read.set(map).is_ok()
        };
        if is_first && let Some(complaint) = complaint {
            TuiLog::warn(&format!("{}: {complaint}", self.path.display()));
        }
        // Set by this thread or by another one.
        self.read.get_or_init(PriceMap::default)
    }
}

/// The map, and what is to be said of it.
fn read(path: &Path) -> (PriceMap, Option<String>) {
    let map = text(path).and_then(|text| {
        PriceMap::parse(&text).map_err(|error| format!("is no price map: {error}"))
    });
    match map {
        Ok(map) => {
            let (wrong, first) = map.wrong();
            let complaint = first.map(|first| {
                format!(
                    "{wrong} entries have a price that is none and are left out; the first: {first}"
                )
            });
            (map, complaint)
        }
        Err(why) => (
            PriceMap::default(),
            Some(format!("{why}; its models are unpriced")),
        ),
    }
}

fn text(path: &Path) -> Result<String, String> {
    let unread = |error| format!("cannot be read: {error}");
    // Asked before opening: to open a pipe would wait for its writer.
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err("is no regular file".to_owned());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(unread)?;
    // The file may have grown, or become another one.
    file.take(MAX_MAP_LEN + 1)
        .read_to_string(&mut text)
        .map_err(unread)?;
    if text.len() as u64 > MAX_MAP_LEN {
        return Err(format!("is longer than {MAX_MAP_LEN} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
