//! The result of an update as text and as JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::PriceUpdate;
use crate::terminal::{self, Terminal, counted, visible};

#[derive(Serialize)]
struct UpdatesJson<'a> {
    v: u32,
    dry_run: bool,
    price_maps: &'a [PriceUpdate],
}

/// Writes a summary of each price map, and a line for each model that changed.
///
/// # Errors
///
/// Fails if stdout cannot be written.
pub fn write(updates: &[PriceUpdate], dry_run: bool, out: &mut Terminal) -> io::Result<()> {
    let done = if dry_run {
        "would install"
    } else {
        "installed"
    };
    for update in updates {
        writeln!(
            out,
            "{}: {done} {}: {} added, {} removed, {} with changed prices",
            visible(&update.path.to_string_lossy()),
            counted(update.models as u64, "model", "models"),
            update.added.len(),
            update.removed.len(),
            update.changed.len()
        )?;
        for model in &update.added {
            writeln!(out, "+ {}", visible(model))?;
        }
        for model in &update.removed {
            writeln!(out, "- {}", visible(model))?;
        }
        for changed in &update.changed {
            for price in &changed.prices {
                writeln!(
                    out,
                    "~ {} {}: {} -> {}",
                    visible(&changed.model),
                    visible(&price.key),
                    shown(price.before.as_ref()),
                    shown(price.after.as_ref())
                )?;
            }
        }
    }
    Ok(())
}

fn shown(price: Option<&Value>) -> String {
    price.map_or_else(
        || "none".to_owned(),
        |price| visible(&price.to_string()).into_owned(),
    )
}

/// Writes the updates as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(updates: &[PriceUpdate], dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    let document = UpdatesJson {
        v: 1,
        dry_run,
        price_maps: updates,
    };
    terminal::write_json(out, &document)
}
