//! The table `[telemetry]`.

use std::path::Path;

use telemetry_store::rollup::{ROLLUP_FILE, replacement_of};
use toml::de::{DeTable, DeValue};

use super::document::{Document, Section};
use super::environment::Environment;
use super::{
    Config, LogKind, MAX_FIELD_BYTES, MAX_LOGS, MIN_FIELD_BYTES, MIN_SEGMENT_BYTES, invalid, log,
    pricing, value,
};
use crate::ConfigError;
use crate::enabled::limits::MAX_LINE;
use crate::enabled::log::retention::{SEGMENTS, segments};

/// The table of the file that telemetry reads.
const TABLE: &str = "telemetry";
const LOGS: &str = "logs";
const PRICING: &str = "pricing";
const DIR: &str = "dir";
const DIR_ALIAS: &str = "telemetry_dir";
const KEYS: &[&str] = &[
    "enabled",
    DIR,
    DIR_ALIAS,
    "max_total_bytes",
    "log_content",
    "max_field_bytes",
    "max_per_second",
    LOGS,
    PRICING,
];

/// [`MAX_LINE`] in messages.
const LONGEST_RECORD: &str = "64 KiB";
const _: () = assert!(MAX_LINE == 64 * 1024);

/// Sets the values of the file.
pub(super) fn apply(
    config: &mut Config,
    environment: &Environment,
    file: &Path,
    text: &str,
) -> Result<(), ConfigError> {
    let mut document = Document::new(file, text);
    match DeTable::parse(text) {
        Ok(root) => {
            if let Some((key, value)) = root.get_ref().get_key_value(TABLE) {
                match value.get_ref().as_table() {
                    Some(table) => read(config, environment, &mut document, table),
                    None => document.error(
                        key.span().start,
                        TABLE,
                        format!(
                            "found {}; allowed: one table, [telemetry]",
                            value::described(value.get_ref())
                        ),
                    ),
                }
            }
        }
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            document.error(at, "", format!("is not valid TOML: {}", error.message()));
        }
    }
    (config.warnings, config.lines) = document.finish()?;
    if config.lines.contains_key("telemetry.enabled") {
        config.enabled_by = config.in_file("telemetry.enabled");
    }
    Ok(())
}

fn read(
    config: &mut Config,
    environment: &Environment,
    document: &mut Document<'_>,
    table: &DeTable<'_>,
) {
    let section = Section {
        name: TABLE.to_owned(),
        table,
        keys: KEYS,
    };
    if let Some(enabled) = section.read(document, "enabled", value::boolean) {
        config.enabled = enabled;
    }
    if let Some(bytes) = section.read(document, "max_total_bytes", |value| {
        value::bytes(
            value,
            Some("never prune"),
            least_budget(0)..=u64::MAX,
            &format!(
                "a segment is 1/{SEGMENTS} of it and must hold the longest record, {LONGEST_RECORD}"
            ),
        )
    }) {
        config.max_total_bytes = bytes;
    }
    if let Some(content) = section.read(document, "log_content", value::boolean) {
        config.log_content = content;
    }
    if let Some(bytes) = section.read(document, "max_field_bytes", |value| {
        value::bytes(
            value,
            None,
            MIN_FIELD_BYTES..=MAX_FIELD_BYTES,
            &format!("a record is at most {LONGEST_RECORD}"),
        )
    }) {
        // At most MAX_FIELD_BYTES.
        config.max_field_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    }
    if let Some(max) = section.read(document, "max_per_second", value::max_per_second) {
        config.max_per_second = Some(max);
    }
    read_dir(config, environment, document, &section);
    config.logs = log::built_in(&config.dir);
    if let Some(logs) = subtable(document, &section, LOGS, "[telemetry.logs.debug]") {
        read_logs(config, environment, document, logs);
    }
    let example = "[telemetry.pricing.\"gpt-4o-mini\"]";
    if let Some(prices) = subtable(document, &section, PRICING, example) {
        pricing::read(config, environment, document, prices);
    }
    check_budget(config, document, &section);
    section.warn_of_others(document, &[]);
}

