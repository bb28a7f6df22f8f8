//! The byte budget, kept while the program runs.
//!
//! Each process looks at the directories when it starts, and again before it has written more than a
//! segment that no look saw. So between two looks the total grows by at most a segment for each
//! living process, and each look brings it back below the budget.
//!
//! A look may read whole session segments, to keep their sums. So it is made in the background, and
//! begins when half a segment was written; only who writes the other half before it is done waits.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::append::seconds;
use super::name::{Naming, Part};
use super::open::{lock_directory, lock_exclusive};
use super::plan::{LogFile, plan};
use crate::build::{session, stats, sys};

/// A segment is this part of the budget, so that several logs and launches fit into it.
const SEGMENTS: u64 = 8;

/// The budget and the files that count towards it.
#[derive(Debug)]
pub(crate) struct Retention {
    /// 0: never prune, never rotate.
    budget: u64,
    segment: u64,
    logs: Vec<RetainedLog>,
    /// Bytes that this process wrote or is about to write.
    announced: AtomicU64,
    /// Bytes that it wrote, or failed to.
    landed: AtomicU64,
    /// What had landed when the last look began.
    seen: AtomicU64,
    looking: Mutex<()>,
    in_background: AtomicBool,
}

/// What retention knows of a log.
#[derive(Clone, Debug)]
pub(crate) struct RetainedLog {
    pub(crate) naming: Naming,
    pub(crate) kind: RetainedKind,
}

/// What a log's files begin with, and what has to happen before one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetainedKind {
    /// JSON records.
    Json,
    /// JSON records whose sums are kept.
    Session,
    /// Lines for people.
    Text,
}

/// What became of a file that was to go.
enum Removal {
    Removed,
    /// A living process uses it.
    InUse,
    /// It is gone, or something else than this crate's by now.
    NotOurs,
}

/// A look in the background, until this is dropped.
struct InBackground(Arc<Retention>);

impl Drop for InBackground {
    fn drop(&mut self) {
        self.0.in_background.store(false, Ordering::Release);
    }
}

impl Retention {
    pub(crate) fn new(budget: u64, logs: Vec<RetainedLog>) -> Self {
        // Every log may have a segment in use, and all of them must fit.
        let parts = SEGMENTS.max(logs.len() as u64 + 2);
        let segment = if budget == 0 {
            u64::MAX
        } else {
            budget / parts
        };
        Self {
            budget,
            segment,
            logs,
            announced: AtomicU64::new(0),
            landed: AtomicU64::new(0),
            seen: AtomicU64::new(0),
            looking: Mutex::new(()),
            in_background: AtomicBool::new(false),
        }
    }

    /// A file is rotated before it grows beyond this.
    pub(crate) fn segment_bytes(&self) -> u64 {
        self.segment
    }

    /// To be told before each write; [`Self::landed`] after it.
    ///
    /// # Errors
    ///
    /// Where it is high time to look at the directories and that fails: nothing may be written then,
    /// or the budget would not hold.
    pub(crate) fn announce(self: &Arc<Self>, bytes: u64) -> io::Result<()> {
        self.announced.fetch_add(bytes, Ordering::AcqRel);
        if self.budget == 0 {
            return Ok(());
        }
        let unseen = self.unseen();
        if unseen > self.segment {
            let looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever looked meanwhile saw all but what is on its way.
            if self.unseen() > self.segment
                && let Err(error) = self.look_alone(&looking)
            {
                self.landed(bytes);
                return Err(error);
            }
        } else if unseen > self.segment / 2 {
            self.look_in_background();
        }
        Ok(())
    }

    /// To be told after each write, also after one that failed.
    pub(crate) fn landed(&self, bytes: u64) {
        self.landed.fetch_add(bytes, Ordering::AcqRel);
    }

    fn unseen(&self) -> u64 {
        let announced = self.announced.load(Ordering::Acquire);
        announced.saturating_sub(self.seen.load(Ordering::Acquire))
    }

