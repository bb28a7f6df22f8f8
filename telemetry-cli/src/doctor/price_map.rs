//! Examines the price map.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Finding;
use crate::home::Home;
use crate::prices::{NoPriceMap, PriceMapText};

/// The age from which prices are probably out of date: providers change some prices each month.
const MAX_AGE: Duration = Duration::from_hours(60 * 24);

/// Reports a price map that is not valid, that has invalid entries, or that was modified more than sixty days ago. `telemetry prices
/// update` keeps the time of its source. A price map that is missing, or that is not a regular file, is a warning of the configuration.
pub(super) fn examine(home: &Home, findings: &mut Vec<Finding>) {
    if let Some(path) = home.config.price_map()
        && path.is_file()
    {
        findings.extend(examine_file(path));
    }
}

fn examine_file(path: &Path) -> Vec<Finding> {
    let map = match PriceMapText::read(path) {
        Ok(map) => map,
        Err(NoPriceMap::Unreadable(error)) => return vec![Finding::unreadable(path, &error)],
        Err(NoPriceMap::Invalid(why)) => return vec![Finding::invalid_price_map(path, &why)],
    };
    let mut findings = Vec::new();
    if let Some(first) = &map.first_invalid {
        findings.push(Finding::invalid_prices(path, map.invalid, first));
    }
    let age = map
        .modified
        .and_then(|modified| SystemTime::now().duration_since(modified).ok());
    if let Some(age) = age.filter(|age| *age > MAX_AGE) {
        findings.push(Finding::old_price_map(path, age.as_secs() / (24 * 60 * 60)));
    }
    findings
}
