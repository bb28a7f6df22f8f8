//! Paths that other programs would expand, and files in the place of a directory.

use std::path::Path;

use super::{Config, Home};

#[test]
fn a_variable_in_a_path_has_a_warning_with_the_path_that_is_meant() {
    for (text, expected) in [
        (
            "[telemetry]\ndir = '$HOME/logs'",
            "config.toml:2:7: `telemetry.dir`: found the string \"$HOME/logs\", in which `$HOME` is a part of the name, because \
             variables are not expanded; did you mean \"~/logs\"?",
        ),
        (
            "telemetry_dir = '${CODEX_HOME}/logs'",
            "config.toml:1:17: `telemetry_dir`: found the string \"${CODEX_HOME}/logs\", in which `${CODEX_HOME}` is a part of the \
             name, because variables are not expanded; did you mean \"logs\"?",
        ),
        (
            "[telemetry.pricing]\nprice_map = '%APPDATA%/prices.json'",
            "config.toml:2:13: `telemetry.pricing.price_map`: found the string \"%APPDATA%/prices.json\", in which `%APPDATA%` is a \
             part of the name, because variables are not expanded; write the path itself: absolute, from `~/`, or relative to \
             CODEX_HOME",
        ),
        (
            "[telemetry.logs.tui]\nfile = 'tui-%Y.log'",
            "config.toml:2:8: `telemetry.logs.tui.file`: found the string \"tui-%Y.log\", in which `%Y` is a part of the name, \
             because patterns are not expanded; write the path itself: absolute, from `~/`, or relative to the log directory",
        ),
    ] {
        assert_eq!(Home::new(text).warnings()[0], expected, "{text}");
    }
}

#[test]
fn a_variable_or_a_tilde_in_codex_home_has_a_warning_unless_telemetry_is_disabled() {
    let mut home = Home::new("");
    for (text, part, why) in [
        ("~/.codex", "`~`", "only a shell expands it"),
        ("$HOME/.codex", "`$HOME`", "variables are not expanded"),
    ] {
        home.environment.codex_home = Some(text.into());
        let path = home.environment.codex_home();
        let load = |choice| Config::load_or_default_in(&home.environment, &path, choice);
        // Without a choice as well, because the file that enables telemetry may be in the home that is meant.
        for choice in [Some(true), None] {
            assert_eq!(
                home.warnings_of(&load(choice)),
                [format!(
                    "`CODEX_HOME`: found the string \"{text}\", in which {part} is a part of the name, because {why}; write the path \
                     itself, and let it be absolute"
                )]
            );
        }
        assert_eq!(home.warnings_of(&load(Some(false))), [""; 0]);
        // The home is that of a host, and not of the variable.
        assert_eq!(home.warnings_of(&home.load_or_default(Some(true))), [""; 0]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_directory_of_the_kernel_has_a_warning_for_every_user() {
    for dir in ["/proc/agent", "/sys/agent/logs"] {
        let home = Home::new(&format!("[telemetry]\nenabled = true\ndir = '{dir}'"));
        let warnings = home.warnings();
        let expected = format!("telemetry could not be written to {dir}: ");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with(&expected), "{warnings:?}");
    }
}

#[test]
fn a_path_that_repeats_the_home_has_a_warning() {
    let home = Home::new("");
    let name = home.path().file_name().unwrap().to_str().unwrap();
    let text = |dir: &str| format!("[telemetry]\ndir = '{dir}'");
    let warnings = |text: &str| {
        std::fs::write(home.path().join("config.toml"), text).unwrap();
        home.warnings()
    };
    assert_eq!(warnings(&text(name)), [""; 0]);
    let warnings = warnings(&text(&format!("{name}/logs")));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].ends_with("did you mean \"logs\"?"),
        "{warnings:?}"
    );
}

#[test]
fn a_log_directory_that_is_a_file_is_explained_with_its_key() {
    let message = |text: &str| {
        let home = Home::new(text);
        let config = home.load().unwrap();
        let tui = &config.logs[2];
        let file = tui.file.as_deref().and_then(Path::parent).unwrap();
        home.without_home(&config.is_no_directory(tui, file))
    };
    assert_eq!(
        message("[telemetry]\ndir = 'config.toml'"),
        "it is a file, but `telemetry.dir` (config.toml:2) is expected to be a directory; set it to one, such as \"logs\""
    );
    assert_eq!(
        message("telemetry_dir = 'config.toml'"),
        "it is a file, but `telemetry_dir` (config.toml:1) is expected to be a directory; set it to one, such as \"logs\""
    );
    assert_eq!(
        message("[telemetry.logs.tui]\nfile = 'config.toml/tui.log'"),
        "it is not a directory, but `telemetry.logs.tui.file` (config.toml:2) is expected to be a path in a directory; set it to one"
    );
    assert_eq!(
        message("[telemetry]\nenabled = true"),
        "it is not a directory, but the logs are in a directory of that name; give the file another name, or set `telemetry.dir` \
         in config.toml to another directory"
    );
}
