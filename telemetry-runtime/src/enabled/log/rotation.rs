//! Closing a full segment and opening the next one.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use telemetry_schema::LogKind;
use telemetry_store::Directory;
use telemetry_store::compressed;
use telemetry_store::lock::lock_in;
use telemetry_store::name::{FileRole, Naming, Segment};

use super::open::OpenFile;
use super::place::Place;
use super::retention::Retention;
use crate::enabled::sys;

/// The number of attempts to take the lock of the directory for a rotation. More would make other threads wait for the log: a pause of
/// a millisecond takes longer where many threads want to run.
const ROTATION_TRIES: u32 = 1;

/// Renames a shared file to the name of a closed segment, unless another process has done so.
pub(super) fn rename(
    file: &OpenFile,
    place: &Place,
    naming: &Naming,
    retention: &Retention,
) -> io::Result<()> {
    let directory = place.open()?.directory;
    // A process that removes old files may hold the lock, or one that was stopped. Rotation is safe without it: a reader
    // compares the names of the files before and after.
    let _lock = lock_in(&directory, ROTATION_TRIES);
    if file.is_current() {
        let segment = naming.free_segment();
        match directory.rename(name_of(&file.path)?, name_of(&segment)?) {
            // Without the lock, another process may have renamed it since the check.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => {
                renamed?;
                retention.created(&segment);
            }
        }
    }
    Ok(())
}

pub(super) fn name_of(path: &Path) -> io::Result<&OsStr> {
    path.file_name()
        .ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Creates the next file of this launch. If the last one is still at its path, which happens after the host has closed its
/// descriptor, opens that one again.
pub(super) fn open_next(
    directory: &Directory,
    naming: &Naming,
    own: &mut Segment,
    before: Option<sys::Identity>,
) -> io::Result<OpenFile> {
    loop {
        let path = naming.path_of(&FileRole::Segment(own.clone()));
        let name = name_of(&path)?;
        if before.is_some() && directory.status(name).ok().map(|status| status.identity) == before {
            return OpenFile::shared(directory, name, LogKind::Debug, true);
        }
        if own.number < u32::MAX && compressed::is_compressed(directory, name) {
            // The host has closed the descriptor of the file, and with it its lock: another process has compressed it.
            own.number += 1;
            continue;
        }
        match OpenFile::create(directory, name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && own.number < u32::MAX => {
                own.number += 1;
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A directory with files of a launch, and its next segment.
    struct Launch {
        /// Removes the directory.
        _root: tempfile::TempDir,
        directory: Directory,
        naming: Naming,
        own: Segment,
    }

    impl Launch {
        fn new(number: u32) -> Self {
            let root = tempfile::tempdir().unwrap();
            Self {
                directory: Directory::open(root.path()).unwrap(),
                naming: Naming::stamped(root.path().to_owned()),
                own: Segment {
                    stamp: "20250101T000000Z".to_owned(),
                    pid: 7,
                    number,
                },
                _root: root,
            }
        }

        fn path(&self, number: u32) -> std::path::PathBuf {
            let segment = Segment {
                number,
                ..self.own.clone()
            };
            self.naming.path_of(&FileRole::Segment(segment))
        }

        fn open_next(&mut self, before: Option<sys::Identity>) -> io::Result<OpenFile> {
            open_next(&self.directory, &self.naming, &mut self.own, before)
        }

        fn create(&self, number: u32) -> OpenFile {
            let path = self.path(number);
            OpenFile::create(&self.directory, name_of(&path).unwrap()).unwrap()
        }
    }

    #[test]
    fn a_segment_whose_name_is_taken_has_the_next_free_number() {
        let mut launch = Launch::new(0);
        fs::write(launch.path(0), "another process\n").unwrap();
        fs::write(launch.path(1), "another process\n").unwrap();
        let file = launch.open_next(None).unwrap();
        assert_eq!((file.path, launch.own.number), (launch.path(2), 2));
    }

    #[test]
    fn a_file_whose_descriptor_the_host_has_closed_is_opened_again() {
        let mut launch = Launch::new(0);
        let before = launch.create(0).identity();
        let file = launch.open_next(Some(before)).unwrap();
        assert_eq!(
            (file.path.clone(), file.identity()),
            (launch.path(0), before)
        );
        drop(file);
        // Another file has the name.
        let other = launch.create(5).identity();
        let file = launch.open_next(Some(other)).unwrap();
        assert_eq!((file.path, launch.own.number), (launch.path(1), 1));
    }

    #[test]
    fn a_segment_that_was_compressed_is_not_created_again() {
        let mut launch = Launch::new(0);
        fs::write(compressed::compressed_path(&launch.path(0)), "").unwrap();
        let file = launch.open_next(None).unwrap();
        assert_eq!((file.path, launch.own.number), (launch.path(1), 1));
        let mut launch = Launch::new(u32::MAX);
        fs::write(compressed::compressed_path(&launch.path(u32::MAX)), "").unwrap();
        let file = launch.open_next(None).unwrap();
        assert_eq!(file.path, launch.path(u32::MAX));
    }

    #[test]
    fn the_last_number_ends_a_launch_with_an_error() {
        let mut launch = Launch::new(u32::MAX);
        fs::write(launch.path(u32::MAX), "another process\n").unwrap();
        let error = launch.open_next(None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[cfg(unix)]
    #[test]
    fn an_error_that_no_other_number_avoids_is_returned() {
        let mut launch = Launch::new(0);
        fs::remove_dir(&launch.naming.directory).unwrap();
        let error = launch.open_next(None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(launch.own.number, 0);
    }
}
