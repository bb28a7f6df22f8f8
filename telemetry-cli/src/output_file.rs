//! Writes the output file of a command, without harm to an existing file at its path.
//!
//! * A regular file is replaced atomically: a temporary file, then a rename. Its mode and its owner stay.
//! * A symbolic link is followed, so that the link stays and its target is written.
//! * A device, a pipe or a socket is opened and written to; it is never replaced.
//! * A descriptor of a process, such as `/dev/stdout`, is written to at its position, whatever it leads to.
//! * A log, a rollup, a lock or a configuration is refused, under any name and through any link.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use telemetry_schema::record::{MAX_LINE, Records};
use telemetry_store::is_telemetry_log;
use telemetry_store::lock::LOCK_FILE;
use telemetry_store::platform::Identity;
use telemetry_store::rollup::{REPLACEMENT_FILE, ROLLUP_FILE};
use tempfile::Builder;

use crate::error::Error;
use crate::home::{Home, Homes, LogKind};
use crate::interrupt;

/// The name of a configuration.
const CONFIG_FILE: &str = "config.toml";
/// The most links that are followed, as in Linux.
const MAX_LINKS: usize = 40;

/// Calls `write` with a writer whose output becomes the content of `path`. A regular file is unchanged until `write` has
/// returned, and if there is an error. A new file is readable only by its owner, like the logs. `homes` are homes whose
/// files are refused, besides those of the default home.
///
/// # Errors
///
/// Fails if the path must not be written or cannot be written, and returns the errors of `write`.
pub fn write<T>(
    path: &Path,
    homes: &Homes,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, Error>,
) -> Result<T, Error> {
    let failed = |error: io::Error| Error::io("write", path, error);
    if path == Path::new("-") {
        return Err(Error::new(
            "-o -: leave -o out to write to stdout; ./- is the file with this name",
        ));
    }
    let existing = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if existing.as_ref().is_some_and(Metadata::is_dir) {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    if let Some(file) = descriptor_of(path) {
        if let Ok(target) = target_of(path) {
            refuse_protected(path, &target, existing.as_ref(), homes)?;
        }
        return into(&mut file.map_err(failed)?, path, write);
    }
    if existing
        .as_ref()
        .is_some_and(|metadata| !metadata.is_file())
    {
        // Opened by the given path: the link of `/dev/stdout` leads to a pipe, which has no path.
        let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
        return into(&mut file, path, write);
    }
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let target = target_of(path).map_err(failed)?;
    refuse_protected(path, &target, existing.as_ref(), homes)?;
    replace(path, &target, write)
}

fn refuse_protected(
    path: &Path,
    target: &Path,
    existing: Option<&Metadata>,
    homes: &Homes,
) -> Result<(), Error> {
    match protected(target, existing, homes) {
        None => Ok(()),
        Some(what) => Err(Error::new(format!(
            "{} is {what}, which an output never replaces; choose another file",
            path.display()
        ))),
    }
}

/// Opens the descriptor to which a path such as `/dev/stdout` or `/proc/self/fd/3` leads, so that writing continues where the
/// descriptor is, and the file behind it is neither truncated nor replaced. `None` for other paths.
#[cfg(unix)]
fn descriptor_of(path: &Path) -> Option<io::Result<File>> {
    use std::os::fd::AsFd;

    let mut link = path.to_owned();
    for _ in 0..MAX_LINKS {
        let directory = fs::canonicalize(directory_of(&link)).ok()?;
        let is_of_process = directory.starts_with("/proc") && directory.ends_with("fd");
        if is_of_process || directory == Path::new("/dev/fd") {
            let own = Path::new("/proc").join(std::process::id().to_string());
            let is_own = !is_of_process || directory.starts_with(own);
            let name = link.file_name()?.to_str()?;
            let copied = match name {
                "1" if is_own => io::stdout().as_fd().try_clone_to_owned(),
                "2" if is_own => io::stderr().as_fd().try_clone_to_owned(),
                _ => return Some(OpenOptions::new().append(true).open(&link)),
            };
            return Some(copied.map(File::from));
        }
        let next = fs::read_link(&link).ok()?;
        link = directory_of(&link).join(next);
    }
    None
}

/// Always `None`: the paths of this system name no descriptors.
#[cfg(not(unix))]
fn descriptor_of(_path: &Path) -> Option<io::Result<File>> {
    None
}

fn into<T>(
    file: &mut File,
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut out = BufWriter::new(file);
    let written = write(&mut out).map_err(|error| error.of_output(path))?;
    out.flush()
        .map_err(|error| Error::io("write", path, error))?;
    Ok(written)
}

fn replace<T>(
    path: &Path,
    target: &Path,
    write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<T, Error>,
) -> Result<T, Error> {
    let failed = |error: io::Error| Error::io("write", path, error);
    let directory = directory_of(target);
    let mut temporary = Builder::new();
    temporary.prefix(".telemetry-output-");
    if let Some(mut file) = unnamed_in(directory) {
        let written = into(&mut file, path, write)?;
        keep_rights_of(target, &file).map_err(failed)?;
        let named = temporary.make_in(directory, |name| give_name(&file, name));
        let named = named.map_err(failed)?;
        named.persist(target).map_err(|error| failed(error.error))?;
        return Ok(written);
    }
    let mut file = temporary.tempfile_in(directory).map_err(failed)?;
    interrupt::remove(file.path())?;
    let written = into(file.as_file_mut(), path, write)?;
    keep_rights_of(target, file.as_file()).map_err(failed)?;
    file.persist(target).map_err(|error| failed(error.error))?;
    Ok(written)
}

/// Creates a file without a name, which a process that is killed does not leave behind. `None` where the system or the file
/// system has no such files, or cannot give them a name.
#[cfg(target_os = "linux")]
fn unnamed_in(directory: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};

    let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file = open(directory, flags, Mode::RUSR | Mode::WUSR).ok()?;
    let file = File::from(file);
    path_of_descriptor(&file).exists().then_some(file)
}

