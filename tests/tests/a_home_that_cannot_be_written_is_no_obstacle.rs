//! The demo answers, and says once, at the end, that telemetry could not be written and why.

use std::fs;

use tests::demo::{Demo, DemoOutput};
use tests::home::Home;

fn answers_and_complains(ran: &DemoOutput, why: &str) {
    assert_eq!(
        (ran.code, ran.answers.trim_end()),
        (Some(0), "Hello from upstream."),
        "{ran:?}"
    );
    let complaints: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(complaints.len(), 1, "{}", ran.stderr);
    assert!(
        complaints[0].starts_with("demo: telemetry could not be written"),
        "{}",
        complaints[0]
    );
    assert!(complaints[0].contains(why), "{why} in {}", complaints[0]);
}

#[test]
fn a_file_where_the_logs_should_be() {
    let home = Home::new();
    fs::write(home.log_dir(), "not a directory").unwrap();
    let ran = Demo::in_home(home.path())
        .args(["--telemetry", "--exec", "hello"])
        .run();
    answers_and_complains(&ran, &home.log_dir().display().to_string());
}

#[test]
fn a_log_directory_below_a_file() {
    let home = Home::with_config("[telemetry]\nenabled = true\ndir = \"file/logs\"\n");
    fs::write(home.path().join("file"), "not a directory").unwrap();
    let ran = Demo::in_home(home.path()).args(["--exec", "hello"]).run();
    answers_and_complains(&ran, "file/logs");
}

#[cfg(unix)]
#[test]
fn a_home_that_belongs_to_somebody_else() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    /// Nobody may write where root said so, but for root: then the demo has to be somebody else.
    const NOBODY: u32 = 65_534;

    let home = Home::new();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut demo = Demo::in_home(home.path()).args(["--telemetry", "--exec", "hello"]);
    // Somebody else may not be able to reach the directory that this was built in.
    let elsewhere = tempfile::TempDir::new().unwrap();
    if fs::metadata(home.path()).unwrap().uid() == 0 {
        fs::set_permissions(elsewhere.path(), fs::Permissions::from_mode(0o755)).unwrap();
        demo = demo.moved_to(elsewhere.path());
        demo.command().current_dir("/").uid(NOBODY).gid(NOBODY);
    }
    let ran = demo.run();
    assert!(!home.log_dir().exists());
    answers_and_complains(&ran, "ermission denied");
}
