//! `/status` of a process without a running telemetry: never initialised, ended, or disabled by its configuration.

use telemetry_runtime::{Config, NotRunning, Session};

#[test]
fn telemetry_that_does_not_run_says_why() {
    let home = tempfile::tempdir().unwrap();
    let config = |enabled| Config::at(home.path()).with_enabled(Some(enabled));
    let session = Session::start();
    let status = || {
        let snapshot = session.snapshot();
        (snapshot.not_running, snapshot.to_string())
    };
    let (reason, text) = status();
    assert_eq!(reason, Some(NotRunning::NotInitialized));
    assert!(
        text.contains("Telemetry  not initialised: no call of `init` succeeded"),
        "{text}"
    );

    // A file in the place of the directory of the logs.
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("logs"), "").unwrap();
    let broken = Config::at(other.path()).with_enabled(Some(true));
    assert!(telemetry_runtime::init(broken).is_err());
    assert_eq!(status().0, Some(NotRunning::NotInitialized));

    let telemetry = telemetry_runtime::init(config(false)).unwrap();
    let (reason, text) = status();
    assert_eq!(reason, None);
    assert!(text.contains("Telemetry  disabled"), "{text}");
    telemetry.set_enabled(true);
    assert!(!status().1.contains("Telemetry "));
    drop(telemetry);
    let (reason, text) = status();
    assert_eq!(reason, Some(NotRunning::Ended));
    assert!(
        text.contains("Telemetry  ended: the value of `init` was dropped"),
        "{text}"
    );

    let _ = telemetry_runtime::init(config(true)).unwrap();
    assert_eq!(status().0, Some(NotRunning::Ended));
    let telemetry = telemetry_runtime::init(config(true)).unwrap();
    assert_eq!(status().0, None);
    drop(telemetry);
}
