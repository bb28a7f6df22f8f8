//! `[telemetry.logs.NAME]`.

use std::path::{Path, PathBuf};

pub(crate) use telemetry_schema::LogKind;
use telemetry_schema::name::{self, Family, check_log};
use telemetry_schema::nearest::nearest;
use telemetry_schema::sort::sort_by_key;
use telemetry_schema::{SCREEN_LOG, SCREEN_LOG_FILE};
use telemetry_store::lock::LOCK_FILE;
use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::document::{Document, Section};
use super::{Config, invalid, list, sample, value};
use crate::Level;
use crate::enabled::sampling::SampleRates;
use crate::enabled::targets::{Directive, Targets};

/// Returns the kind of a built-in log.
pub(super) fn kind_of(name: &str) -> Option<LogKind> {
    let log = BUILT_IN.iter().find(|(built_in, ..)| *built_in == name)?;
    Some(log.1)
}

/// Returns the keys that have an effect on a log of this name and kind.
pub(super) fn keys(name: &str, kind: LogKind) -> &'static [&'static str] {
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
            "compress",
        ],
        LogKind::Session => &["enabled", "file"],
        LogKind::Custom if name == SCREEN_LOG => &["enabled", "file"],
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
    /// Whether closed segments are compressed.
    pub(crate) compress: bool,
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
        compress: false,
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

/// Returns the log of the rendered screens with default settings. A configuration has this log if `log_content` is set, or if
/// it has the table of the log.
pub(super) fn screen(dir: &Path) -> LogConfig {
    with_defaults(SCREEN_LOG, LogKind::Custom, Some(dir.join(SCREEN_LOG_FILE)))
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
        config.logs.push(if name == SCREEN_LOG {
            screen(&config.dir)
        } else {
            with_defaults(name, LogKind::Custom, None)
        });
        config.logs.len() - 1
    });
    let log = &mut config.logs[index];
    let keys_of_log = keys(name, log.kind);
    let section = Section::new(format!("telemetry.logs.{name}"), table, keys_of_log);
    section.set(document, "enabled", value::boolean, &mut log.enabled);
    let file = section.file(document, "file", &config.dir);
    let file: Option<PathBuf> = file.map(|file| config.dir.join(file).components().collect());
    if let Some(directory) = file.as_ref().filter(|file| file.is_dir()) {
        let value = table.get("file").map_or(at, |value| value.span().start);
        let found = invalid::quoted(&directory.to_string_lossy());
        document.invalid(
            value,
            section.key("file"),
            format_args!("{found}, which is a directory"),
            value::FILE_NAME,
        );
    } else if let Some(file) = file {
        log.file = Some(file);
    } else if log.file.is_none() && log.kind == LogKind::Custom && !table.contains_key("file") {
        let built_in = [&built_in_names()[..], &[SCREEN_LOG]].concat();
        let inner = table.iter().find(|(_, value)| value.get_ref().is_table());
        let suggestion = match (nearest(name, built_in.iter().copied()), inner) {
            // `[telemetry.logs.logs.debug]`, `[telemetry.logs.my.log]`: the key behind the dot has no message of its own.
            (_, Some((inner, _))) => {
                let inner = inner.get_ref().as_ref();
                let meant = if built_in.contains(&inner) {
                    inner.to_owned()
                } else {
                    format!("{name}_{inner}")
                };
                let question = match check_log(&meant) {
                    Ok(()) => format!("; did you mean `[telemetry.logs.{meant}]`?"),
                    Err(_) => String::new(),
                };
                format!("the name of a log has no dot{question}")
            }
            (Some(meant), None) => format!("did you mean `{meant}`?"),
            (None, None) => format!("only {} have a default one", built_in.join(", ")),
        };
        let message = format!("a further log needs a `file = \"…\"`; {suggestion}");
        document.error(at, &*section.name, message);
        if inner.is_some() {
            return;
        }
    }
    section.set_list(document, "include", list::include, &mut log.include);
    section.set_list(document, "exclude", list::families, &mut log.exclude);
    section.set(document, "level", value::level, &mut log.level);
    warn_of_lone_names(document, &section, keys_of_log);
    if name == SCREEN_LOG && log.enabled && !config.log_content {
        let message = "has no effect without `log_content = true` in [telemetry]: the screen shows prompts and answers";
        document.warning(at, section.name.clone(), message.to_owned());
    }
    if let Some(rates) = sample::read(document, &section) {
        log.sample = rates;
    }
    let full = &mut log.span_events_full;
    section.set(document, "span_events", value::span_events_full, full);
    read_compress(document, &section, &mut log.compress);
    section.set_list(document, "targets", list::targets, &mut log.targets);
    section.set_list(document, "filter", list::filter, &mut log.targets);
    warn_of_levels(document, &section, keys_of_log);
    let idle = [keys(name, LogKind::Debug), keys(name, LogKind::Tui)].concat();
    section.warn_of_others(document, &idle, &|_| None);
}

