use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::environment::Environment;
use super::{Config, LogKind};
use crate::{ConfigError, ConfigOrigin, Level};

/// A home with a configuration, which is loaded with its own environment variables.
struct Home {
    dir: TempDir,
    environment: Environment,
}

impl Home {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("config.toml"), text).unwrap();
        let environment = Environment {
            user_home: Some(PathBuf::from("/home/ada")),
            ..Environment::default()
        };
        Self { dir, environment }
    }

    fn empty() -> Self {
        let home = Self::new("");
        fs::remove_file(home.path().join("config.toml")).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load_in(&self.environment, self.path())
    }

    fn load_or_default(&self, choice: Option<bool>) -> Config {
        Config::load_or_default_in(&self.environment, self.path(), choice)
    }

    fn error(&self) -> String {
        self.without_home(&self.load().unwrap_err().to_string())
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings_of(&self.load().unwrap())
    }

    fn warnings_of(&self, config: &Config) -> Vec<String> {
        let text = |warning: &ConfigError| self.without_home(&warning.to_string());
        config.warnings().iter().map(text).collect()
    }

    fn without_home(&self, text: &str) -> String {
        let home = self.path().join("");
        // On Windows the paths contain backslashes, which a quoted value escapes.
        let quoted = super::invalid::quoted(&home.to_string_lossy());
        text.replace(&*home.to_string_lossy(), "")
            .replace(quoted.trim_matches('"'), "")
            .replace(r"config.toml\", "config.toml/")
            .replace(r"logs\\", "logs/")
    }
}

#[test]
fn without_a_file_every_value_is_the_default() {
    let home = Home::empty();
    let config = home.load().unwrap();
    assert!(!config.is_enabled());
    assert_eq!(config.log_dir(), home.path().join("logs"));
    assert_eq!(config.max_total_bytes, 104_857_600);
    assert_eq!(config.max_field_bytes, 1024);
    assert_eq!(config.max_per_second, None);
    assert!(!config.log_content);
    assert_eq!(config.warnings().len(), 0);
    let logs: Vec<_> = config
        .logs
        .iter()
        .map(|log| (&*log.name, log.kind, log.enabled, log.file.clone()))
        .collect();
    let session = home.path().join("logs/codex-litellm-session.jsonl");
    let tui = home.path().join("logs/codex-tui.log");
    assert_eq!(
        logs,
        [
            ("debug", LogKind::Debug, true, None),
            ("session", LogKind::Session, true, Some(session)),
            ("tui", LogKind::Tui, true, Some(tui)),
        ]
    );
    for log in &config.logs {
        assert!(log.include[0].contains("any.name") && log.exclude.is_empty());
        assert_eq!((log.level, log.span_events_full), (Level::Info, false));
    }
}

#[cfg(unix)]
#[test]
fn every_value_of_the_manual_s_file_is_read() {
    let home = Home::new(include_str!("tests/complete.toml"));
    fs::write(home.path().join("prices.json"), "{}").unwrap();
    let config = home.load().unwrap();
    assert_eq!(config.warnings().len(), 0, "{:?}", config.warnings());
    assert!(config.is_enabled() && config.log_content);
    assert_eq!(config.log_dir(), home.path().join("telemetry"));
    assert_eq!(config.max_total_bytes, 64 << 20);
    assert_eq!(config.max_field_bytes, 4096);
    assert_eq!(config.max_per_second.map(u32::from), Some(500));
    let names: Vec<_> = config.logs.iter().map(|log| &*log.name).collect();
    // The host's own logs are in the order of the file, and not sorted by name.
    let expected = [
        "debug",
        "session",
        "tui",
        "tui_stream",
        "zoo-keeper",
        "audit",
    ];
    assert_eq!(names, expected);
    let debug = &config.logs[0];
    assert_eq!(debug.file, Some(home.path().join("telemetry/debug.jsonl")));
    assert!(
        debug
            .include
            .iter()
            .any(|family| family.contains("model.request"))
    );
    assert!(
        !debug
            .include
            .iter()
            .any(|family| family.contains("display.draw"))
    );
    assert!(debug.exclude[0].contains("display.draw"));
    assert_eq!((debug.level, debug.span_events_full), (Level::Debug, true));
    assert!(!config.logs[2].enabled);
    let audit = &config.logs[5];
    assert_eq!(audit.kind, LogKind::Custom);
    assert_eq!(
        audit.file.as_deref(),
        Some(Path::new("/var/log/agent/audit.jsonl"))
    );
    assert_eq!(
        config.logs[4].file.as_deref(),
        Some(Path::new("/home/ada/zoo.jsonl"))
    );
}

