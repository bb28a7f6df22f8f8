//! Settings of telemetry at the top level of the file, where they have no effect. The other keys there belong to the host.

use telemetry_schema::SCREEN_LOG;
use telemetry_schema::nearest::is_misspelt;
use toml::de::{DeTable, DeValue};

use super::document::{Document, full_key, in_file_order};
use super::keys::{DIR, DIR_ALIAS, KEYS, LOGS, PRICING, TABLE};
use super::{log, pricing};

/// The keys of `[telemetry]` that no host is likely to have at the top level.
const UNMISTAKABLE: [&str; 4] = [
    "max_total_bytes",
    "log_content",
    "max_field_bytes",
    "emit_to_tracing",
];

/// The keys of `[telemetry]` that are its own only in a file without any key of a host.
const AMBIGUOUS: [&str; 2] = [DIR, "max_per_second"];

const ENABLED: &str = "enabled";

/// Adds a warning for each table and each key of the top level that is probably meant for telemetry.
pub(super) fn warn(document: &mut Document<'_>, root: &DeTable<'_>) {
    let has_table = root.contains_key(TABLE);
    for (key, value) in root {
        let (name, value) = (key.get_ref().as_ref(), value.get_ref());
        let at = key.span().start;
        if let Some(meant) = misspelt(name, value, has_table) {
            let message = format!("unknown, ignored; did you mean {meant}?");
            document.warning(at, full_key("", name), message);
        } else if let Some(table) = value.as_table()
            && let Some(found) = of_telemetry(name, table)
        {
            let message = format!(
                "ignored, because the settings of telemetry are below `[telemetry]`; did you mean `[telemetry.{found}]`?"
            );
            document.warning(at, found, message);
        }
    }
    let above = above_the_table(root);
    if let Some((at, first)) = above.first() {
        let names = above.iter().map(|(_, name)| format!("`{name}`"));
        let moved = match &above[..] {
            [_] => "it".to_owned(),
            _ => names.collect::<Vec<_>>().join(", "),
        };
        let message = format!(
            "ignored, because the settings of telemetry are below `[telemetry]`; move {moved} below such a line"
        );
        document.warning(*at, (*first).to_owned(), message);
    }
}

/// Returns the keys of the top level, each with its offset, that belong to `[telemetry]`. A key that the table has as well is
/// not among them, because then the one of the top level is the host's.
fn above_the_table<'t>(root: &'t DeTable<'_>) -> Vec<(usize, &'t str)> {
    let table = root.get(TABLE);
    let fields = table.and_then(|table| table.get_ref().as_table());
    let is_set = |name: &str| fields.is_some_and(|fields| fields.contains_key(name));
    let is_unmistakable = |name: &str| UNMISTAKABLE.contains(&name) && !is_set(name);
    let has_table = table.is_some();
    let is_without_host = !has_table && is_without_host(root);
    let has_unmistakable = root.keys().any(|key| is_unmistakable(key.get_ref()));
    let belongs = |name: &str, value: &DeValue<'_>| {
        is_unmistakable(name)
            || (name == ENABLED
                && value.as_bool().is_some()
                && !has_table
                && (is_without_host || has_unmistakable))
            || (is_without_host && AMBIGUOUS.contains(&name))
    };
    in_file_order(root)
        .into_iter()
        .filter(|(_, value)| !value.get_ref().is_table())
        .map(|(key, value)| (key.span().start, key.get_ref().as_ref(), value.get_ref()))
        .filter(|(_, name, value)| belongs(name, value))
        .map(|(at, name, _)| (at, name))
        .collect()
}

/// Returns whether a file enables something, and has no key that `[telemetry]` does not have. A host has keys of its own, but
/// its users may set none of them.
fn is_without_host(root: &DeTable<'_>) -> bool {
    let enabled = root.get(ENABLED);
    enabled.is_some_and(|value| value.get_ref().as_bool().is_some())
        && root.iter().all(|(key, value)| {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(table) => of_telemetry(name, table).is_some(),
                _ => KEYS.contains(&name),
            }
        })
}

/// Returns the name of a table of the top level, or of a table in it, that is clearly one of `[telemetry]`. A host may have
/// tables `logs` and `pricing` of its own.
fn of_telemetry(name: &str, table: &DeTable<'_>) -> Option<String> {
    match name {
        LOGS => {
            let is_log = |name: &str| log::built_in_names().contains(&name) || name == SCREEN_LOG;
            let found = in_file_order(table)
                .into_iter()
                .find(|(name, value)| is_log(name.get_ref()) && value.get_ref().is_table());
            found.map(|(log, _)| full_key(name, log.get_ref()))
        }
        PRICING => pricing::is_pricing(table).then(|| name.to_owned()),
        _ => None,
    }
}

/// Returns the name that a table or key of the top level is probably meant to have. The limit is strict, because most names
/// there belong to the host.
fn misspelt(key: &str, value: &DeValue<'_>, has_table: bool) -> Option<String> {
    // `"telemetry.enabled" = true` is a key with a dot in its name.
    if let Some((TABLE, below)) = key.split_once('.')
        && KEYS.contains(&below.split('.').next()?)
    {
        return Some(if value.is_table() {
            format!("`[{key}]`, without quotes")
        } else {
            format!("`{key}`, without quotes")
        });
    }
    if value.is_table() {
        return is_misspelt(key, TABLE, 2).then(|| format!("`[{TABLE}]`"));
    }
    if is_misspelt(key, DIR_ALIAS, 1) {
        return Some(format!("`{DIR_ALIAS}`"));
    }
    let below = key.strip_prefix(TABLE)?.strip_prefix(['_', '-'])?;
    let meant = KEYS.iter().find(|name| is_or_is_misspelt(below, name))?;
    (!has_table && key != DIR_ALIAS).then(|| format!("`{TABLE}.{meant}`"))
}

fn is_or_is_misspelt(found: &str, name: &str) -> bool {
    found == name || is_misspelt(found, name, 0)
}
