//! The table `[telemetry]`.

use std::path::{Path, PathBuf};

use telemetry_schema::name::check_log;
use telemetry_store::rollup::{REPLACEMENT_FILE, ROLLUP_FILE};
use toml::de::{DeTable, DeValue};

use super::document::{Document, Section, full_key, in_file_order};
use super::environment::Environment;
use super::keys::{DIR, DIR_ALIAS, KEYS, LOGS, PRICING, TABLE};
use super::size::Sizes;
use super::{
    Config, ENABLED, LogKind, MAX_FIELD_BYTES, MAX_LOGS, MIN_FIELD_BYTES, MIN_SEGMENT_BYTES,
    invalid, log, misplaced, pricing, size, syntax, value,
};
use crate::ConfigError;
use crate::enabled::log::retention::segments;

/// Sets the valid values of the file and returns the errors of the others, each of which keeps its default. A log without
/// a file of its own is disabled or removed. At most `most` errors and warnings are listed one by one.
pub(super) fn apply(
    config: &mut Config,
    environment: &Environment,
    file: &Path,
    text: &str,
    most: usize,
) -> Vec<ConfigError> {
    let mut document = Document::new(file, text, environment.user_home.as_deref());
    match DeTable::parse(text) {
        Ok(root) => read_root(config, &mut document, root.get_ref()),
        Err(error) => {
            config.is_file_invalid = true;
            let span = error.span().unwrap_or(text.len()..text.len());
            let at = span.start;
            let why = syntax::describe(text, &span, error.message());
            document.error(at, "", format!("is not valid TOML: {why}"));
        }
    }
    let found = document.finish(most);
    (config.warnings, config.lines) = (found.warnings, found.lines);
    if config.lines.contains_key(ENABLED) {
        config.enabled_by = config.in_file(ENABLED);
    }
    found.errors
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
    misplaced::warn(document, root);
}

/// Reads the table. `dir` is the directory that the top level of the file has.
fn read(
    config: &mut Config,
    document: &mut Document<'_>,
    section: &Section<'_, '_>,
    dir: Option<PathBuf>,
) {
    section.set(document, "enabled", value::boolean, &mut config.enabled);
    section.set(
        document,
        "log_content",
        value::boolean,
        &mut config.log_content,
    );
    let field_bytes = |value: &DeValue<'_>| {
        let allowed = Sizes {
            range: MIN_FIELD_BYTES..=MAX_FIELD_BYTES,
            example: "4 KiB",
            reason: "",
            zero: None,
        };
        let bytes = size::bytes(value, &allowed)?;
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
    if config.log_content {
        config.logs.push(log::screen(&config.dir));
    }
    if let Some(logs) = subtable(document, section, LOGS, "[telemetry.logs.debug]", DIR) {
        read_logs(config, document, logs);
    }
    let example = "[telemetry.pricing.\"gpt-4o-mini\"]";
    if let Some(prices) = subtable(document, section, PRICING, example, "pricing.price_map") {
        pricing::read(config, document, prices);
    }
    read_budget(config, document, section);
    section.warn_of_others(document, &[], &elsewhere);
}

/// Words for the tables in `[telemetry]`.
const TABLE_WORDS: [(&str, &str); 8] = [
    ("price", PRICING),
    ("prices", PRICING),
    ("price_map", "pricing.price_map"),
    ("cost", PRICING),
    ("costs", PRICING),
    ("model", PRICING),
    ("models", PRICING),
    ("logging", LOGS),
];

/// Returns the place of a key that belongs into a table of `[telemetry]`: the table of a log, a key of such a table, or the
/// prices.
fn elsewhere(key: &str) -> Option<String> {
    if log::built_in_names().contains(&key) {
        return Some(format!("{LOGS}.{key}"));
    }
    if let Some((_, table)) = TABLE_WORDS.iter().find(|(word, _)| *word == key) {
        return Some((*table).to_owned());
    }
    let name = log_with_key(key)?;
    Some(format!("{LOGS}.{name}.{key}"))
}