    /// Looks at the directories, and removes what is too much.
    ///
    /// # Errors
    ///
    /// Where a directory cannot be read. A file that cannot be removed is no error: others go in its
    /// place, and `health()` says so.
    pub(crate) fn enforce(&self) -> io::Result<()> {
        if self.budget == 0 {
            return Ok(());
        }
        self.look_alone(&self.looking.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn look_in_background(self: &Arc<Self>) {
        if self.in_background.swap(true, Ordering::AcqRel) {
            return;
        }
        let retention = Arc::clone(self);
        let thread = std::thread::Builder::new().name("telemetry-prune".to_owned());
        let started = thread.spawn(move || {
            let done = InBackground(retention);
            if let Err(error) = done.0.enforce() {
                stats::failed(format!("cannot look after the budget: {error}"));
            }
        });
        if started.is_err() {
            // Who fills the segment looks for himself.
            self.in_background.store(false, Ordering::Release);
        }
    }

    fn look_alone(&self, _looking: &std::sync::MutexGuard<'_, ()>) -> io::Result<()> {
        let landed = self.landed.load(Ordering::Acquire);
        self.look()?;
        self.seen.store(landed, Ordering::Release);
        Ok(())
    }

    fn look(&self) -> io::Result<()> {
        let directories: BTreeSet<&Path> = self
            .logs
            .iter()
            .map(|log| log.naming.directory.as_path())
            .collect();
        let locks: Vec<_> = directories
            .iter()
            .map(|directory| lock_directory(directory))
            .collect();
        let alone = locks.iter().all(Option::is_some);
        let mut files = Vec::new();
        for directory in directories {
            self.list(directory, &mut files)?;
        }
        let (mut files, logs): (Vec<LogFile>, Vec<&RetainedLog>) = files.into_iter().unzip();
        // A file that stays in spite of the plan, for one that is in use or cannot be removed,
        // makes another plan, in which it is known to stay. Whether a file is in use is asked of
        // those alone that are to go: a directory may hold thousands.
        loop {
            let mut stays = false;
            for at in plan(&files, self.budget) {
                let file = &mut files[at];
                match Self::remove(file, logs[at], alone) {
                    Ok(Removal::Removed) => {
                        stats::PRUNED.add(1);
                        file.bytes = 0;
                    }
                    Ok(Removal::NotOurs) => file.bytes = 0,
                    Ok(Removal::InUse) => {
                        file.active = true;
                        stays = true;
                    }
                    Err(error) => {
                        stats::failed(format!("cannot remove {}: {error}", file.path.display()));
                        file.active = true;
                        stays = true;
                    }
                }
            }
            if !stays {
                return Ok(());
            }
        }
    }

    /// Every file of the directory that bears one of our names.
    fn list<'a>(
        &'a self,
        directory: &Path,
        files: &mut Vec<(LogFile, &'a RetainedLog)>,
    ) -> io::Result<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let ours = self
                .logs
                .iter()
                .find(|log| log.naming.directory == directory && log.naming.parse(name).is_some());
            // `DirEntry::metadata` does not follow symlinks.
            if let Some(log) = ours
                && let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                let file = LogFile {
                    path: entry.path(),
                    bytes: metadata.len(),
                    modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    active: false,
                };
                files.push((file, log));
            }
        }
        Ok(())
    }

    /// The file under a closed segment's name: what is folded under a name must not be followed by
    /// other records under the same one, should this process die before the removal.
    fn closed(naming: &Naming, path: &Path) -> io::Result<PathBuf> {
        if naming.live().as_deref() != Some(path) {
            return Ok(path.to_path_buf());
        }
        let segment = naming.free_segment(seconds());
        fs::rename(path, &segment)?;
        Ok(segment)
    }

    /// Removes a file under its lock.
    fn remove(file: &LogFile, log: &RetainedLog, alone: bool) -> io::Result<Removal> {
        let locked = match lock_exclusive(&file.path) {
            Ok(Some(locked)) => locked,
            Ok(None) => return Ok(Removal::InUse),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removal::NotOurs),
            Err(error) => return Err(error),
        };
        let opened = sys::identity(&locked.metadata()?);
        let there = fs::symlink_metadata(&file.path).map(|metadata| sys::identity(&metadata));
        if there.ok() != Some(opened) || !begins_as_ours(&locked, log.kind)? {
            return Ok(Removal::NotOurs);
        }
        if log.kind != RetainedKind::Session {
            fs::remove_file(&file.path)?;
            return Ok(Removal::Removed);
        }
        // Two folds at once could lose one of them: another process keeps the lock, and does this.
        if !alone {
            return Ok(Removal::InUse);
        }
        let segment = Self::closed(&log.naming, &file.path)?;
        session::fold_segment(&log.naming, &segment)?;
        fs::remove_file(&segment)?;
        Ok(Removal::Removed)
    }
}