/// Reads `compress`. A build without the feature `zstd` has a warning, and compresses nothing.
fn read_compress(document: &mut Document<'_>, section: &Section<'_, '_>, compress: &mut bool) {
    section.set(document, "compress", value::compress, compress);
    if *compress && !cfg!(feature = "zstd") {
        let at = section
            .table
            .get("compress")
            .map(|value| value.span().start);
        let message = "this program was built without the feature `zstd` of `telemetry-runtime`, and compresses nothing";
        document.warning(
            at.unwrap_or_default(),
            section.key("compress"),
            message.to_owned(),
        );
    }
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
    for (pattern, rate) in sample.into_iter().flatten() {
        let text = pattern.get_ref().as_ref();
        if is_lone(text) && !rate.get_ref().is_table() {
            let full = format!("{}.{text}", section.key("sample"));
            document.warning(pattern.span().start, full, message(text));
        }
    }
}

/// Adds a warning for each directive that takes nothing, because its target is the word of a level.
fn warn_of_levels(document: &mut Document<'_>, section: &Section<'_, '_>, keys: &[&str]) {
    let value = |key: &str| section.table.get(key).filter(|_| keys.contains(&key));
    let targets = value("targets").and_then(|value| value.get_ref().as_array());
    for (index, element) in targets.into_iter().flatten().enumerate() {
        if let Some(text) = element.get_ref().as_str()
            && let Some(meant) = Directive::meant_for_all(text)
        {
            let message = format!(
                "found {}, taken as a target; did you mean {}?",
                invalid::quoted(text),
                invalid::quoted(&meant)
            );
            let key = format!("{}[{index}]", section.key("targets"));
            document.warning(element.span().start, key, message);
        }
    }
    let Some(filter) = value("filter") else {
        return;
    };
    let text = filter.get_ref().as_str().unwrap_or_default();
    for misspelt in Targets::doubtful(text) {
        let (effect, question) = (&misspelt.effect, &misspelt.question);
        let message = format!(
            "found {}{effect}{question}",
            invalid::quoted(misspelt.directive)
        );
        document.warning(filter.span().start, section.key("filter"), message);
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
    let mut owners: Vec<(String, String)> = taken
        .iter()
        .map(|(path, what)| (normalized(path), (*what).to_owned()))
        .collect();
    // The defaults come first, so that the error is at a key of the file.
    let key = |log: &LogConfig| format!("telemetry.logs.{}.file", log.name);
    let mut logs: Vec<(Option<usize>, &LogConfig)> = logs
        .iter()
        .map(|log| (document.offset_of(&key(log)), log))
        .collect();
    sort_by_key(&mut logs, |(at, _)| *at);
    for (at, log) in logs {
        let Some(file) = &log.file else { continue };
        let owner = format!("the file of `telemetry.logs.{}`", log.name);
        let is_lock = file
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case(LOCK_FILE));
        let path = normalized(file);
        let other = owners.iter().rev().find(|(taken, _)| *taken == path);
        let other = other.map(|(_, owner)| owner.clone());
        owners.push((path, owner));
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
pub(super) fn disable_conflicting(logs: &mut Vec<LogConfig>, conflicts: &[String]) {
    logs.retain_mut(|log| {
        let in_conflict = conflicts.contains(&log.name);
        log.enabled &= !in_conflict;
        log.kind != LogKind::Custom || (log.file.is_some() && !in_conflict)
    });
}
