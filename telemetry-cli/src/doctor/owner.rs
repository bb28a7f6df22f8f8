//! Finds logs below a home that belong to another user than the home. A host that was once started with `sudo` leaves
//! them, and afterwards the host of the user cannot write to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::permission::Owner;
use crate::home::Home;
use telemetry_schema::sort::sort_by;

/// Examines the log directories below the home, and the files in them.
pub(super) fn examine(home: &Home, findings: &mut Vec<Finding>) {
    // Root can write to the files of every user.
    let Some(owner) = owner_of(&home.path).filter(|owner| owner.user != 0) else {
        return;
    };
    let directories = home.logs.iter().map(|log| &*log.naming.directory);
    let below: BTreeSet<&Path> = directories
        .filter(|directory| directory.starts_with(&home.path) && *directory != home.path)
        .collect();
    for directory in below {
        let foreign = foreign(directory, owner);
        if let Some((path, found)) = foreign.first() {
            findings.push(Finding::of_another_user(
                directory,
                path,
                foreign.len(),
                *found,
                owner,
            ));
        }
    }
}

/// Returns the directory and its entries as far as they belong to another user.
fn foreign(directory: &Path, owner: Owner) -> Vec<(PathBuf, Owner)> {
    let mut paths = vec![directory.to_path_buf()];
    if let Ok(entries) = std::fs::read_dir(directory) {
        paths.extend(entries.flatten().map(|entry| entry.path()));
    }
    let mut foreign: Vec<_> = paths
        .into_iter()
        .filter_map(|path| {
            let found = owner_of(&path)?;
            (found.user != owner.user).then_some((path, found))
        })
        .collect();
    sort_by(&mut foreign, |(a, _), (b, _)| a.cmp(b));
    foreign
}

#[cfg(unix)]
fn owner_of(path: &Path) -> Option<Owner> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.symlink_metadata().ok()?;
    Some(Owner {
        user: metadata.uid(),
        group: metadata.gid(),
    })
}

#[cfg(not(unix))]
fn owner_of(_path: &Path) -> Option<Owner> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn files_of_another_user_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("codex-tui.log");
        std::fs::write(&file, "").unwrap();
        let own = owner_of(directory.path()).unwrap();
        assert_eq!(foreign(directory.path(), own), []);
        // Simulates a home of another user.
        let other = Owner {
            user: own.user + 1,
            ..own
        };
        let found = foreign(directory.path(), other);
        let expected = [directory.path().to_path_buf(), file];
        assert_eq!(found, expected.map(|path| (path, own)));
    }
}
