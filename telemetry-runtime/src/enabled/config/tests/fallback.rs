//! `Config::load_or_default` on files with mistakes.

use std::fs;

use telemetry_schema::name::Family;

use super::Home;
use crate::ConfigError;
use crate::enabled::config::{Config, LogKind};

#[test]
fn a_file_that_is_not_toml_leaves_the_defaults() {
    let home = Home::new("[telemetry]\nenabled = true\ndir = \n");
    let config = home.load_or_default(None);
    assert!(!config.is_enabled());
    assert_eq!(home.warnings_of(&config).len(), 1);
    assert!(home.warnings_of(&config)[0].starts_with("config.toml:3:7: is not valid TOML: "));
    let config = home.load_or_default(Some(true));
    assert!(config.is_enabled());
    assert_eq!(config.log_dir(), home.path().join("logs"));
    assert_eq!(home.warnings_of(&config).len(), 1);
}

#[test]
fn a_home_that_is_a_file_leaves_the_defaults() {
    let home = Home::new("");
    let file = home.path().join("config.toml");
    let config = Config::load_or_default_in(&home.environment, &file, Some(true));
    assert!(config.is_enabled());
    assert_eq!(config.log_dir(), file.join("logs"));
    let warnings = home.warnings_of(&config);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("its directory is a file"),
        "{warnings:?}"
    );
}

#[test]
fn a_value_with_a_mistake_keeps_its_default_and_the_others_hold() {
    let home = Home::new(
        "[telemetry]\nenabled = true\nmax_field_bytes = 1\nlog_content = true\nunknown = 1\n\
         [telemetry.logs.debug]\nlevel = 'inof'\nspan_events = 'full'",
    );
    let config = home.load_or_default(None);
    assert!(config.is_enabled() && config.log_content);
    assert_eq!(config.max_field_bytes, 1024);
    assert!(config.logs[0].span_events_full);
    let keys: Vec<_> = config
        .warnings()
        .iter()
        .filter_map(|warning| warning.key())
        .collect();
    assert_eq!(
        keys,
        [
            "telemetry.max_field_bytes",
            "telemetry.unknown",
            "telemetry.logs.debug.level",
        ]
    );
}

#[test]
fn an_error_that_hides_whether_telemetry_is_enabled_states_that_it_is_off() {
    const OFF: &str = "; telemetry is off until this is corrected";
    for text in [
        "[telemetry]\nenabled = 'yes'",
        "telemetry = true",
        "= broken",
    ] {
        let mut home = Home::new(text);
        let is_stated = |config: &Config| {
            let [warning] = config.warnings() else {
                panic!("{:?}", config.warnings());
            };
            warning.to_string().ends_with(OFF)
        };
        let config = home.load_or_default(None);
        assert!(is_stated(&config), "{text}");
        assert!(!is_stated(&config.with_enabled(Some(true))), "{text}");
        assert!(!is_stated(&home.load_or_default(Some(true))), "{text}");
        home.environment.codex_telemetry = Some("1".into());
        assert!(!is_stated(&home.load_or_default(None)), "{text}");
    }
    // The others do not decide it, and the strict form leaves the decision to the host.
    let home = Home::new("[telemetry]\nlog_content = 'yes'");
    assert!(
        !home.load_or_default(None).warnings()[0]
            .to_string()
            .contains(OFF)
    );
    let home = Home::new("[telemetry]\nenabled = 'yes'");
    assert!(!home.error().contains(OFF));
}

#[test]
fn errors_and_warnings_are_in_the_order_of_the_file() {
    let mut home = Home::new(
        "[telemetry]\nunknown = 1\nenabled = 7\n[telemetry.logs.tui]\nspan_events = 'full'\nlevel = 'loud'\n",
    );
    home.environment.rust_log = Some("a=loud".into());
    let config = home.load_or_default(Some(true));
    let places: Vec<_> = config
        .warnings()
        .iter()
        .map(ConfigError::position)
        .collect();
    assert_eq!(
        places,
        [
            Some((2, 1)),
            Some((3, 11)),
            Some((5, 1)),
            Some((6, 9)),
            None
        ]
    );
}

