//! Which files are removed, as a pure function of the files that exist.

use std::path::PathBuf;
use std::time::SystemTime;

use telemetry_schema::sort::sort_by;

/// A log file with a name of [`Naming`](crate::Naming).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The length of the file.
    pub bytes: u64,
    /// The last modification of the file.
    pub modified: SystemTime,
    /// Whether a running process has the file open to write.
    pub active: bool,
    /// Whether the file has a header only: its process recorded nothing.
    pub header_only: bool,
    /// The index of the log in the caller's list.
    pub log: usize,
}

/// The size of the blocks in which file systems allocate space.
const BLOCK: u64 = 4096;

/// Returns the bytes that a file of this length counts towards the budget: its length rounded up to 4 KiB.
pub fn counted(bytes: u64) -> u64 {
    bytes.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX)
}

impl LogFile {
    /// Returns the bytes that the file counts towards the budget.
    pub fn counted(&self) -> u64 {
        counted(self.bytes)
    }
}

/// Returns the indices of the files to remove so that the rest fits the budget: files with a header only first, then the
/// oldest ones, by last modification and then by path; no active file, and no file more than needed. A file counts as its
/// length rounded up to 4 KiB.
///
/// If the active files alone exceed the budget, all other files are removed. A budget of 0 means no limit.
pub fn plan(files: &[LogFile], budget: u64) -> Vec<usize> {
    if budget == 0 {
        return Vec::new();
    }
    let mut total: u128 = files.iter().map(|file| u128::from(file.counted())).sum();
    if total <= u128::from(budget) {
        // A directory may hold thousands of files, which need no sorting then.
        return Vec::new();
    }
    let mut idle: Vec<usize> = (0..files.len()).filter(|at| !files[*at].active).collect();
    // Compares bytes, since comparing paths component by component is slow.
    let rank = |at: usize| {
        let file = &files[at];
        (!file.header_only, file.modified, file.path.as_os_str())
    };
    sort_by(&mut idle, |one, other| rank(*one).cmp(&rank(*other)));
    let mut deletions = Vec::new();
    for at in idle {
        if total <= u128::from(budget) {
            break;
        }
        // An empty file frees nothing.
        if files[at].bytes > 0 {
            total -= u128::from(files[at].counted());
            deletions.push(at);
        }
    }
    deletions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn files() -> impl Strategy<Value = Vec<LogFile>> {
        let size = prop_oneof![
            Just(0),
            0_u64..40_000,
            Just(u64::MAX),
            u64::MAX - 9..u64::MAX
        ];
        // Few distinct times, so that equal times are common.
        proptest::collection::vec((size, 0_u64..5, any::<bool>(), any::<bool>()), 0..20).prop_map(
            |files| {
                files
                    .into_iter()
                    .enumerate()
                    .map(|(index, (bytes, second, active, header_only))| LogFile {
                        path: PathBuf::from(format!("{index}.jsonl")),
                        bytes,
                        modified: SystemTime::UNIX_EPOCH + Duration::from_secs(second),
                        active,
                        header_only,
                        log: 0,
                    })
                    .collect()
            },
        )
    }

    fn planned(files: &[LogFile], budget: u64) -> Vec<&LogFile> {
        plan(files, budget)
            .into_iter()
            .map(|at| &files[at])
            .collect()
    }

    fn bytes<'a>(files: impl IntoIterator<Item = &'a LogFile>) -> u128 {
        files
            .into_iter()
            .map(|file| u128::from(file.counted()))
            .sum()
    }

    proptest! {
        #[test]
        fn the_rest_fits_and_no_more_is_removed(files in files(), budget in 1_u64..120_000) {
            let deletions = planned(&files, budget);
            let rest = bytes(&files) - bytes(deletions.iter().copied());
            let active = bytes(files.iter().filter(|file| file.active));
            prop_assert!(rest <= u128::from(budget).max(active));
            if let Some(last) = deletions.last() {
                prop_assert!(rest + u128::from(last.counted()) > u128::from(budget));
            }
        }

        #[test]
        fn the_oldest_are_removed_first_and_active_files_stay(files in files(), budget in 1_u64..120_000) {
            let deletions = planned(&files, budget);
            // An empty file frees nothing.
            prop_assert!(deletions.iter().all(|file| !file.active && file.bytes > 0));
            let kept_idle = files.iter().filter(|f| !f.active && f.bytes > 0 && !deletions.contains(f));
            for kept in kept_idle {
                for gone in &deletions {
                    let order = |file: &LogFile| (!file.header_only, file.modified, file.path.clone());
                    prop_assert!(order(gone) < order(kept));
                }
            }
        }

        #[test]
        fn headers_alone_are_removed_before_any_record(files in files(), budget in 1_u64..120_000) {
            let deletions = planned(&files, budget);
            let has_headers_left = files.iter().any(|file| {
                file.header_only && !file.active && file.bytes > 0 && !deletions.contains(&file)
            });
            prop_assert!(!has_headers_left || deletions.iter().all(|file| file.header_only));
        }

        #[test]
        fn a_file_counts_as_whole_blocks(bytes in any::<u64>()) {
            prop_assert!(counted(bytes) >= bytes);
            prop_assert!(counted(bytes) - bytes < BLOCK || counted(bytes) == u64::MAX);
            let file = LogFile {
                path: PathBuf::new(),
                bytes,
                modified: SystemTime::UNIX_EPOCH,
                active: false,
                header_only: false,
                log: 0,
            };
            prop_assert_eq!(file.counted(), counted(bytes));
            prop_assert!(counted(bytes).is_multiple_of(BLOCK) || counted(bytes) == u64::MAX);
        }

        #[test]
        fn a_budget_of_zero_removes_nothing(files in files()) {
            prop_assert!(plan(&files, 0).is_empty());
        }
    }
}
