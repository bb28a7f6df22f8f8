//! What a request cost where its answer did not say: the prices in force.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::race::OnceBox;
use telemetry_schema::pricing::{PriceMap, Prices};
use telemetry_schema::record::{NanoUsd, SessionRecord};

use crate::enabled::limits::MAX_PRICE_MAP_LEN;
use crate::enabled::process::Inherited;
use crate::enabled::tui::TuiLog;

static IN_FORCE: Inherited<InForce> = Inherited::new();

struct InForce {
    user: PriceMap,
    map: Option<MapFile>,
}

/// A map that is read when the first request needs it.
struct MapFile {
    path: PathBuf,
    read: OnceBox<PriceMap>,
}

/// Puts the user's prices and the file of a price map in force.
pub(crate) fn set(user: PriceMap, map: Option<PathBuf>) {
    let map = map.map(|path| MapFile {
        path,
        read: OnceBox::new(),
    });
    let is_any = map.is_some() || !user.is_empty();
    IN_FORCE.replace(is_any.then(|| Arc::new(InForce { user, map })));
}

/// What a request cost at them, and whose they are; `None` where nobody has a price for it.
pub(super) fn cost(record: &SessionRecord<'_>) -> Option<(NanoUsd, &'static str)> {
    let in_force = IN_FORCE.load()?;
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
        let is_first = self.read.set(Box::new(map)).is_ok();
        if is_first && let Some(complaint) = complaint {
            TuiLog::warn(&format!("{}: {complaint}", self.path.display()));
        }
        // Set by this thread or by another one.
        self.read.get_or_init(Box::default)
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
    file.take(MAX_PRICE_MAP_LEN + 1)
        .read_to_string(&mut text)
        .map_err(unread)?;
    if text.len() as u64 > MAX_PRICE_MAP_LEN {
        return Err(format!("is longer than {MAX_PRICE_MAP_LEN} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
