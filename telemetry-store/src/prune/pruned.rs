//! The result of pruning.

use std::io;
use std::path::PathBuf;

use crate::plan::LogFile;

/// The result of pruning.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The removed files, each with the path under which it was found.
    pub removed: Vec<LogFile>,
    /// The files that could not be removed, with the reason. Other files were removed in their place.
    pub failed: Vec<(PathBuf, io::Error)>,
    /// The requests whose totals are lost, because their segments had to be removed and could not be folded, or because the
    /// rollup has no more room for them.
    pub lost_requests: u64,
    /// The bytes of these segments.
    pub lost_bytes: u64,
    /// Why their totals could not be kept.
    pub cause: Option<String>,
}
