//! Suggestions about permissions: the owner of the path, and the command that grants the permission.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A user and a group, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) user: u32,
    pub(super) group: u32,
}

/// Returns how a path becomes readable or writable for this user, or `other` for another error than a missing permission.
pub(super) fn suggestion(path: &Path, error: &io::Error, other: &str) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            of_denied(path).unwrap_or_else(|| "grant the permission to the user who runs the host".to_owned())
        }
        ErrorKind::ReadOnlyFilesystem => {
            "the file system is mounted read-only; remount it, or set `[telemetry] dir` to another directory".to_owned()
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some disk space, or lower `max_total_bytes`".to_owned()
        }
        _ => other.to_owned(),
    }
}

/// Returns the path to which this user lacks a permission: below a directory that may not be searched, that directory.
pub(super) fn denied(path: &Path, error: &io::Error) -> Option<PathBuf> {
    let mut known = path.ancestors().filter(|path| path.metadata().is_ok());
    let is_denied = error.kind() == ErrorKind::PermissionDenied;
    known.next().filter(|_| is_denied).map(Path::to_owned)
}

/// Returns the command that creates a directory for this user where only root may do so.
pub(super) fn create(directory: &Path) -> String {
    let directory = directory.display();
    #[cfg(unix)]
    {
        let user = rustix::process::geteuid().as_raw();
        let group = rustix::process::getegid().as_raw();
        format!("sudo install -d -m 700 -o {user} -g {group} {directory}")
    }
    #[cfg(not(unix))]
    format!("create {directory}")
}

#[cfg(unix)]
fn of_denied(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let me = Owner {
        user: rustix::process::geteuid().as_raw(),
        group: rustix::process::getegid().as_raw(),
    };
    // Below a directory that may not be searched, nothing has a known owner.
    let known = path
        .ancestors()
        .find_map(|path| Some((path, path.metadata().ok()?)));
    let (place, metadata) = known?;
    let owner = Owner {
        user: metadata.uid(),
        group: metadata.gid(),
    };
    let is_directory = metadata.is_dir();
    Some(describe(
        place,
        owner,
        metadata.mode() & 0o7777,
        is_directory,
        me,
    ))
}

#[cfg(not(unix))]
fn of_denied(_path: &Path) -> Option<String> {
    None
}

/// Returns the owner and the mode of a path, and the command with which a user obtains access to it.
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "other platforms have no such owners")
)]
fn describe(path: &Path, owner: Owner, mode: u32, is_directory: bool, me: Owner) -> String {
    let rights = if is_directory { "rwx" } else { "rw" };
    let path = path.display();
    if owner.user == me.user {
        return format!("{path} belongs to you and has mode {mode:04o}: chmod u+{rights} {path}");
    }
    let who = match owner.user {
        0 => "root".to_owned(),
        user => format!("user {user}"),
    };
    let Owner { user, group } = me;
    format!(
        "{path} belongs to {who} and has mode {mode:04o}, and you are user {user}: run as the user who runs the host, or, if \
         that is you, sudo chown -R {user}:{group} {path}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Owner = Owner {
        user: 1000,
        group: 100,
    };

    #[test]
    fn the_suggestion_depends_on_the_owner_and_the_kind_of_the_error() {
        let path = Path::new("/home/ada/.codex/logs");
        let own = describe(path, ME, 0o500, true, ME);
        assert!(
            own.ends_with("mode 0500: chmod u+rwx /home/ada/.codex/logs"),
            "{own}"
        );
        let file = describe(path, ME, 0o200, false, ME);
        assert!(file.contains("chmod u+rw /"), "{file}");
        let root = Owner { user: 0, group: 0 };
        let of_root = describe(path, root, 0o755, true, ME);
        assert!(of_root.contains("belongs to root"), "{of_root}");
        assert!(
            of_root.ends_with("sudo chown -R 1000:100 /home/ada/.codex/logs"),
            "{of_root}"
        );
        let full = io::Error::from(ErrorKind::StorageFull);
        assert!(suggestion(path, &full, "other").starts_with("free some disk space"));
        let broken = io::Error::other("broken");
        assert_eq!(suggestion(path, &broken, "other"), "other");
    }

    #[cfg(unix)]
    #[test]
    fn the_owner_of_the_nearest_known_directory_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let mode = std::fs::Permissions::from_mode(0o500);
        std::fs::set_permissions(directory.path(), mode).unwrap();
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        let text = suggestion(&directory.path().join("a/b"), &denied, "other");
        assert!(
            text.contains("belongs to you and has mode 0500: chmod u+rwx"),
            "{text}"
        );
    }
}
