//! The lines of `/status` in the build without `enabled`, in which no session has a request.

use crate::snapshot::data::SessionSnapshot;
use crate::snapshot::line::{Role, StatusLine};

/// Returns the lines of the text.
pub(crate) fn page(snapshot: &SessionSnapshot, width: usize) -> Vec<StatusLine> {
    let pieces = [(Role::Label, "Requests   "), (Role::Value, "none yet")];
    vec![StatusLine {
        pieces: pieces.map(|(role, text)| (role, text.to_owned())).into(),
    }]
}

/// Returns the lines that fit into an area.
#[cfg(feature = "ratatui")]
pub(crate) fn fitting(snapshot: &SessionSnapshot, width: usize, height: usize) -> Vec<StatusLine> {
    page(snapshot, width)
}