#[test]
fn later_sources_take_precedence() {
    for file in [None, Some(false), Some(true)] {
        for environment in [None, Some(false), Some(true)] {
            for flag in [None, Some(false), Some(true)] {
                let mut home = match file {
                    Some(enabled) => Home::new(&format!("[telemetry]\nenabled = {enabled}")),
                    None => Home::empty(),
                };
                home.environment.codex_telemetry =
                    environment.map(|on| if on { "1" } else { "0" }.into());
                let config = home.load().unwrap().with_enabled(flag);
                let expected = flag.or(environment).or(file).unwrap_or(false);
                assert_eq!(
                    config.is_enabled(),
                    expected,
                    "{file:?} {environment:?} {flag:?}"
                );
                let origin = match (flag, environment, file) {
                    (Some(_), ..) => ConfigOrigin::Flag,
                    (_, Some(_), _) => ConfigOrigin::Environment("CODEX_TELEMETRY"),
                    (_, _, Some(_)) => ConfigOrigin::File {
                        path: home.path().join("config.toml"),
                        line: 2,
                    },
                    _ => ConfigOrigin::Default,
                };
                assert_eq!(config.explain()[0].origin, origin);
            }
        }
    }
}

#[test]
fn the_environment_overrides_the_defaults_without_a_file() {
    let mut home = Home::new("[telemetry]\nenabled = 'broken'");
    assert!(!Config::at_in(&home.environment, home.path()).is_enabled());
    home.environment.codex_telemetry = Some("1".into());
    assert!(Config::at_in(&home.environment, home.path()).is_enabled());
}

#[test]
fn an_invalid_value_of_the_variable_is_reported_and_ignored() {
    let mut home = Home::new("telemetry.enabled = true");
    for (value, quoted) in [
        ("yes", "\"yes\""),
        ("01", "\"01\""),
        ("\u{1b}[2J", "\"\\u001B[2J\""),
    ] {
        home.environment.codex_telemetry = Some(value.into());
        assert!(home.load().unwrap().is_enabled());
        assert_eq!(
            home.warnings(),
            [format!(
                "`CODEX_TELEMETRY`: found {quoted}, ignored; allowed: 1 (on) or 0 (off)"
            )]
        );
    }
    home.environment.codex_telemetry = Some(" 0\n".into());
    assert!(!home.load().unwrap().is_enabled());
}

#[test]
fn the_filter_of_the_tui_log_is_taken_from_rust_log() {
    let mut home = Home::new("[telemetry.logs.tui]\nfilter = \"warn\"");
    let texts = |config: &Config| -> Vec<String> {
        let tui = config.logs.iter().find(|log| log.kind == LogKind::Tui);
        tui.unwrap().targets.texts().map(str::to_owned).collect()
    };
    let origin = |config: &Config| {
        let values = config.explain();
        let filter = values
            .iter()
            .find(|value| value.key == "telemetry.logs.tui.filter");
        filter.unwrap().to_string()
    };
    assert_eq!(texts(&home.load().unwrap()), ["warn"]);
    home.environment.rust_log = Some("codex_core=debug, [span{id=1}]=trace".into());
    let config = home.load().unwrap();
    assert_eq!(texts(&config), ["codex_core=debug"]);
    assert_eq!(
        origin(&config),
        "telemetry.logs.tui.filter = \"codex_core=debug\"  # RUST_LOG"
    );
    // The value has no directive that the parser knows.
    home.environment.rust_log = Some("[span]=trace,,".into());
    assert_eq!(texts(&home.load().unwrap()), ["warn"]);
}

