//! Every item about sessions exists in every build, and a host that uses them runs without telemetry.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use telemetry_runtime::{ResumeError, Session, SessionId, SessionSnapshot, SessionWatch, Totals};

const ID: &str = "018f2b1e-7c3a-7def-8123-456789abcdef";

fn watched(mut watch: SessionWatch) {
    let _: bool = watch.has_changed();
    let _: SessionSnapshot = watch.snapshot();
    assert!(!watch.wait(Duration::ZERO));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(watch.poll_changed(&mut cx), Poll::Pending);
    fn is_send<T: Send>(_: &T) {}
    is_send(&watch.changed());
    is_send(&watch);
}

fn main() -> Result<(), ResumeError> {
    let id: SessionId = ID.parse().unwrap();
    assert_eq!(Session::find(ID)?, id);
    assert!(matches!(Session::find("018f2b1e"), Err(ResumeError::Off)));
    let resumed = Session::resume(id)?;
    let _: SessionId = resumed.id();
    let _: Session = Session::resume_or_start(id);
    let session = Session::start();
    for child in [session.child(), Session::child_of(session.id())] {
        let _: Option<SessionId> = child.parent();
        child.bind();
    }
    let snapshot = Session::detached().snapshot();
    let _: (Option<SessionId>, &Totals) = (snapshot.parent_id, &snapshot.children);
    assert_eq!(snapshot.wall_time(), Duration::ZERO);
    assert_eq!(snapshot.totals.calculated_cost_nanos, 0);
    assert_eq!((snapshot.unreadable_files, snapshot.last_end), (0, None));
    let unknown = SessionId::from_bytes([7; 16]);
    assert!(matches!(Session::snapshot_of(unknown), Err(ResumeError::Off)));
    watched(session.watch());
    Ok(())
}
