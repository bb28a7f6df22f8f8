//! Filters: which spans and events each log takes.

use telemetry_schema::name::Family;

use super::sampling::{SampleRates, Threshold};
use super::targets::Targets;
use crate::Level;

/// The filters of all logs.
#[derive(Debug)]
pub(crate) struct Filters {
    /// The filter of each log, by the index of the log.
    pub(crate) logs: Vec<Filter>,
    /// Receives the message about an event whose log is not among them.
    pub(crate) warn: fn(&str),
}

/// The filter of one log.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) log: String,
    pub(crate) enabled: bool,
    pub(crate) level: Level,
    /// If empty, all families.
    pub(crate) include: Vec<Family>,
    pub(crate) exclude: Vec<Family>,
    /// The parts of the spans and events that are kept.
    pub(crate) sample: SampleRates,
    /// Of the records of `tracing`.
    pub(crate) targets: Targets,
}

impl Filters {
    /// Returns the index of the log with that name.
    pub(crate) fn index(&self, log: &str) -> Option<u32> {
        let index = self.logs.iter().position(|filter| filter.log == log)?;
        u32::try_from(index).ok()
    }

    /// Returns the log's index, if the log takes that name at that level.
    pub(crate) fn admits(&self, log: u32, name: &str, level: Level) -> Option<u32> {
        let filter = self.logs.get(log as usize)?;
        let named = |family: &Family| family.contains(name);
        (filter.enabled
            && level <= filter.level
            && (filter.include.is_empty() || filter.include.iter().any(named))
            && !filter.exclude.iter().any(named))
        .then_some(log)
    }

    /// Returns the threshold of a name in the log with this index.
    pub(crate) fn threshold(&self, log: u32, name: &str) -> Threshold {
        let filter = self.logs.get(log as usize);
        filter.map_or(Threshold::ALL, |filter| filter.sample.threshold(name))
    }

    /// Like [`admits`](Self::admits), for a record of `tracing`: its target decides, and `exclude`.
    pub(crate) fn admits_target(
        &self,
        log: u32,
        name: &str,
        target: &str,
        level: Level,
    ) -> Option<u32> {
        let filter = self.logs.get(log as usize)?;
        let named = |family: &Family| family.contains(name);
        (filter.enabled
            && filter.targets.admits(target, level, filter.level)
            && !filter.exclude.iter().any(named))
        .then_some(log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(patterns: &[&str]) -> Vec<Family> {
        patterns
            .iter()
            .map(|pattern| Family::parse(pattern).unwrap())
            .collect()
    }

    #[test]
    fn exclude_wins_over_include_and_level_over_both() {
        let filters = Filters {
            logs: vec![Filter {
                log: "debug".to_owned(),
                enabled: true,
                level: Level::Info,
                include: families(&["model.*", "status.draw"]),
                exclude: families(&["model.response"]),
                sample: SampleRates::default(),
                targets: Targets::parse_each("codex=debug").0,
            }],
            warn: |_| {},
        };
        let admits = |name, level| filters.admits(0, name, level).is_some();
        assert!(admits("model.request", Level::Warn));
        assert!(admits("status.draw", Level::Info));
        assert!(!admits("model.response", Level::Error));
        assert!(!admits("model.request", Level::Debug));
        assert!(!admits("display.draw", Level::Error));
        let admits_target =
            |name, level| filters.admits_target(0, name, "codex::net", level) == Some(0);
        assert!(admits_target("codex.net", Level::Debug));
        assert!(!admits_target("codex.net", Level::Trace));
        assert!(!admits_target("model.response", Level::Error));
        assert_eq!(filters.admits(1, "model.request", Level::Error), None);
        assert_eq!(
            (filters.index("debug"), filters.index("other")),
            (Some(0), None)
        );
    }
}
