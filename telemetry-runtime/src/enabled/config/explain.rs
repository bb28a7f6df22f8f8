//! Lists every value in force with its origin.

use telemetry_schema::name::Family;

use super::invalid::quoted;
use super::{Config, LogConfig};
use crate::{ConfigOrigin, ConfigValue};

impl Config {
    /// Returns every value in force with its origin, in the order of the manual.
    pub fn explain(&self) -> Vec<ConfigValue> {
        let key = |key: &str| format!("telemetry.{key}");
        let mut enabled = self.explained(key("enabled"), self.enabled.to_string());
        enabled.origin = self.enabled_by.clone();
        let mut dir = self.explained(key("dir"), quoted(&self.dir.to_string_lossy()));
        if let Some((key, _)) = self.dir_key() {
            dir.origin = self.in_file(key);
        }
        let mut values = vec![enabled, dir];
        let max_per_second = match self.max_per_second {
            Some(max) => max.to_string(),
            None => "(no limit)".to_owned(),
        };
        let others = [
            ("max_total_bytes", self.max_total_bytes.to_string()),
            ("log_content", self.log_content.to_string()),
            ("max_field_bytes", self.max_field_bytes.to_string()),
            ("max_per_second", max_per_second),
            ("emit_to_tracing", self.emit_to_tracing.to_string()),
        ];
        values.extend(others.map(|(name, value)| self.explained(key(name), value)));
        for log in &self.logs {
            self.explain_log(log, &mut values);
        }
        let prices = self.pricing.texts.iter().cloned();
        values.extend(prices.map(|(key, value)| self.explained(key, value)));
        values
    }

    /// Returns the key of the file that sets the log directory, and its line; `None` if the directory is the default one.
    pub(super) fn dir_key(&self) -> Option<(&'static str, usize)> {
        let names = ["telemetry.dir", "telemetry.telemetry_dir", "telemetry_dir"];
        let mut set = names
            .into_iter()
            .filter_map(|name| Some((name, *self.lines.get(name)?)));
        set.next()
    }

    fn explain_log(&self, log: &LogConfig, values: &mut Vec<ConfigValue>) {
        let file = match &log.file {
            Some(file) => quoted(&file.to_string_lossy()),
            None => "(a name stamped at launch)".to_owned(),
        };
        let span_events = if log.span_events_full {
            "full"
        } else {
            "close"
        };
        for name in super::log::keys(&log.name, log.kind) {
            let value = match *name {
                "enabled" => log.enabled.to_string(),
                "file" => file.clone(),
                "include" => list(&log.include),
                "exclude" => list(&log.exclude),
                "level" => quoted(log.level.as_str()),
                "targets" => {
                    let targets: Vec<String> = log.targets.texts().map(quoted).collect();
                    format!("[{}]", targets.join(", "))
                }
                "sample" => log.sample.to_string(),
                "compress" => quoted(if log.compress { "zstd" } else { "none" }),
                "filter" => quoted(&log.targets.texts().collect::<Vec<_>>().join(",")),
                _ => quoted(span_events),
            };
            let mut value = self.explained(format!("telemetry.logs.{}.{name}", log.name), value);
            if *name == "filter"
                && let Some(origin) = &self.filter_by
            {
                value.origin = origin.clone();
            }
            values.push(value);
        }
    }

    fn explained(&self, key: String, value: String) -> ConfigValue {
        let origin = self.in_file(&key);
        ConfigValue { key, value, origin }
    }

    /// Returns the file and the line if the key is set there, else the default as the origin.
    pub(super) fn in_file(&self, key: &str) -> ConfigOrigin {
        match self.lines.get(key) {
            Some(line) => ConfigOrigin::File {
                path: self.file(),
                line: *line,
            },
            None => ConfigOrigin::Default,
        }
    }
}

fn list(families: &[Family]) -> String {
    let families: Vec<String> = families
        .iter()
        .map(|family| quoted(&family.to_string()))
        .collect();
    format!("[{}]", families.join(", "))
}
