//! Tests of the functions of all platforms. They do not compile if a platform lacks one.

use std::fs;
use std::io::{ErrorKind, Write};

use super::*;

#[test]
fn a_log_is_created_once_and_a_torn_line_is_detected() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("a/b");
    let real = directory.path().canonicalize().unwrap().join("a/b");
    assert!(walk(&real).unwrap().is_new);
    assert!(!walk(&real).unwrap().is_new);
    assert_eq!(writable_by_others(&fs::metadata(&below).unwrap()), None);
    let path = below.join("log");
    let mut log = create_log(&path).unwrap();
    make_private(&log).unwrap();
    let again = create_new(&path).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    assert!(!ends_torn(&log, 0).unwrap());
    log.write_all(b"line\nhalf").unwrap();
    assert!(!ends_torn(&log, 5).unwrap());
    assert!(ends_torn(&log, 9).unwrap());
    wait_for_writes(&log);
    // Reading the end did not move the position of writes, and other handles append as well.
    open_append(&path).unwrap().write_all(b" ").unwrap();
    log.write_all(b"done\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"line\nhalf done\n");
    sync(&log).unwrap();
    sync_directory(&below).unwrap();
}

#[test]
fn a_file_is_in_use_while_a_handle_can_write_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let first = create_log(&path).unwrap();
    let second = open_log(&path).unwrap().unwrap();
    let reader = open_read(&path).unwrap();
    assert!(claim(&path).unwrap().is_none());
    drop(first);
    assert!(claim(&path).unwrap().is_none());
    drop(second);
    // A reader does not count as a user. A claim excludes writers, and the file can be removed under the claim.
    let claimed = claim(&path).unwrap().unwrap();
    assert!(open_log(&path).unwrap().is_none());
    fs::remove_file(&path).unwrap();
    drop(claimed);
    drop(reader);
    assert_eq!(claim(&path).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(open_log(&path).unwrap().is_some());
}

#[test]
fn a_renamed_file_keeps_its_identity_and_its_successor_has_another() {
    let directory = tempfile::tempdir().unwrap();
    let (live, closed) = (directory.path().join("log"), directory.path().join("log.1"));
    let mut first = open_log(&live).unwrap().unwrap();
    let mut other = open_log(&live).unwrap().unwrap();
    let identity = Identity::of(&first).unwrap();
    assert_eq!(Identity::of(&other).unwrap(), identity);
    assert_eq!(Identity::at(&live).unwrap(), identity);
    // Two handles are open during the rotation and write to the renamed file.
    fs::rename(&live, &closed).unwrap();
    assert_eq!(Identity::at(&live).unwrap_err().kind(), ErrorKind::NotFound);
    let next = open_log(&live).unwrap().unwrap();
    assert_eq!(Identity::of(&first).unwrap(), identity);
    assert_eq!(Identity::at(&closed).unwrap(), identity);
    assert_ne!(Identity::of(&next).unwrap(), identity);
    assert_ne!(Identity::at(&live).unwrap(), identity);
    first.write_all(b"one\n").unwrap();
    other.write_all(b"two\n").unwrap();
    assert_eq!(fs::read(&closed).unwrap(), b"one\ntwo\n");
    assert_eq!(fs::read(&live).unwrap(), b"");
}

#[test]
fn only_regular_files_are_opened() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("below");
    fs::create_dir(&below).unwrap();
    open_append(&below).unwrap_err();
    open_log(&below).unwrap_err();
    create_new(&below).unwrap_err();
    let (target, link) = (
        directory.path().join("target"),
        directory.path().join("link"),
    );
    fs::write(&target, "untouched").unwrap();
    if !symlink(&target, &link) {
        return;
    }
    open_append(&link).unwrap_err();
    open_log(&link).unwrap_err();
    open_read(&link).unwrap_err();
    create_new(&link).unwrap_err();
    assert_ne!(Identity::at(&link).unwrap(), Identity::at(&target).unwrap());
    assert_eq!(fs::read(&target).unwrap(), b"untouched");
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> bool {
    std::os::unix::fs::symlink(target, link).unwrap();
    true
}

/// Creating symlinks needs a privilege on Windows, and Wine does not report its own symlinks as such.
#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> bool {
    std::os::windows::fs::symlink_file(target, link).is_ok()
        && fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink())
}

/// macOS numbers the devices of some file systems below zero. The standard library returns them sign-extended.
#[cfg(unix)]
#[test]
fn a_device_below_zero_has_one_identity() {
    assert_eq!(Identity::new(-5_i32, 7), Identity::new(u64::MAX - 4, 7));
    assert_ne!(Identity::new(-5_i32, 7), Identity::new(5_i32, 7));
}

/// On Windows, a lock of the standard library would keep others from reading the file.
#[test]
fn a_file_that_is_open_exclusively_is_read_and_not_opened_in_this_way_again() {
    let directory = tempfile::tempdir().unwrap();
    let handle = DirectoryHandle::open(directory.path()).unwrap();
    let name = Path::new("rollup");
    let first = handle.open_exclusive(name).unwrap().unwrap();
    (&first).write_all(b"sums").unwrap();
    assert!(handle.open_exclusive(name).unwrap().is_none());
    let mut read = [0; 4];
    let reader = handle.open_read(name).unwrap();
    assert_eq!(read_at(&reader, &mut read, 0).unwrap(), 4);
    end_exclusive(&first).unwrap();
    drop(first);
    assert!(handle.open_exclusive(name).unwrap().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_of_the_kernel_takes_no_files_of_any_user() {
    for directory in ["/proc", "/proc/sys", "/sys"] {
        let directory = Path::new(directory);
        // A sandbox may have no such directory.
        if directory.is_dir() {
            assert!(why_not_writable(directory).is_some(), "{directory:?}");
        }
    }
    let usual = tempfile::tempdir().unwrap();
    assert!(why_not_writable(usual.path()).is_none());
}