#[cfg(target_os = "linux")]
fn path_of_descriptor(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd;

    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Gives a name to a file of [`unnamed_in`].
#[cfg(target_os = "linux")]
fn give_name(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};

    let from = path_of_descriptor(file);
    Ok(linkat(CWD, from, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn unnamed_in(_directory: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn give_name(_file: &File, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives a new file the mode and the owner of the file that it replaces, as they are now: they may have changed during the
/// export.
fn keep_rights_of(target: &Path, file: &File) -> io::Result<()> {
    match fs::metadata(target) {
        Ok(before) => keep_rights(file, &before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives the new file the mode of the file that it replaces, and its owner where the system permits that.
fn keep_rights(file: &File, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (before.uid(), before.gid()) {
            // Only root may give a file away; the file of another owner then becomes the caller's own.
            let _ = fchown(file, Some(before.uid()), Some(before.gid()));
        }
    }
    file.set_permissions(before.permissions())
}

/// Returns the path that the links lead to. The file need not exist, only its directory.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(link) = fs::read_link(&target) else {
            // The path is not a symlink, or does not exist.
            let Some(name) = target.file_name() else {
                return fs::canonicalize(target);
            };
            return Ok(fs::canonicalize(directory_of(&target))?.join(name));
        };
        target = directory_of(&target).join(link);
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Returns the kind of a file that must not be written; `None` if the file may be written.
fn protected(target: &Path, existing: Option<&Metadata>, homes: &Homes) -> Option<&'static str> {
    let default = Homes::find_unchecked(&[]);
    for home in homes.iter().chain(default.iter()) {
        if let Some(what) = file_of(home, target) {
            return Some(what);
        }
    }
    match target.file_name()?.to_str()? {
        ROLLUP_FILE => return Some("a rollup of telemetry"),
        LOCK_FILE => return Some("a lock of telemetry"),
        _ => {}
    }
    // A file of another home is recognised by its content.
    let is_file = existing.is_some_and(Metadata::is_file);
    let content = is_file.then(|| File::open(target).ok()).flatten()?;
    if target.file_name()? == CONFIG_FILE && configures_telemetry(&content) {
        return Some("a configuration of telemetry");
    }
    is_log(&content).then_some("a log of telemetry")
}

/// Returns the kind of a file of a home, by its path, by the name of a log file, or by its identity.
fn file_of(home: &Home, target: &Path) -> Option<&'static str> {
    let is_same = |other: &Path| {
        let identity = |path: &Path| Identity::at(path).ok();
        target_of(other).is_ok_and(|other| other == target)
            || identity(target).is_some_and(|own| identity(other) == Some(own))
    };
    if is_same(&home.path.join(CONFIG_FILE)) {
        return Some("the configuration");
    }
    if let Some(rollup) = home.rollup()
        && (is_same(&rollup) || is_same(&rollup.with_file_name(REPLACEMENT_FILE)))
    {
        return Some("the rollup of the session log");
    }
    let name = target.file_name()?.to_str()?;
    for log in home.logs.iter().chain(&home.default_logs) {
        if is_same(&log.naming.directory.join(LOCK_FILE)) {
            return Some("the lock of the log directory");
        }
        let in_directory =
            fs::canonicalize(&log.naming.directory).ok().as_deref() == target.parent();
        if in_directory && (log.naming.parse(name).is_some() || log.naming.is_compressed(name)) {
            return Some("a file of a log");
        }
    }
    let files = home.files().unwrap_or_default();
    let mut files = files.iter();
    files
        .any(|file| is_same(&file.path))
        .then_some("a file of a log")
}

/// Returns whether the first line is a record of a log or of a rollup, or one of the first lines is a line of a log.
fn is_log(file: &File) -> bool {
    let first = BufReader::new(file.take(MAX_LINE as u64 + 1));
    let begins_with_record = matches!(Records::new(first).next(), Ok(Some(Ok(_))));
    let is_empty = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    let kinds = [LogKind::Session, LogKind::Debug, LogKind::Tui];
    begins_with_record
        || !is_empty
            && kinds
                .into_iter()
                .any(|kind| matches!(is_telemetry_log(file, kind, false), Ok(true)))
}

/// Returns whether a TOML file has the table of this program's configuration.
fn configures_telemetry(file: &File) -> bool {
    let mut text = String::new();
    let read = file.take(1024 * 1024).read_to_string(&mut text);
    read.is_ok()
        && text
            .lines()
            .any(|line| line.trim_start().starts_with("[telemetry"))
}
