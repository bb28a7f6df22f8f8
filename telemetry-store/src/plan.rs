//! Which files are removed, as a pure function of the files that exist.

use std::path::PathBuf;
use std::time::SystemTime;

/// A log file with a name of [`Naming`](crate::Naming).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The length of the file.
    pub bytes: u64,
    /// The last modification of the file.
    pub modified: SystemTime,
    /// Whether a living process has the file open to write.
    pub active: bool,
    /// The index of its log in the caller's list.
    pub log: usize,
}

/// Returns the indices of the files to remove so that the rest fits the budget: the oldest first, by last modification
/// and then by path, no active file, and no file more than needed.
///
/// If the active files alone exceed the budget, all other files are removed. A budget of 0 means no limit.
pub fn plan(files: &[LogFile], budget: u64) -> Vec<usize> {
    if budget == 0 {
        return Vec::new();
    }
    let mut total: u128 = files.iter().map(|file| u128::from(file.bytes)).sum();
    if total <= u128::from(budget) {
        // A directory may hold thousands of files, which need no sorting then.
        return Vec::new();
    }
    let mut idle: Vec<usize> = (0..files.len()).filter(|at| !files[*at].active).collect();
    // Compares bytes, since comparing paths component by component is slow.
    idle.sort_unstable_by_key(|at| (files[*at].modified, files[*at].path.as_os_str()));
    let mut deletions = Vec::new();
    for at in idle {
        if total <= u128::from(budget) {
            break;
        }
        // An empty file frees nothing.
        if files[at].bytes > 0 {
            total -= u128::from(files[at].bytes);
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
        let size = prop_oneof![0_u64..100, Just(u64::MAX), u64::MAX - 9..u64::MAX];
        // Few distinct times, so that equal times are common.
        proptest::collection::vec((size, 0_u64..5, any::<bool>()), 0..20).prop_map(|files| {
            files
                .into_iter()
                .enumerate()
                .map(|(index, (bytes, second, active))| LogFile {
                    path: PathBuf::from(format!("{index}.jsonl")),
                    bytes,
                    modified: SystemTime::UNIX_EPOCH + Duration::from_secs(second),
                    active,
                    log: 0,
                })
                .collect()
        })
    }

    fn planned(files: &[LogFile], budget: u64) -> Vec<&LogFile> {
        plan(files, budget)
            .into_iter()
            .map(|at| &files[at])
            .collect()
    }

    fn bytes<'a>(files: impl IntoIterator<Item = &'a LogFile>) -> u128 {
        files.into_iter().map(|file| u128::from(file.bytes)).sum()
    }

    proptest! {
        #[test]
        fn the_rest_fits_and_no_more_is_removed(files in files(), budget in 1_u64..300) {
            let deletions = planned(&files, budget);
            let rest = bytes(&files) - bytes(deletions.iter().copied());
            let active = bytes(files.iter().filter(|file| file.active));
            prop_assert!(rest <= u128::from(budget).max(active));
            if let Some(last) = deletions.last() {
                prop_assert!(rest + u128::from(last.bytes) > u128::from(budget));
            }
        }

        #[test]
        fn the_oldest_are_removed_first_and_active_files_stay(files in files(), budget in 1_u64..300) {
            let deletions = planned(&files, budget);
            prop_assert!(deletions.iter().all(|file| !file.active));
            let kept_idle = files.iter().filter(|f| !f.active && f.bytes > 0 && !deletions.contains(f));
            for kept in kept_idle {
                for gone in &deletions {
                    prop_assert!((gone.modified, &gone.path) < (kept.modified, &kept.path));
                }
            }
        }

        #[test]
        fn a_budget_of_zero_removes_nothing(files in files()) {
            prop_assert!(plan(&files, 0).is_empty());
        }
    }
}