/// Returns the first built-in log whose table has a key.
fn log_with_key(key: &str) -> Option<&'static str> {
    let has_key =
        |name: &&str| log::kind_of(name).is_some_and(|kind| log::keys(name, kind).contains(&key));
    log::built_in_names().into_iter().find(has_key)
}

/// Returns a table of tables. `path` is the key that a path in the place of the table is probably meant for.
fn subtable<'t, 'i>(
    document: &mut Document<'_>,
    section: &Section<'t, 'i>,
    key: &str,
    example: &str,
    path: &str,
) -> Option<&'t DeTable<'i>> {
    let (written, value) = section.table.get_key_value(key)?;
    let table = value.get_ref().as_table();
    if table.is_none() {
        let found = value::described(value.get_ref());
        let meant = match value.get_ref().as_str() {
            Some(_) => format!("; did you mean `{path}` below [telemetry]?"),
            None => String::new(),
        };
        let allowed = format_args!("tables such as {example}{meant}");
        document.invalid(written.span().start, section.key(key), found, allowed);
    }
    table
}

/// Returns the smallest budget for a number of logs.
fn least_budget(logs: usize) -> u64 {
    MIN_SEGMENT_BYTES * segments(logs) as u64
}

/// Reads the budget, when the number of logs is known: with many logs a segment is a smaller part of it.
fn read_budget(config: &mut Config, document: &mut Document<'_>, section: &Section<'_, '_>) {
    const KEY: &str = "max_total_bytes";
    let (logs, least) = (config.logs.len(), least_budget(config.logs.len()));
    let is_due_to_logs = least > least_budget(0);
    let reason = if is_due_to_logs {
        format!(" with {logs} logs")
    } else {
        String::new()
    };
    let allowed = Sizes {
        range: least..=size::MAX_BYTES,
        example: "100 MiB",
        reason: &reason,
        zero: Some("never prune"),
    };
    let place = &mut config.max_total_bytes;
    section.set(document, KEY, |value| size::bytes(value, &allowed), place);
    // A budget that only the number of logs makes too small is nearer to the smallest one than to the default.
    let value = section.table.get(KEY);
    let bytes = value.and_then(|value| size::number_of_bytes(value.get_ref()));
    if bytes.is_some_and(|bytes| (least_budget(0)..least).contains(&bytes)) {
        *place = least;
    }
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
    for (name, value) in in_file_order(logs) {
        let at = name.span().start;
        let (name_text, key) = (
            name.get_ref().as_ref(),
            full_key("telemetry.logs", name.get_ref()),
        );
        match value.get_ref() {
            // A log is named in `telemetry_event!(log = "…")`.
            _ if check_log(name_text).is_err() => {
                let lower = name_text.to_lowercase();
                let meant = match check_log(&lower) {
                    Ok(()) => format!("; did you mean `{lower}`?"),
                    Err(_) => String::new(),
                };
                document.invalid(
                    at,
                    format!("telemetry.logs.{}", invalid::quoted(name_text)),
                    format_args!("{} as the name of a log", invalid::quoted(name_text)),
                    format_args!("lower-case letters, digits, `_` and `-`, a letter first{meant}"),
                );
            }
            _ if config.logs.len() == MAX_LOGS
                && config.logs.iter().all(|log| log.name != name_text) =>
            {
                let built_in = log::built_in_names().join(", ");
                let allowed = format_args!("{MAX_LOGS}, {built_in} among them");
                document.invalid(at, key, "one log too many", allowed);
            }
            DeValue::Table(table) => log::apply(config, document, name, table),
            other => {
                let allowed = match (log_with_key(name_text), other) {
                    // `level` below [telemetry.logs].
                    (Some(log), _) => {
                        format!("a table of a log; did you mean `logs.{log}.{name_text}`?")
                    }
                    (None, DeValue::Boolean(enabled)) => {
                        format!("a table; did you mean {{ enabled = {enabled} }}?")
                    }
                    (None, _) => format!("one table, [{key}]"),
                };
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
    log::disable_conflicting(&mut config.logs, &conflicts);
}
