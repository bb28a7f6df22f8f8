//! `[telemetry.logs.NAME]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use telemetry_schema::LogKind;
use telemetry_schema::name::{self, Family};
use telemetry_schema::nearest::nearest;
use telemetry_store::lock::LOCK_FILE;
use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::document::{Document, Section};
use super::{Config, invalid, sample, value};
use crate::Level;
use crate::enabled::sampling::SampleRates;
use crate::enabled::targets::Targets;

/// Returns the keys that have an effect on a log of this kind.
pub(super) fn keys(kind: LogKind) -> &'static [&'static str] {
    match kind {
        LogKind::Debug => &[
            "enabled",
            "file",
            "include",
            "exclude",
            "level",
            "sample",
            "span_events",
            "targets",
        ],
        LogKind::Session => &["enabled", "file"],
        LogKind::Tui => &["enabled", "file", "level", "filter"],
        LogKind::Custom => &["enabled", "file", "include", "exclude", "level"],
    }
}

/// The resolved configuration of one log.
#[derive(Clone, Debug)]
pub(crate) struct LogConfig {
    pub(crate) name: String,
    pub(crate) kind: LogKind,
    /// Has an effect only while telemetry as a whole is enabled.
    pub(crate) enabled: bool,
    /// An absolute path; `None` for a name that is stamped at launch.
    pub(crate) file: Option<PathBuf>,
    /// Never empty.
    pub(crate) include: Vec<Family>,
    pub(crate) exclude: Vec<Family>,
    pub(crate) level: Level,
    /// The parts of the spans and events that are kept.
    pub(crate) sample: SampleRates,
    /// Whether there is a line when a span is entered, and not only when it ends.
    pub(crate) span_events_full: bool,
    /// The targets of `tracing` whose records the log takes: `targets` of the debug log, `filter` of the TUI log.
    pub(crate) targets: Targets,
}

/// The built-in logs, in the order of [`Config::logs`](super::Config), with their default files.
const BUILT_IN: [(&str, LogKind, Option<&str>); 3] = [
    ("debug", LogKind::Debug, None),
    (
        "session",
        LogKind::Session,
        Some("codex-litellm-session.jsonl"),
    ),
    ("tui", LogKind::Tui, Some("codex-tui.log")),
];

fn with_defaults(name: &str, kind: LogKind, file: Option<PathBuf>) -> LogConfig {
    LogConfig {
        name: name.to_owned(),
        kind,
        enabled: true,
        file,
        include: Family::parse("*").into_iter().collect(),
        exclude: Vec::new(),
        level: Level::Info,
        sample: SampleRates::default(),
        span_events_full: false,
        targets: match kind {
            LogKind::Tui => Targets::all(),
            _ => Targets::default(),
        },
    }
}

pub(super) fn built_in(dir: &Path) -> Vec<LogConfig> {
    BUILT_IN
        .iter()
        .map(|(name, kind, file)| with_defaults(name, *kind, file.map(|file| dir.join(file))))
        .collect()
}

pub(super) fn built_in_names() -> [&'static str; 3] {
    BUILT_IN.map(|(name, ..)| name)
}

/// Reads one table of `[telemetry.logs]` into the log of its name, or into a further log.
pub(super) fn apply(
    config: &mut Config,
    document: &mut Document<'_>,
    name: &Spanned<DeString<'_>>,
    table: &DeTable<'_>,
) {
    let at = name.span().start;
    let name = name.get_ref().as_ref();
    let index = config.logs.iter().position(|log| log.name == name);
    let index = index.unwrap_or_else(|| {
        config.logs.push(with_defaults(name, LogKind::Custom, None));
        config.logs.len() - 1
    });
    let log = &mut config.logs[index];
    let section = Section::new(format!("telemetry.logs.{name}"), table, keys(log.kind));
    section.set(document, "enabled", value::boolean, &mut log.enabled);
    if let Some(file) = section.file(document, "file") {
        log.file = Some(config.dir.join(file).components().collect());
    } else if log.kind == LogKind::Custom && !table.contains_key("file") {
        let built_in = built_in_names();
        let suggestion = match nearest(name, built_in) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("only {} have a default one", built_in.join(", ")),
        };
        let message = format!("a further log needs a `file = \"…\"`; {suggestion}");
        document.error(at, &*section.name, message);
    }
    section.set(document, "include", value::include, &mut log.include);
    section.set(document, "exclude", value::families, &mut log.exclude);
    section.set(document, "level", value::level, &mut log.level);
    warn_of_lone_names(document, &section, keys(log.kind));
    if let Some(rates) = sample::read(document, &section) {
        log.sample = rates;
    }
    let full = &mut log.span_events_full;
    section.set(document, "span_events", value::span_events_full, full);
    section.set(document, "targets", value::targets, &mut log.targets);
    section.set(document, "filter", value::filter, &mut log.targets);
    let idle = [keys(LogKind::Debug), keys(LogKind::Tui)].concat();
    section.warn_of_others(document, &idle);
}

