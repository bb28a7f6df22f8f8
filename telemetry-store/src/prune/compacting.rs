//! Compaction of the rollups of several directories.

use std::io;

use telemetry_schema::LogKind;

use super::pruned::Pruned;
use crate::compaction;
use crate::directory::Directory;
use crate::listing::{RetainedLog, directories};
use crate::rollup::{Limits, ROLLUP_FILE};

/// Compacts the rollup if it is due. Returns whether it was.
pub(super) fn compact(logs: &[RetainedLog], budget: u64, pruned: &mut Pruned) -> bool {
    let mut has_compacted = false;
    let limits = Limits::of_budget(budget);
    let sessions = logs.iter().filter(|log| log.kind == LogKind::Session);
    for path in directories(sessions) {
        let Ok(directory) = Directory::resolve(path) else {
            continue;
        };
        let compacted = compaction::remove_replacement(&directory)
            .and_then(|()| compaction::needs_compaction(&directory, limits))
            .and_then(|is_due| {
                if is_due {
                    has_compacted = true;
                    compaction::compact(&directory, limits)
                } else {
                    Ok(0)
                }
            });
        match compacted {
            Ok(0) => {}
            Ok(requests) => {
                pruned.lost_requests = pruned.lost_requests.saturating_add(requests);
                let cause = "the rollup is full of months and models";
                pruned.cause = Some(cause.to_owned());
            }
            // Another process compacts it at this time.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let path = path.join(ROLLUP_FILE);
                pruned.failed.push((path, error));
            }
        }
    }
    has_compacted
}
