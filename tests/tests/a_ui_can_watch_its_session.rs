//! Session watches under both runtimes of tokio, and on a plain thread.

use std::time::Duration;

use telemetry_runtime::{Config, Session, SessionWatch, Usage, record_usage};
use tests::home::Home;
use tokio::runtime::Builder;

const TURNS: u64 = 50;
/// A timeout that is longer than any step takes on a loaded machine.
const LONG: Duration = Duration::from_mins(1);

fn take_turns(session: &Session) {
    let _entered = session.enter();
    for turn in 0..TURNS {
        let mut usage = Usage::default();
        usage.request_id = Some(format!("chatcmpl-{turn}"));
        usage.total_tokens = Some(10);
        record_usage(&usage);
    }
}

/// Draws at each change until all requests are counted. If a change were missed, this would time out.
async fn draw(mut watch: SessionWatch) -> u64 {
    let mut drawn = 0;
    while watch.snapshot().totals.requests < TURNS {
        tokio::time::timeout(LONG, watch.changed()).await.unwrap();
        drawn += 1;
    }
    drawn
}

#[test]
fn each_change_is_reported_under_every_runtime() {
    let home = Home::with_config("[telemetry]\nenabled = true\n");
    let telemetry = telemetry_runtime::init(Config::load(home.path()).unwrap()).unwrap();
    for mut runtime in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let session = Session::detached();
        let runtime = runtime.enable_time().build().unwrap();
        let drawers: Vec<_> = (0..3)
            .map(|_| runtime.spawn(draw(session.watch())))
            .collect();
        let recorder = {
            let session = session.clone();
            std::thread::spawn(move || take_turns(&session))
        };
        for drawer in drawers {
            let drawn = runtime.block_on(drawer).unwrap();
            assert!(drawn <= TURNS, "{drawn}");
        }
        recorder.join().unwrap();
    }
    let session = Session::detached();
    let mut watch = session.watch();
    let ui = std::thread::spawn(move || {
        while watch.snapshot().totals.requests < TURNS {
            assert!(watch.wait(LONG));
        }
    });
    take_turns(&session);
    ui.join().unwrap();
    drop(telemetry);
}