#[test]
fn a_log_directory_that_cannot_be_written_has_a_warning_while_telemetry_is_enabled() {
    let home = Home::new("[telemetry]\ndir = \"file/logs\"");
    fs::write(home.path().join("file"), "").unwrap();
    assert_eq!(home.warnings(), Vec::<String>::new());
    let expected = "telemetry could not be written to file/logs: file is a file; nothing is recorded until `telemetry.dir` \
                    (config.toml:2) is a path without it";
    for config in [
        home.load_or_default(Some(true)),
        home.load()
            .unwrap()
            .with_enabled(Some(true))
            .with_enabled(Some(true)),
    ] {
        assert_eq!(home.warnings_of(&config), [expected]);
    }
    assert_eq!(
        home.warnings_of(&home.load_or_default(Some(false))),
        Vec::<String>::new()
    );
    fs::remove_file(home.path().join("file")).unwrap();
    assert_eq!(
        home.warnings_of(&home.load_or_default(Some(true))),
        Vec::<String>::new()
    );
}

#[test]
fn a_misspelt_rust_log_has_a_warning_while_telemetry_is_enabled() {
    const ALLOWED: &str = "; allowed: directives that are separated by commas, such as \"info,codex_core=debug,hyper=off\"";
    let mut home = Home::new("[telemetry]\nenabled = true");
    for (text, found, meant) in [
        (
            "info,hyper=debgu",
            "\"hyper=debgu\" (`debgu` is not a level), ignored",
            "; did you mean \"debug\"?",
        ),
        (
            "debgu",
            "\"debgu\", taken as a target",
            "; did you mean the level \"debug\"?",
        ),
        (
            "verbose",
            "\"verbose\", taken as a target",
            "; did you mean the level \"debug\"?",
        ),
        (
            "codex_core:debug",
            "\"codex_core:debug\", taken as a target",
            "; did you mean \"codex_core=debug\"?",
        ),
        (
            "my crate=info",
            "\"my crate=info\" (a blank is not allowed in a target), ignored",
            "",
        ),
        (
            "info;hyper=off",
            "\"info;hyper=off\" (`;` is not allowed in a target), ignored",
            "",
        ),
        (
            "=info",
            "\"=info\" (it has no target before `=`), ignored",
            "",
        ),
        (
            "hyper=",
            "\"hyper=\" (it has no level behind `=`), ignored",
            "",
        ),
    ] {
        home.environment.rust_log = Some(text.into());
        assert_eq!(
            home.warnings(),
            [format!("`RUST_LOG`: found {found}{ALLOWED}{meant}")]
        );
    }
    home.environment.rust_log = Some("a=loud,info, hyper=,debgu".into());
    let found = home.warnings();
    let begins = ["\"a=loud\"", "\"hyper=\"", "\"debgu\""];
    assert_eq!(found.len(), begins.len(), "{found:?}");
    for (found, begins) in found.iter().zip(begins) {
        assert!(
            found.starts_with(&format!("`RUST_LOG`: found {begins}")),
            "{found}"
        );
    }
    for valid in [
        "info",
        "hyper",
        "a[span{id=1}]=trace,off,",
        "2",
        "info/debgu=x",
        "INFO,a::b=TRACE",
        "warp,tower_http::trace:x",
    ] {
        home.environment.rust_log = Some(valid.into());
        assert_eq!(home.warnings(), Vec::<String>::new(), "{valid}");
    }
    home.environment.rust_log = Some("debgu".into());
    home.environment.codex_telemetry = Some("0".into());
    assert_eq!(home.warnings(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn the_home_is_taken_from_the_environment() {
    let mut environment = Environment {
        user_home: Some("/home/ada".into()),
        ..Environment::default()
    };
    assert_eq!(environment.codex_home(), Path::new("/home/ada/.codex"));
    environment.codex_home = Some("/srv/codex".into());
    assert_eq!(environment.codex_home(), Path::new("/srv/codex"));
    environment.codex_home = Some("here".into());
    let here = std::env::current_dir().unwrap().join("here");
    assert_eq!(environment.codex_home(), here);
    assert_eq!(Environment::default().codex_home(), Path::new("/.codex"));
}

#[test]
fn a_relative_or_missing_home_is_made_absolute() {
    let environment = Environment::default();
    let config = Config::load_in(&environment, Path::new("no/such/home")).unwrap();
    let here = std::env::current_dir().unwrap();
    assert_eq!(config.home, here.join("no/such/home"));
    assert_eq!(config.log_dir(), here.join("no/such/home/logs"));
}

#[cfg(unix)]
#[test]
fn a_path_from_the_tilde_needs_a_home_directory() {
    let mut home = Home::new("[telemetry]\ndir = \"~/logs\"");
    assert_eq!(home.load().unwrap().log_dir(), Path::new("/home/ada/logs"));
    home.environment.user_home = None;
    assert_eq!(
        home.error(),
        "config.toml:2:7: `telemetry.dir`: found the string \"~/logs\"; allowed: an absolute path, because the user of this process has no home directory"
    );
}

#[cfg(unix)]
#[test]
fn the_alias_of_the_directory_is_explained_with_its_line() {
    let home = Home::new("[telemetry]\n\ntelemetry_dir = \"/var/log/agent\"");
    let config = home.load().unwrap();
    assert_eq!(config.log_dir(), Path::new("/var/log/agent"));
    let line = format!(
        "telemetry.dir = \"/var/log/agent\"  # {}:3",
        home.path().join("config.toml").display()
    );
    assert_eq!(config.explain()[1].to_string(), line);
}

#[cfg(unix)]
#[test]
fn every_value_is_explained_once() {
    let home = Home::new(include_str!("tests/complete.toml"));
    let explained: Vec<String> = home
        .load()
        .unwrap()
        .explain()
        .iter()
        .map(|value| home.without_home(&value.to_string()))
        .collect();
    let expected: Vec<&str> = include_str!("tests/complete.explained").lines().collect();
    assert_eq!(explained, expected);
}

#[test]
fn the_manual_contains_every_key() {
    let manual = include_str!("../../../../docs/configuration.md");
    let explained = Home::empty().load().unwrap().explain();
    for value in explained {
        let key = value.key.rsplit('.').next().unwrap();
        assert!(manual.contains(&format!("| `{key}` |")), "{key} has no row");
    }
}

#[test]
fn tables_of_the_host_are_ignored() {
    let home = Home::new(
        "model = 'gpt-5'\n[model_providers.litellm]\nenabled = 7\n[[mcp]]\nmax_total_bytes = 'x'\n[telemetry2]\nlevel = 1\n[logs]\nlevel = 2\ndebug = true\n[logs.http]\nlevel = 1\n[pricing]\nplan = 'pro'\n[pricing.eu]\nvat = 1",
    );
    assert_eq!(home.warnings(), [""; 0]);
}

#[test]
fn a_misspelt_table_or_key_of_the_top_level_is_a_warning() {
    for (text, warning) in [
        (
            "[logs.debug]",
            "2: `logs.debug`: ignored, because the settings of telemetry are below `[telemetry]`; did you mean `[telemetry.logs.debug]`?",
        ),
        (
            "[logs.tui_stream]",
            "2: `logs.tui_stream`: ignored, because the settings of telemetry are below `[telemetry]`; did you mean `[telemetry.logs.tui_stream]`?",
        ),
        (
            "[pricing]\nprice_map = 'x'",
            "2: `pricing`: ignored, because the settings of telemetry are below `[telemetry]`; did you mean `[telemetry.pricing]`?",
        ),
        (
            "[pricing.'gpt-4.1']\ninput_cost_per_token = 1e-6",
            "2: `pricing`: ignored, because the settings of telemetry are below `[telemetry]`; did you mean `[telemetry.pricing]`?",
        ),
        (
            "[Telemetry]",
            "2: `Telemetry`: unknown, ignored; did you mean `[telemetry]`?",
        ),
        (
            "[telemtry]",
            "2: `telemtry`: unknown, ignored; did you mean `[telemetry]`?",
        ),
        (
            "telemetry-dir = 'x'",
            "1: `telemetry-dir`: unknown, ignored; did you mean `telemetry_dir`?",
        ),
        (
            "telemety_dir = 'x'",
            "1: `telemety_dir`: unknown, ignored; did you mean `telemetry_dir`?",
        ),
    ] {
        assert_eq!(
            Home::new(text).warnings(),
            [format!("config.toml:1:{warning}")]
        );
    }
}

#[test]
fn the_directory_may_stand_at_the_top_level() {
    for (text, dir, ignored) in [
        ("telemetry_dir = 'top'", "top", &[][..]),
        (
            "telemetry_dir = 'top'\n[telemetry]\nenabled = true",
            "top",
            &[],
        ),
        (
            "telemetry_dir = 'top'\n[telemetry]\ntelemetry_dir = 'alias'",
            "alias",
            &[
                "config.toml:1:1: `telemetry_dir`: ignored, because `telemetry.telemetry_dir` is set",
            ],
        ),
        (
            "telemetry_dir = 'top'\n[telemetry]\ntelemetry_dir = 'alias'\ndir = 'dir'",
            "dir",
            &[
                "config.toml:1:1: `telemetry_dir`: ignored, because `telemetry.dir` is set",
                "config.toml:3:1: `telemetry.telemetry_dir`: ignored, because `telemetry.dir` is set",
            ],
        ),
    ] {
        let home = Home::new(text);
        let config = home.load().unwrap();
        assert_eq!(config.log_dir(), home.path().join(dir), "{text}");
        assert_eq!(home.warnings_of(&config), ignored, "{text}");
        let origin = &config.explain()[1].origin;
        assert!(
            matches!(origin, ConfigOrigin::File { .. }),
            "{text}: {origin}"
        );
    }
}

mod fallback;
mod files;
mod messages;
mod paths;
mod prices;
mod sizes;
mod syntax;
mod top_level;

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in "(\\PC|\n){0,300}") {
        let _ = Home::new(&text).load();
    }

    // Text that is mostly well-formed reaches further than noise does.
    #[test]
    fn arbitrary_tables_do_not_panic(lines in prop::collection::vec((key(), value()), 0..12)) {
        let lines = lines.iter().map(|(key, value)| format!("{key} = {value}\n"));
        let text = format!("[telemetry]\n{}", lines.collect::<String>());
        let home = Home::new(&text);
        if let Err(error) = home.load() {
            prop_assert!(error.position().is_some());
            assert_visible(&error.to_string());
        }
        for warning in home.load_or_default(None).warnings() {
            assert_visible(&warning.to_string());
        }
    }
}

fn assert_visible(message: &str) {
    let lines = message.replace('\n', "");
    assert!(!lines.contains(char::is_control), "{message:?}");
}

fn key() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "enabled",
        "dir",
        "telemetry_dir",
        "max_total_bytes",
        "max_field_bytes",
        "log_content",
        "logs",
        "logs.debug",
        "logs.debug.include",
        "logs.debug.level",
        "logs.session.file",
        "logs.tui.file",
        "logs.mine.file",
        "logs.\"\\u001b\".file",
        "logs.mine.\"\\u001b\".file",
        "\"\\u001b\"",
    ]);
    prop_oneof![4 => plain.prop_map(str::to_owned), 1 => "[a-z_]{1,12}"]
}

fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}").replace("NaN", "nan")),
        Just("2026-11-22T18:54:00Z".to_owned()),
        "[a-z./~ ]{0,12}".prop_map(|text| format!("\"{text}\"")),
        "[0-9]{1,22} ?(B|kB|MiB|GiB|TB)".prop_map(|text| format!("\"{text}\"")),
        Just("\"\\u001b[2J\\u0000\"".to_owned()),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| format!("[{}]", values.join(", "))),
            (key(), inner).prop_map(|(key, value)| format!("{{ {key} = {value} }}")),
        ]
    })
}