/// The closed segments of a log, oldest first, and its live file last.
pub(crate) fn segments_of(naming: &Naming) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(&naming.directory) else {
        return Vec::new();
    };
    let mut segments: Vec<_> = entries
        .flatten()
        .filter_map(|entry| match naming.parse(entry.file_name().to_str()?)? {
            Part::Segment(segment) => Some(segment),
            Part::Live => None,
        })
        .collect();
    segments.sort();
    let live = naming.live().filter(|live| live.exists());
    let closed = segments
        .into_iter()
        .map(|segment| naming.path_of(&Part::Segment(segment)));
    closed.chain(live).collect()
}

/// Whether the first record is one that this crate wrote: JSON that begins with `ts`, or text that
/// begins with a time stamp.
fn begins_as_ours(mut file: &fs::File, kind: RetainedKind) -> io::Result<bool> {
    const JSON: &[u8] = b"{\"ts\":\"";
    let mut head = [0; JSON.len() + 5];
    let read = file.read(&mut head)?;
    let stamp = match kind {
        RetainedKind::Text => &head[..read],
        _ => match head[..read].strip_prefix(JSON) {
            Some(stamp) => stamp,
            None => return Ok(false),
        },
    };
    Ok(stamp.len() >= 5 && stamp[..4].iter().all(u8::is_ascii_digit) && stamp[4] == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn of_thousands_of_files_the_oldest_go_whatever_their_log() {
        const FILES: u64 = 3_000;
        let directory = tempfile::tempdir().unwrap();
        let path = |name: String| directory.path().join(name);
        let logs = [
            (Naming::stamped(directory.path().into()), RetainedKind::Json),
            (
                Naming::shared(&path("codex-tui.log".to_owned())).unwrap(),
                RetainedKind::Text,
            ),
        ];
        let names: Vec<String> = (1..=FILES)
            .map(|pid| match pid % 3 {
                0 => format!("codex-tui.20250101T000000Z-{pid}.log"),
                1 => format!("20250101T000000Z-{pid}.jsonl"),
                _ => format!("20250101T000000Z-{pid}.jsonl.mine"),
            })
            .collect();
        for (age, name) in (0..FILES).zip(&names) {
            let text = if Path::new(name).extension().is_some_and(|it| it == "log") {
                "2025-01-01T00:00:00.000000Z  INFO it ran\n"
            } else {
                "{\"ts\":\"2025-01-01T00:00:00.000000Z\"}\n"
            };
            // Not in the order of their names, so that age alone can tell.
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs((age * 7) % FILES);
            fs::write(path(name.clone()), format!("{text:40.40}")).unwrap();
            let file = fs::File::options().append(true).open(path(name.clone()));
            file.unwrap().set_modified(modified).unwrap();
        }
        let ours = FILES / 3 * 2;
        let keep = 500;
        let logs = logs.map(|(naming, kind)| RetainedLog { naming, kind });
        Retention::new(keep * 40, logs.to_vec()).enforce().unwrap();
        let mut expected: Vec<(u64, &String)> = (0..FILES)
            .map(|age| (age * 7) % FILES)
            .zip(&names)
            .filter(|(_, name)| !name.contains("mine"))
            .collect();
        expected.sort_unstable();
        assert_eq!(expected.len() as u64, ours);
        let gone = usize::try_from(ours - keep).unwrap();
        for (at, (_, name)) in expected.iter().enumerate() {
            assert_eq!(path((*name).clone()).exists(), at >= gone, "{at} {name}");
        }
        for foreign in names.iter().filter(|name| name.contains("mine")) {
            assert!(path(foreign.clone()).exists());
        }
    }
}