#[test]
fn one_invalid_element_of_a_list_leaves_the_others_in_force() {
    let home = Home::new(
        "[telemetry.logs.debug]\ninclude = ['Model.*', 'chat.*']\nexclude = ['display.*', 7]\ntargets = ['hyper=loud', 'codex']\n\
         [telemetry.logs.tui]\nfilter = 'warn,hyper=loud'\n",
    );
    let config = home.load_or_default(None);
    assert_eq!(config.warnings().len(), 4, "{:?}", config.warnings());
    let [debug, _, tui] = &config.logs[..] else {
        panic!("{:?}", config.logs);
    };
    let texts =
        |families: &[Family]| -> Vec<String> { families.iter().map(ToString::to_string).collect() };
    assert_eq!(texts(&debug.include), ["chat.*"]);
    assert_eq!(texts(&debug.exclude), ["display.*"]);
    assert!(debug.targets.texts().eq(["codex"]));
    assert!(tui.targets.texts().eq(["warn"]));
    // Where no element is valid, the default is in force.
    let home = Home::new("[telemetry.logs.debug]\ninclude = ['Model.*']");
    let config = home.load_or_default(None);
    assert_eq!(texts(&config.logs[0].include), ["*"]);
}

#[test]
fn no_log_takes_a_file_that_is_not_its_own() {
    let home = Home::new(
        "[telemetry]\n[telemetry.logs.tui]\nfile = '../config.toml'\n\
         [telemetry.logs.debug]\nfile = 'codex-litellm-session.jsonl'\n\
         [telemetry.logs.none]\nlevel = 'info'\n\
         [telemetry.logs.twin]\nfile = 'codex-tui.log'\n",
    );
    let config = home.load_or_default(Some(true));
    assert_eq!(config.warnings().len(), 4, "{:?}", config.warnings());
    let written: Vec<_> = config
        .logs
        .iter()
        .filter(|log| log.enabled)
        .map(|log| (&*log.name, log.kind))
        .collect();
    assert_eq!(
        written,
        [("session", LogKind::Session), ("tui", LogKind::Tui)]
    );
    let names: Vec<_> = config.logs.iter().map(|log| &*log.name).collect();
    assert_eq!(names, ["debug", "session", "tui"]);
}

#[test]
fn a_model_with_a_mistake_in_its_prices_has_none() {
    let home = Home::new(
        "[telemetry.pricing.good]\ninput_cost_per_token = 1e-6\n\
         [telemetry.pricing.bad]\ninput_cost_per_token = 1e-6\noutput_cost_per_token = 'x'",
    );
    let config = home.load_or_default(None);
    assert_eq!(config.warnings().len(), 1);
    assert!(config.pricing.prices.lists_exactly("good"));
    assert!(config.pricing.prices.len() == 1);
}

#[test]
fn whoever_disables_telemetry_hears_of_no_mistake() {
    let mut home = Home::new("[telemetry]\nenabled = 7\nunknown = 1");
    assert_eq!(home.load_or_default(None).warnings().len(), 2);
    let config = home.load_or_default(Some(false));
    assert_eq!(config.warnings().len(), 0);
    home.environment.codex_telemetry = Some("0".into());
    assert_eq!(home.load_or_default(None).warnings().len(), 0);
    assert_eq!(home.load_or_default(Some(true)).warnings().len(), 2);
    let config = home.load().expect("a broken table does not matter then");
    assert!(!config.is_enabled());
    fs::write(home.path().join("config.toml"), "= broken").unwrap();
    assert!(home.load().is_ok());
    home.environment.codex_telemetry = None;
    assert!(home.load().is_err());
}
