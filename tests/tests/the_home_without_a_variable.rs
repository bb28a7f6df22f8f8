//! `CODEX_HOME` and `HOME` unset: the home directory of the user database, as docs/configuration.md says.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that makes this program print its home instead of testing.
const PRINT: &str = "PRINT_CODEX_HOME";

/// Returns `codex_home` of a process with this `HOME`.
fn codex_home(home: Option<&str>) -> PathBuf {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "the_home_is_that_of_the_user_database",
            "--nocapture",
        ])
        .env_remove("CODEX_HOME")
        .env_remove("HOME")
        .env(PRINT, "1");
    if let Some(home) = home {
        command.env("HOME", home);
    }
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let mut printed = output
        .lines()
        .filter_map(|line| line.split_once("home is "));
    printed.next().unwrap().1.into()
}

/// Returns the home directory that the user database has for this user.
fn home_in_database() -> Option<PathBuf> {
    let user = Command::new("id").arg("-u").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap();
    let entry = Command::new("getent")
        .args(["passwd", user.trim()])
        .output();
    let entry = String::from_utf8(entry.ok()?.stdout).unwrap();
    let home = entry.trim().split(':').nth(5)?;
    Path::new(home).is_absolute().then(|| home.into())
}

#[test]
fn the_home_is_that_of_the_user_database() {
    if env::var_os(PRINT).is_some() {
        println!("\nhome is {}", telemetry_runtime::codex_home().display());
        return;
    }
    assert_eq!(codex_home(Some("/srv/ada")), Path::new("/srv/ada/.codex"));
    assert_eq!(codex_home(Some("ada")), Path::new("/.codex"));
    let expected = home_in_database()
        .unwrap_or_else(|| "/".into())
        .join(".codex");
    assert_eq!(codex_home(None), expected);
    assert_eq!(codex_home(Some("")), expected);
}
