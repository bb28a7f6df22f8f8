//! The table `[telemetry]`.

use std::path::{Path, PathBuf};

use telemetry_schema::name::check_log;
use telemetry_schema::nearest::is_misspelt;
use telemetry_store::rollup::{REPLACEMENT_FILE, ROLLUP_FILE};
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

/// The table of the file that telemetry reads. Of the top level it also reads [`DIR_ALIAS`].
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
    "emit_to_tracing",
    LOGS,
    PRICING,
];

/// [`MAX_LINE`] in messages.
const LONGEST_RECORD: &str = "64 KiB";
const _: () = assert!(MAX_LINE == 64 * 1024);

/// Sets the valid values of the file and returns the errors of the others, each of which keeps its default. A log without
/// a file of its own is disabled or removed.
pub(super) fn apply(
    config: &mut Config,
    environment: &Environment,
    file: &Path,
    text: &str,
) -> Vec<ConfigError> {
    let mut document = Document::new(file, text, environment.user_home.as_deref());
    match DeTable::parse(text) {
        Ok(root) => read_root(config, &mut document, root.get_ref()),
        Err(error) => {
            let at = error.span().map_or(text.len(), |span| span.start);
            let hint = if is_boolean_word(text.get(at..).unwrap_or_default()) {
                "; a boolean is `true` or `false`"
            } else {
                ""
            };
            document.error(
                at,
                "",
                format!("is not valid TOML: {}{hint}", error.message()),
            );
        }
    }
    let found = document.finish();
    (config.warnings, config.lines) = (found.warnings, found.lines);
    if config.lines.contains_key("telemetry.enabled") {
        config.enabled_by = config.in_file("telemetry.enabled");
    }
    found.errors
}

/// Returns whether a text begins with a word that other formats read as a boolean.
fn is_boolean_word(text: &str) -> bool {
    let word = text.split(|found: char| !found.is_alphanumeric()).next();
    word.is_some_and(|word| {
        let words = ["yes", "no", "on", "off", "true", "false"];
        words.iter().any(|it| word.eq_ignore_ascii_case(it))
    })
}

/// Reads the top level of the file. Its other tables and keys belong to the host.
fn read_root(config: &mut Config, document: &mut Document<'_>, root: &DeTable<'_>) {
    let top = Section::top(root, &[DIR_ALIAS]);
    let dir = top.path(document, DIR_ALIAS);
    let table = root.get(TABLE).and_then(|value| value.get_ref().as_table());
    if let (None, Some((key, value))) = (table, root.get_key_value(TABLE)) {
        document.invalid(
            key.span().start,
            TABLE,
            value::described(value.get_ref()),
            "one table, [telemetry]",
        );
    }
    read(
        config,
        document,
        &Section::new(TABLE, table.unwrap_or(&DeTable::new()), KEYS),
        dir,
    );
    for (key, value) in root {
        if let Some(meant) = misspelt(key.get_ref(), value.get_ref()) {
            let message = format!("unknown, ignored; did you mean {meant}?");
            document.warning(key.span().start, key.get_ref().to_string(), message);
        }
    }
}

/// Returns the name that a table or key of the top level is probably meant to have. The limit is strict, because most names
/// there belong to the host.
fn misspelt(key: &str, value: &DeValue<'_>) -> Option<&'static str> {
    if value.is_table() {
        is_misspelt(key, TABLE, 2).then_some("`[telemetry]`")
    } else {
        is_misspelt(key, DIR_ALIAS, 1).then_some("`telemetry_dir`")
    }
}

/// Reads the table. `dir` is the directory that the top level of the file has.
fn read(
    config: &mut Config,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
    dir: Option<PathBuf>,
) {
    section.set(document, "enabled", value::boolean, &mut config.enabled);
    let budget = |value: &DeValue<'_>| {
        let reason = format!(
            "a segment is 1/{SEGMENTS} of it and must hold the longest record, {LONGEST_RECORD}"
        );
        value::bytes(
            value,
            Some("never prune"),
            least_budget(0)..=u64::MAX,
            &reason,
        )
    };
    section.set(
        document,
        "max_total_bytes",
        budget,
        &mut config.max_total_bytes,
    );
    section.set(
        document,
        "log_content",
        value::boolean,
        &mut config.log_content,
    );
    let field_bytes = |value: &DeValue<'_>| {
        let reason = format!("a record is at most {LONGEST_RECORD}");
        let bytes = value::bytes(value, None, MIN_FIELD_BYTES..=MAX_FIELD_BYTES, &reason)?;
        // At most MAX_FIELD_BYTES.
        Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
    };
    section.set(
        document,
        "max_field_bytes",
        field_bytes,
        &mut config.max_field_bytes,
    );
    let max_per_second = |value: &DeValue<'_>| value::max_per_second(value).map(Some);
    section.set(
        document,
        "max_per_second",
        max_per_second,
        &mut config.max_per_second,
    );
    section.set(
        document,
        "emit_to_tracing",
        value::boolean,
        &mut config.emit_to_tracing,
    );
    read_dir(config, document, section, dir);
    config.logs = log::built_in(&config.dir);
    if let Some(logs) = subtable(document, section, LOGS, "[telemetry.logs.debug]") {
        read_logs(config, document, logs);
    }
    let example = "[telemetry.pricing.\"gpt-4o-mini\"]";
    if let Some(prices) = subtable(document, section, PRICING, example) {
        pricing::read(config, document, prices);
    }
    check_budget(config, document, section);
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
        let allowed = format_args!("tables such as {example}");
        document.invalid(written.span().start, section.key(key), found, allowed);
    }
    table
}

