//! The demo answers, and reports once, at its start, why telemetry could not be written.

use std::fs;

use tests::demo::{Demo, DemoOutput};
use tests::home::Home;

fn assert_answered_and_reported(ran: &DemoOutput, cause: &str) {
    assert_eq!(
        (ran.code, ran.answers.trim_end()),
        (Some(0), "Hello from upstream."),
        "{ran:?}"
    );
    let messages: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(messages.len(), 1, "{}", ran.stderr);
    assert!(
        messages[0].starts_with("demo: telemetry could not be written"),
        "{}",
        messages[0]
    );
    assert!(messages[0].contains(cause), "{cause} in {}", messages[0]);
}

#[test]
fn a_file_in_place_of_the_log_directory() {
    let home = Home::new();
    fs::write(home.log_dir(), "not a directory").unwrap();
    let ran = Demo::in_home(home.path())
        .args(["--telemetry", "--exec", "hello"])
        .run();
    assert_answered_and_reported(&ran, &home.log_dir().display().to_string());
}

#[test]
fn a_configuration_in_place_of_the_log_directory() {
    let text = "[telemetry]\nenabled = true\ndir = \"config.toml\"\n";
    let home = Home::with_config(text);
    let file = home.path().join("config.toml");
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    let cause = format!(
        "{path}: it is a file, but `telemetry.dir` ({path}:3) is expected to be a directory; set it to one",
        path = file.display()
    );
    assert_answered_and_reported(&ran, &cause);
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}

#[test]
fn a_home_that_is_a_file() {
    let home = Home::with_config("");
    let file = home.path().join("config.toml");
    for place in [file.clone(), file.join("below")] {
        for (arguments, consequence) in [
            (&["--telemetry", "--exec", "hello"][..], ""),
            (
                &["--exec", "hello"],
                "; telemetry is off until this is corrected",
            ),
        ] {
            let ran = Demo::in_home(&place).args(arguments).run();
            let expected = format!(
                "demo: {}: cannot be read: its directory is a file; set CODEX_HOME to a directory{consequence}\n",
                place.join("config.toml").display()
            );
            assert_eq!(ran.stderr, expected);
            assert_eq!(ran.code, Some(0));
        }
    }
}

#[test]
fn a_log_directory_below_a_file() {
    let home = Home::with_config("[telemetry]\nenabled = true\ndir = \"file/logs\"\n");
    fs::write(home.path().join("file"), "not a directory").unwrap();
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    assert_answered_and_reported(&ran, "file/logs");
}

#[cfg(unix)]
#[test]
fn a_home_of_another_user() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    /// The user id for the demo if the tests run as root, because root can write to any directory.
    const UNPRIVILEGED: u32 = 65_534;

    let home = Home::new();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut demo = Demo::in_home(home.path()).args(["--telemetry", "--exec", "hello"]);
    // Another user may have no access to the build directory.
    let elsewhere = tempfile::TempDir::new().unwrap();
    if fs::metadata(home.path()).unwrap().uid() == 0 {
        fs::set_permissions(elsewhere.path(), fs::Permissions::from_mode(0o755)).unwrap();
        demo = demo.moved_to(elsewhere.path());
        demo.command()
            .current_dir("/")
            .uid(UNPRIVILEGED)
            .gid(UNPRIVILEGED);
    }
    let ran = demo.run();
    assert!(!home.log_dir().exists());
    assert_answered_and_reported(&ran, "ermission denied");
}
