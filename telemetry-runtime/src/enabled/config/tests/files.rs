//! Configuration files that cannot be read as text.

use std::fs;
use std::path::Path;

use super::{Config, Home};

#[test]
fn a_directory_is_refused() {
    let home = Home::empty();
    fs::create_dir(home.path().join("config.toml")).unwrap();
    assert_eq!(
        home.error(),
        "config.toml: is a directory; allowed: a TOML file, or nothing of that name"
    );
}

#[test]
fn a_home_that_is_a_file_is_refused() {
    let home = Home::new("");
    let error = Config::load_in(&home.environment, &home.path().join("config.toml")).unwrap_err();
    assert_eq!(
        home.without_home(&error.to_string()),
        "config.toml/config.toml: cannot be read: its directory is a file; set CODEX_HOME to a directory"
    );
    assert_eq!(error.position(), None);
}

#[test]
fn a_file_of_100_mb_is_refused_without_reading_it() {
    let home = Home::new("");
    let file = fs::File::create(home.path().join("config.toml")).unwrap();
    file.set_len(100_000_000).unwrap();
    assert_eq!(
        home.error(),
        "config.toml: is longer than 1048576 bytes; is it really a configuration?"
    );
}

#[test]
fn a_file_of_exactly_1_mib_is_read() {
    let home = Home::new(&"#".repeat(1 << 20));
    assert!(home.load().is_ok());
}

#[test]
fn the_position_of_bytes_that_are_not_utf_8_is_reported() {
    let home = Home::empty();
    fs::write(
        home.path().join("config.toml"),
        b"a = 1\nb = '\xc3\xa9\xff'",
    )
    .unwrap();
    assert_eq!(
        home.error(),
        "config.toml:2:7: found the byte 0xff, which is not UTF-8; allowed: TOML in UTF-8"
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_accepted() {
    let home = Home::new("\u{feff}[telemetry]\r\nenabled = true\r\nmax_total_bytes = 0\r\n");
    let config = home.load().unwrap();
    assert!(config.is_enabled());
    assert_eq!(config.max_total_bytes, 0);
    assert!(config.explain()[0].to_string().ends_with("config.toml:2"));
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_followed_and_a_broken_one_is_refused() {
    let home = Home::empty();
    let link = home.path().join("config.toml");
    std::os::unix::fs::symlink(home.path().join("dotfiles.toml"), link).unwrap();
    assert_eq!(
        home.error(),
        "config.toml: is a symbolic link to nothing; repair the link, or put a file in its place"
    );
    fs::write(
        home.path().join("dotfiles.toml"),
        "telemetry.enabled = true",
    )
    .unwrap();
    assert!(home.load().unwrap().is_enabled());
}

#[cfg(unix)]
#[test]
fn an_error_of_the_system_is_reported_with_its_text() {
    let home = Home::empty();
    // The system refuses a link to itself to every user, even to root.
    let link = home.path().join("config.toml");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    let error = home.error();
    assert!(
        error.starts_with("config.toml: cannot be read: "),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_refused_without_opening_it() {
    let home = Home::empty();
    std::os::unix::fs::symlink("/dev/zero", home.path().join("config.toml")).unwrap();
    assert_eq!(
        home.error(),
        "config.toml: is not a regular file; allowed: a TOML file, or nothing of that name"
    );
}

#[test]
fn deep_nesting_is_an_error_and_does_not_overflow_the_stack() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
    ] {
        let error = Home::new(&text).load().unwrap_err();
        assert!(error.to_string().contains("is not valid TOML"), "{error}");
    }
}

#[test]
fn the_number_of_reported_mistakes_is_bounded() {
    let lines: Vec<String> = (0..40_000)
        .map(|number| format!("unknown{number} = 1"))
        .collect();
    let home = Home::new(&format!("[telemetry]\n{}", lines.join("\n")));
    let warnings = home.warnings();
    assert_eq!(warnings.len(), 21);
    assert!(
        warnings[0].starts_with("config.toml:2:1: `telemetry.unknown0`"),
        "{}",
        warnings[0]
    );
    assert_eq!(warnings[20], "config.toml: and 39980 more");
}

#[test]
fn an_empty_path_is_the_working_directory() {
    let environment = super::Environment::default();
    let config = Config::load_in(&environment, Path::new("")).unwrap();
    assert_eq!(config.home, std::env::current_dir().unwrap());
}
