//! A session that is resumed while telemetry is disabled has its totals once telemetry is enabled.

use std::time::Duration;

use telemetry_runtime::{Config, Session, Usage, record_usage};
use tests::home::Home;

fn turn(id: &str) {
    let mut usage = Usage::default();
    usage.request_id = Some(id.to_owned());
    usage.prompt_tokens = Some(100);
    record_usage(&usage);
}

#[test]
fn the_log_is_read_when_telemetry_is_enabled() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let config = || Config::load(home.path()).unwrap();
    let telemetry = telemetry_runtime::init(config()).unwrap();
    let session = Session::start();
    let child = session.child();
    turn("1");
    {
        let _entered = child.enter();
        turn("1");
    }
    let (id, child_id) = (session.id(), child.id());
    drop((telemetry, session, child));
    // Replaces the bound session, so that the first session is no longer in memory.
    Session::detached().bind();

    let telemetry = telemetry_runtime::init(config().with_enabled(Some(false))).unwrap();
    let session = Session::resume(id).unwrap();
    turn("while it is off");
    let snapshot = session.snapshot();
    assert_eq!((session.id(), snapshot.totals.requests), (id, 0));
    assert_eq!(Session::find(&id.to_string()).unwrap(), id);
    let mut watch = session.watch();

    telemetry.set_enabled(true);
    assert_eq!(session.snapshot().totals.requests, 1);
    turn("1");
    turn("2");
    assert!(watch.wait(Duration::ZERO));
    let snapshot = watch.snapshot();
    assert_eq!(snapshot.totals.prompt_tokens, 200);
    assert_eq!(snapshot.children.requests, 1);
    assert_eq!(Session::resume(child_id).unwrap().parent(), Some(id));
    assert_eq!(session.snapshot(), snapshot);
    telemetry.set_enabled(false);
    let mut off = session.snapshot();
    assert!(off.is_off && !snapshot.is_off);
    off.is_off = false;
    assert_eq!(off, snapshot);
    drop(telemetry);
    let turns: Vec<_> = home
        .logs()
        .session
        .iter()
        .filter(|line| line["session_id"] == *id.to_string())
        .map(|line| line["request"].as_u64().unwrap())
        .collect();
    assert_eq!(turns, [1, 2]);
}