/// Adds a warning for each name of one segment where a family is probably meant: `agent` selects no span `agent.turn`.
fn warn_of_lone_names(document: &mut Document<'_>, section: &Section<'_, '_>, keys: &[&str]) {
    let is_lone =
        |pattern: &str| pattern != "*" && name::check(pattern).is_ok() && !pattern.contains('.');
    let message = |pattern: &str| {
        format!(
            "selects only spans and events with the name \"{pattern}\"; did you mean the family \"{pattern}.*\"?"
        )
    };
    for key in ["include", "exclude"] {
        let found = section.table.get(key).filter(|_| keys.contains(&key));
        let array = found.and_then(|value| value.get_ref().as_array());
        for (index, element) in array.into_iter().flatten().enumerate() {
            if let Some(pattern) = element.get_ref().as_str().filter(|it| is_lone(it)) {
                let full = format!("{}[{index}]", section.key(key));
                document.warning(element.span().start, full, message(pattern));
            }
        }
    }
    let sample = section
        .table
        .get("sample")
        .filter(|_| keys.contains(&"sample"));
    let sample = sample.and_then(|value| value.get_ref().as_table());
    for (pattern, _) in sample.into_iter().flatten() {
        let text = pattern.get_ref().as_ref();
        if is_lone(text) {
            let full = format!("{}.{text}", section.key("sample"));
            document.warning(pattern.span().start, full, message(text));
        }
    }
}

/// Reports logs that would write into the file of another log, or into one of the `taken` files. Returns the names of these
/// logs.
pub(super) fn check_files(
    logs: &[LogConfig],
    document: &mut Document<'_>,
    taken: &[(&Path, &str)],
) -> Vec<String> {
    let mut conflicts = Vec::new();
    // In lower case, because file names are case-insensitive on macOS and Windows.
    let normalized = |path: &Path| {
        path.components()
            .collect::<PathBuf>()
            .to_string_lossy()
            .to_lowercase()
    };
    let mut owners: BTreeMap<String, String> = taken
        .iter()
        .map(|(path, what)| (normalized(path), (*what).to_owned()))
        .collect();
    // The defaults come first, so that the error is at a key of the file.
    let key = |log: &LogConfig| format!("telemetry.logs.{}.file", log.name);
    let mut logs: Vec<(Option<usize>, &LogConfig)> = logs
        .iter()
        .map(|log| (document.offset_of(&key(log)), log))
        .collect();
    logs.sort_by_key(|(at, _)| *at);
    for (at, log) in logs {
        let Some(file) = &log.file else { continue };
        let owner = format!("the file of `telemetry.logs.{}`", log.name);
        let is_lock = file
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case(LOCK_FILE));
        let other = owners.insert(normalized(file), owner);
        if let Some(other) = other.or_else(|| is_lock.then(|| "the lock of its directory".into())) {
            let found = format!(
                "{}, which is {other}",
                invalid::quoted(&file.to_string_lossy())
            );
            document.invalid(at.unwrap_or_default(), key(log), found, "a file of its own");
            conflicts.push(log.name.clone());
        }
    }
    conflicts
}

/// Disables the built-in logs among `conflicts`, and removes the further logs that have no file of their own.
pub(super) fn leave_out(logs: &mut Vec<LogConfig>, conflicts: &[String]) {
    logs.retain_mut(|log| {
        let in_conflict = conflicts.contains(&log.name);
        log.enabled &= !in_conflict;
        log.kind != LogKind::Custom || (log.file.is_some() && !in_conflict)
    });
}