/// Returns the smallest budget for a number of logs.
fn least_budget(logs: usize) -> u64 {
    MIN_SEGMENT_BYTES * segments(logs) as u64
}

/// Checks the budget again when the number of logs is known: with many logs a segment is a smaller part of it.
fn check_budget(config: &mut Config, document: &mut Document<'_>, section: &Section<'_, '_>) {
    let (logs, least) = (config.logs.len(), least_budget(config.logs.len()));
    if config.max_total_bytes == 0 || config.max_total_bytes >= least {
        return;
    }
    let Some((_, value)) = section.table.get_key_value("max_total_bytes") else {
        return;
    };
    let allowed = format_args!(
        "0 (never prune), or at least {least} bytes with {logs} logs: each may have a segment in use, which must hold the longest record, {LONGEST_RECORD}"
    );
    let (at, found) = (value.span().start, value::described(value.get_ref()));
    document.invalid(at, section.key("max_total_bytes"), found, allowed);
    config.max_total_bytes = least;
}

/// Reads the directory: `dir`, or else `telemetry_dir` of the table, or else `telemetry_dir` of the top level.
fn read_dir(
    config: &mut Config,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
    top: Option<PathBuf>,
) {
    let alias = section.path(document, DIR_ALIAS);
    let Some(dir) = section
        .path(document, DIR)
        .or_else(|| alias.clone())
        .or(top)
    else {
        return;
    };
    let dir: PathBuf = config.home.join(dir).components().collect();
    let used = [section.key(DIR), section.key(DIR_ALIAS), DIR_ALIAS.into()];
    let mut used = used
        .iter()
        .filter_map(|key| Some((key, document.offset_of(key)?)));
    if let Some((first, _)) = used.next() {
        let ignored: Vec<_> = used.map(|(key, at)| (key.clone(), at)).collect();
        for (key, at) in ignored {
            document.warning(at, key, format!("ignored, because `{first}` is set"));
        }
    }
    config.dir = dir;
}

fn read_logs(config: &mut Config, document: &mut Document<'_>, logs: &DeTable<'_>) {
    let mut logs: Vec<_> = logs.iter().collect();
    // The parser sorts keys by name.
    logs.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in logs {
        let at = name.span().start;
        let (name_text, key) = (
            name.get_ref().as_ref(),
            format!("telemetry.logs.{}", name.get_ref()),
        );
        match value.get_ref() {
            // A log is named in `telemetry_event!(log = "…")`.
            _ if check_log(name_text).is_err() => document.invalid(
                at,
                format!("telemetry.logs.{}", invalid::quoted(name_text)),
                "as the name of a log",
                "lower-case letters, digits, `_` and `-`, a letter first",
            ),
            _ if config.logs.len() == MAX_LOGS
                && config.logs.iter().all(|log| log.name != name_text) =>
            {
                let built_in = log::built_in_names().join(", ");
                let allowed = format_args!("{MAX_LOGS}, {built_in} among them");
                document.invalid(at, key, "one log too many", allowed);
            }
            DeValue::Table(table) => log::apply(config, document, name, table),
            other => {
                let allowed = "a table such as { enabled = false }";
                document.invalid(at, key, value::described(other), allowed);
            }
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
            &*rollup.with_file_name(REPLACEMENT_FILE),
            "where the next sums of pruned turns are written",
        ),
    ];
    let conflicts = log::check_files(&config.logs, document, &taken);
    log::leave_out(&mut config.logs, &conflicts);
}
