//! Examines the price map.

use std::fs;
use std::time::{Duration, SystemTime};

use super::Finding;
use crate::home::Home;

/// The age from which prices are probably out of date: providers change some prices each month.
const MAX_AGE: Duration = Duration::from_hours(60 * 24);

/// Reports a price map that was modified more than sixty days ago. `telemetry prices update` keeps the time of its source. A
/// missing price map is a warning of the configuration.
pub(super) fn examine(home: &Home, findings: &mut Vec<Finding>) {
    let modified = |path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if let Some(path) = home.config.price_map()
        && let Ok(modified) = modified(path)
        && let Ok(age) = SystemTime::now().duration_since(modified)
        && age > MAX_AGE
    {
        findings.push(Finding::old_price_map(path, age.as_secs() / (24 * 60 * 60)));
    }
}
