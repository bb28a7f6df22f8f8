//! Reporting the records that a log does not have.

use std::time::Instant;

use super::Core;
use crate::enabled::frame::{DEBUG_LOG, LogIndex, SESSION_LOG, TUI_LOG};
use crate::enabled::log::append::Log;
use crate::enabled::log::lost::Lost;
use crate::enabled::stats;

/// The records that a log does not have, by reason.
pub(super) struct OmittedRecords {
    /// By the name of the call site.
    omitted: Vec<(String, u64)>,
    /// Answers with the id of an earlier request.
    repeated: u64,
}

impl OmittedRecords {
    fn is_empty(&self) -> bool {
        self.omitted.is_empty() && self.repeated == 0
    }
}

impl Core {
    /// Reports in each log the records that were omitted, and in the debug log the answers with a repeated request id.
    pub(in crate::enabled::writer) fn report_omitted(&self) {
        for (index, log) in self.indexed() {
            let omitted_records = self.take_omitted_records(index);
            if !omitted_records.is_empty() {
                let mut log = log.lock();
                if !self.is_exiting() {
                    self.write_omitted_records(&mut log, &omitted_records);
                }
            }
        }
    }

    pub(super) fn take_omitted_records(&self, index: LogIndex) -> OmittedRecords {
        OmittedRecords {
            omitted: (self.take_omitted)(index),
            repeated: match index {
                DEBUG_LOG => stats::take_repeated_requests(),
                _ => 0,
            },
        }
    }

    pub(super) fn write_omitted_records(&self, log: &mut Log, omitted_records: &OmittedRecords) {
        for (cause, count) in &omitted_records.omitted {
            log.report(&Lost::omitted(cause, *count), &self.retention);
        }
        if omitted_records.repeated > 0 {
            let lost = Lost::repeated_requests(omitted_records.repeated);
            log.report(&lost, &self.retention);
        }
    }

    /// Reports in the debug log, or without one in the text log, the requests that the session log could not take until the
    /// process ended. To be called after the last attempt.
    pub(super) fn report_unwritten_requests(&self, deadline: Instant) {
        let session = self.log(SESSION_LOG);
        let session = session.and_then(|log| log.lock_before(deadline));
        let Some(lost) = session.map(|mut log| log.give_up()) else {
            return;
        };
        let log = [DEBUG_LOG, TUI_LOG]
            .into_iter()
            .find_map(|log| self.log(log));
        let log = log.filter(|_| lost.count > 0);
        if let Some(mut log) = log.and_then(|log| log.lock_before(deadline)) {
            log.report_last(&lost, &self.retention);
        }
    }
}