/// Returns a table of tables.
fn subtable<'t, 'i>(
    document: &mut Document<'_>,
    section: &Section<'t, 'i>,
    key: &str,
    example: &str,
) -> Option<&'t DeTable<'i>> {
    let (written, value) = section.table.get_key_value(key)?;
    let table = value.get_ref().as_table();
    if table.is_none() {
        let found = value::described(value.get_ref());
        document.error(
            written.span().start,
            section.key(key),
            format!("found {found}; allowed: tables such as {example}"),
        );
    }
    table
}

/// Returns the smallest budget for a number of logs.
fn least_budget(logs: usize) -> u64 {
    MIN_SEGMENT_BYTES * segments(logs) as u64
}

/// Checks the budget again when the number of logs is known: with many logs a segment is a smaller part of it.
fn check_budget(config: &Config, document: &mut Document<'_>, section: &Section<'_, '_>) {
    let (logs, least) = (config.logs.len(), least_budget(config.logs.len()));
    if config.max_total_bytes == 0 || config.max_total_bytes >= least {
        return;
    }
    let Some((_, value)) = section.table.get_key_value("max_total_bytes") else {
        return;
    };
    let message = format!(
        "found {}; allowed: 0 (never prune), or at least {least} bytes with {logs} logs: each may have a segment in use, which must hold the longest record, {LONGEST_RECORD}",
        value::described(value.get_ref())
    );
    document.error(value.span().start, section.key("max_total_bytes"), message);
}

fn read_dir(
    config: &mut Config,
    environment: &Environment,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
) {
    let mut path = |key| {
        section.read(document, key, |value| {
            value::path(value, environment.user_home.as_deref())
        })
    };
    let (dir, alias) = (path(DIR), path(DIR_ALIAS));
    if let (true, Some((key, _))) = (
        section.table.contains_key(DIR),
        section.table.get_key_value(DIR_ALIAS),
    ) {
        document.error(
            key.span().start,
            section.key(DIR_ALIAS),
            "found beside `dir`, which it is an alias of; allowed: one of them".to_owned(),
        );
    }
    if let Some(dir) = dir.or(alias) {
        config.dir = config.home.join(dir).components().collect();
    }
}

fn read_logs(
    config: &mut Config,
    environment: &Environment,
    document: &mut Document<'_>,
    logs: &DeTable<'_>,
) {
    let mut logs: Vec<_> = logs.iter().collect();
    // The parser sorts keys by name.
    logs.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in logs {
        let at = name.span().start;
        let key = || format!("telemetry.logs.{}", invalid::quoted(name.get_ref()));
        match value.get_ref() {
            _ if !log::is_name(name.get_ref()) => document.error(
                at,
                key(),
                "found as the name of a log; allowed: lower-case letters, digits, `_` and `-`, a letter first"
                    .to_owned(),
            ),
            _ if config.logs.len() == MAX_LOGS && !log::is_known(&config.logs, name.get_ref()) => {
                document.error(
                    at,
                    format!("telemetry.logs.{}", name.get_ref()),
                    format!(
                        "found one log too many; allowed: {MAX_LOGS}, {} among them",
                        log::built_in_names().join(", ")
                    ),
                );
            }
            DeValue::Table(table) => {
                log::apply(&mut config.logs, document, environment, &config.dir, name, table);
            }
            other => document.error(
                at,
                format!("telemetry.logs.{}", name.get_ref()),
                format!(
                    "found {}; allowed: a table such as {{ enabled = false }}",
                    value::described(other)
                ),
            ),
        }
    }
    // The rollup is in the directory of the session log.
    let session = config.logs.iter().find(|log| log.kind == LogKind::Session);
    let session = session.and_then(|log| log.file.as_deref()?.parent());
    let rollup = session.unwrap_or(&config.dir).join(ROLLUP_FILE);
    let taken = [
        (&*config.file(), "this configuration"),
        (&*rollup, "where the sums of pruned turns go"),
        (
            &*replacement_of(&rollup),
            "where the next sums of pruned turns are written",
        ),
    ];
    log::check_files(&config.logs, document, &taken);
}
