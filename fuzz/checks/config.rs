//! Properties of every content of a `config.toml`. The fuzz target and a plain test of the seeds include this file.

use std::fs;

use telemetry_runtime::Config;

/// Reads the content strictly, and again with defaults in place of invalid values. The strict reading returns a
/// configuration or an error with a text. The other reading always returns a configuration. Both configurations are equal
/// if the content has no invalid value.
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
