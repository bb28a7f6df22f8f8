//! New ids: version 7 UUIDs, which sort by time.

use std::sync::Mutex;
use std::time::SystemTime;

use uuid::{ContextV7, Timestamp, Uuid};

use crate::SessionId;
use crate::enabled::process::{PerProcess, lock};

/// The counter that orders the ids of one millisecond. It is our own because the library's counter is
/// behind a lock that a forked child may inherit locked.
static COUNTER: PerProcess<Mutex<ContextV7>> = PerProcess::new(|| Mutex::new(ContextV7::new()));

/// Makes a version 7 UUID.
pub(crate) fn new_uuid() -> Uuid {
    // A clock before 1970 counts as 1970.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default();
    let counter = lock(COUNTER.get());
    Uuid::new_v7(Timestamp::from_unix(
        &*counter,
        now.as_secs(),
        now.subsec_nanos(),
    ))
}

/// Makes the id of a new session.
pub(super) fn new_session_id() -> SessionId {
    new_uuid().into()
}
