//! `Session::builder()`: the project and the user in each record, of children and after a resume as well.

use serde_json::{Value, json};
use telemetry_runtime::{Config, Session, SessionId, record_usage};
use tests::home::Home;

#[test]
fn sessions_have_a_project_and_a_user() {
    let home = Home::new();
    let config = || Config::at(home.path()).with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config()).unwrap();
    let request = |session: &Session, id: &str| {
        let _entered = session.enter();
        record_usage(&json!({"id": id, "usage": {"prompt_tokens": 3, "completion_tokens": 1}}));
    };
    let key = "sk-proj-0123456789abcdefghijABCDEFGHIJ";
    let session = Session::builder().project(" billing\n").user("ada").start();
    assert_eq!(Session::current().unwrap().id(), session.id());
    request(&session, "1");
    // A further record of the request, with larger counts.
    {
        let _entered = session.enter();
        record_usage(&json!({"id": "1", "usage": {"prompt_tokens": 5, "completion_tokens": 1}}));
    }
    let child = session.child();
    request(&child, "2");
    let other = Session::builder().project(key).user("").detached();
    request(&other, "3");
    let plain = Session::detached();
    request(&plain, "4");
    let started = SessionId::from_bytes([7; 16]);
    let chosen = Session::builder().user("bob").resume_or_start(started);
    request(&chosen, "5");
    let (session, other) = (session.id(), other.id());
    drop((child, plain, chosen));
    drop(telemetry);

    let telemetry = telemetry_runtime::init(config()).unwrap();
    request(&Session::resume(session).unwrap(), "6");
    let builder = Session::builder().project("search");
    request(&builder.resume(session).unwrap(), "7");
    assert!(
        Session::builder()
            .resume(SessionId::from_bytes([9; 16]))
            .is_err()
    );
    drop(telemetry);

    let labels = |line: &Value| {
        let text = |key: &str| line[key].as_str().map(str::to_owned);
        (text("request_id").unwrap(), text("project"), text("user"))
    };
    let found: Vec<_> = home.logs().session.iter().map(labels).collect();
    let of = |id: &str, project: Option<&str>, user: Option<&str>| {
        (
            id.to_owned(),
            project.map(str::to_owned),
            user.map(str::to_owned),
        )
    };
    let secret = found.iter().find(|(id, ..)| id == "3").unwrap();
    assert!(!secret.1.as_deref().unwrap().contains("0123456789"));
    let known: Vec<_> = found.iter().filter(|(id, ..)| id != "3").cloned().collect();
    assert_eq!(
        known,
        [
            of("1", Some("billing"), Some("ada")),
            of("1", Some("billing"), Some("ada")),
            of("2", Some("billing"), Some("ada")),
            of("4", None, None),
            of("5", None, Some("bob")),
            of("6", Some("billing"), Some("ada")),
            of("7", Some("search"), Some("ada")),
        ]
    );
    assert_ne!(session, other);
}
