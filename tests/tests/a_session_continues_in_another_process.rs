//! `--resume`: turn numbers continue, and the totals include those of all processes.

use serde_json::Value;
use telemetry_runtime::{Config, Session};
use tests::demo::Demo;
use tests::home::Home;

fn run(home: &Home, args: &[&str]) -> String {
    let ran = Demo::in_home(home.path())
        .args(["--telemetry"])
        .args(args)
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    ran.telemetry.expect("a telemetry part")
}

#[test]
fn turn_numbers_and_totals_continue() {
    let home = Home::new();
    run(&home, &["--exec", "one"]);
    // Another session in the file.
    run(&home, &["--exec", "other"]);
    let id = home.logs().session[0]["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    // The first request of the second prompt is answered with the recorded 429.
    let shown = run(
        &home,
        &["--resume", &id, "--exec", "two", "--exec", "three"],
    );
    assert!(shown.contains(&id), "{shown}");

    let logs = home.logs();
    let own: Vec<&Value> = logs
        .session
        .iter()
        .filter(|line| line["session_id"] == *id)
        .collect();
    let turns: Vec<_> = own
        .iter()
        .map(|line| line["request"].as_u64().unwrap())
        .collect();
    assert_eq!(turns, [1, 2, 3, 4]);
    let outcomes: Vec<_> = own
        .iter()
        .map(|line| line["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["ok", "ok", "err", "ok"]);
    assert_eq!(logs.session.len(), 5);

    // The test is the third process.
    let config = Config::load(home.path()).unwrap().with_enabled(Some(true));
    let telemetry = telemetry_runtime::init(config).unwrap();
    let snapshot = Session::resume(id.parse().unwrap()).unwrap().snapshot();
    drop(telemetry);
    let totals = snapshot.totals;
    assert_eq!(
        (
            totals.answered,
            totals.requests,
            totals.failures,
            totals.retries
        ),
        (3, 4, 1, 1)
    );
    assert_eq!(
        (totals.prompt_tokens, totals.cached_tokens),
        (3 * 1200, 3 * 1024)
    );
    assert_eq!(
        (totals.completion_tokens, totals.reasoning_tokens),
        (3 * 350, 3 * 256)
    );
    assert_eq!(
        (totals.total_tokens, totals.cost_nanos),
        (3 * 1550, 3 * 313_200)
    );
    assert_eq!(snapshot.last_model.as_deref(), Some("gpt-4o-mini"));
}

#[test]
fn an_unknown_session_is_refused() {
    let home = Home::new();
    let id = "018f2b1e-7c3a-7def-8123-456789abcdef";
    let ran = Demo::in_home(home.path())
        .args(["--telemetry", "--resume", id, "--exec", "x"])
        .run();
    assert_eq!((ran.code, &*ran.answers), (Some(2), ""));
    let expected = format!(
        "no request of session {id} is in {}",
        home.log_dir().display()
    );
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
}

#[test]
fn an_unambiguous_beginning_of_an_id_is_enough() {
    let home = Home::new();
    run(&home, &["--exec", "one"]);
    run(&home, &["--exec", "other"]);
    let logs = home.logs();
    let ids: Vec<&str> = logs
        .session
        .iter()
        .map(|line| line["session_id"].as_str().unwrap())
        .collect();
    // The ids begin with their times, so they have a common beginning.
    let same = ids[0].bytes().zip(ids[1].bytes());
    let same = same.take_while(|(one, other)| one == other).count();
    let shown = run(&home, &["--resume", &ids[1][..=same], "--exec", "two"]);
    assert!(shown.contains(ids[1]), "{shown}");
    let ran = Demo::in_home(home.path())
        .args(["--telemetry", "--resume", &ids[0][..same], "--exec", "x"])
        .run();
    assert_eq!(ran.code, Some(2));
    let expected = format!("2 sessions begin with {}", ids[0][..same].trim_end());
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    assert!(ids.iter().all(|id| ran.stderr.contains(id)));
}

#[test]
fn without_telemetry_a_conversation_continues() {
    let home = Home::new();
    let id = "018f2b1e-7c3a-7def-8123-456789abcdef";
    let ran = Demo::in_home(home.path())
        .args(["--resume", id, "--exec", "x"])
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    assert!(!home.log_dir().exists());
    // The session log is read, but it does not exist.
    let ran = Demo::in_home(home.path())
        .args(["--resume", "018f2b1e", "--exec", "x"])
        .run();
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("begins with 018f2b1e"),
        "{}",
        ran.stderr
    );
    // Telemetry is disabled by the flag only: the id is still completed from the logs of earlier runs.
    run(&home, &["--exec", "one"]);
    let id = home.logs().session[0]["session_id"].to_string();
    let ran = Demo::in_home(home.path())
        .args(["--no-telemetry", "--resume", &id[1..14], "--exec", "x"])
        .run();
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    assert_eq!(home.logs().session.len(), 1, "nothing is recorded");
}
