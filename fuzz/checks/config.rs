//! What holds for every content of a `config.toml`. The fuzz target and a plain test of the seeds include this file.

use std::fs;

use telemetry_runtime::Config;

/// Reads the content strictly and with defaults in the place of mistakes: the first gives a configuration or an error
/// that can be shown, the second always gives a configuration, and both agree where there is no mistake.
pub(crate) fn check(content: &[u8]) {
    let home = tempfile::tempdir().expect("a temporary directory");
    fs::write(home.path().join("config.toml"), content).expect("a writable home");
    let with_defaults = Config::load_or_default(home.path(), None);
    for warning in with_defaults.warnings() {
        assert!(!warning.to_string().is_empty());
    }
    match Config::load(home.path()) {
        Ok(config) => {
            assert_eq!(config.is_enabled(), with_defaults.is_enabled());
            assert_eq!(config.log_dir(), with_defaults.log_dir());
            assert_eq!(config.max_total_bytes(), with_defaults.max_total_bytes());
            assert_eq!(config.log_files(), with_defaults.log_files());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
