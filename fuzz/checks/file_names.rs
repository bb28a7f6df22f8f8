//! Properties of every file name. The fuzz target and a plain test of the seeds include this file.

use std::path::{Path, PathBuf};

use telemetry_store::{FileRole, Naming};

/// Parses each line as the name of a file: by the naming of the debug log, and by that of the shared log whose name is the
/// first line. A name that is parsed is the name of its role, and of no other one.
pub(crate) fn check(lines: &[u8]) {
    let lines = String::from_utf8_lossy(lines);
    let directory = PathBuf::from("/logs");
    let first = lines.lines().next().unwrap_or_default();
    let shared = Naming::shared(&directory.join(first));
    for naming in [Some(Naming::stamped(directory)), shared]
        .into_iter()
        .flatten()
    {
        for name in lines.lines() {
            let Some(role) = naming.parse(name) else {
                continue;
            };
            assert!(naming.is_of_log(name), "{name:?}");
            let path = naming.path_of(&role);
            assert_eq!(
                path.file_name(),
                Path::new(name).file_name(),
                "{name:?} as {role:?}"
            );
            if role == FileRole::Live {
                assert_eq!(naming.live(), Some(path), "{name:?}");
            }
        }
    }
}
