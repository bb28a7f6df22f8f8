//! The lines of `/status` in the build without `enabled`, in which no session has a request.

use crate::snapshot::data::SessionSnapshot;
use crate::snapshot::line::{Role, StatusLine};

/// Returns the snapshot of every session.
pub(crate) fn snapshot() -> SessionSnapshot {
    SessionSnapshot {
        is_off: true,
        ..SessionSnapshot::default()
    }
}

/// Returns the lines of the text.
pub(crate) fn page(snapshot: &SessionSnapshot, width: usize) -> Vec<StatusLine> {
    let value = if snapshot.is_off {
        (Role::Warning, "not counted")
    } else {
        (Role::Value, "none yet")
    };
    let pieces = [(Role::Label, "Requests   "), value];
    let mut lines = vec![StatusLine {
        pieces: pieces.map(|(role, text)| (role, text.to_owned())).into(),
    }];
    if snapshot.is_off {
        let pieces = [
            (Role::Label, "Telemetry  "),
            (Role::Warning, "not in this build"),
        ];
        lines.push(StatusLine {
            pieces: pieces.map(|(role, text)| (role, text.to_owned())).into(),
        });
    }
    lines
}

/// Returns the lines that fit into an area.
#[cfg(feature = "ratatui")]
pub(crate) fn fitting(snapshot: &SessionSnapshot, width: usize, height: usize) -> Vec<StatusLine> {
    page(snapshot, width)
}
