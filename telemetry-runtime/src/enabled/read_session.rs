//! Reading a session from the logs of given configurations.

use super::config::Config;
use super::session::{self, SessionLogFiles};
use crate::{ResumeError, SessionId, SessionSnapshot};

/// Reads what the session logs of these configurations together hold of a session, whether telemetry
/// runs or not: for a reader of the logs, or for a host that shows a session of another process. Reads
/// all session logs, at about the speed of a plain search.
///
/// # Errors
///
/// If no request of the session is found. The error then names a file that could not be read, if any;
/// if requests are found, such files are counted in
/// [`unreadable_files`](SessionSnapshot::unreadable_files).
pub fn read_session<'c>(
    configs: impl IntoIterator<Item = &'c Config>,
    id: SessionId,
) -> Result<SessionSnapshot, ResumeError> {
    let logs: Vec<SessionLogFiles> = configs
        .into_iter()
        .filter_map(Config::session_log_files)
        .collect();
    session::read_logs(&logs, id)
}
