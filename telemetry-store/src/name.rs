//! The names of log files, and parsing them.
//!
//! | file | name |
//! |---|---|
//! | debug log, new at each launch | `20261122T185400Z-4242.jsonl`, then `20261122T185400Z-4242.1.jsonl` |
//! | a shared log, live | `codex-tui.log` |
//! | a shared log's closed segment | `codex-tui.20261122T185400Z-4242.log`, `….1.log` |
//!
//! The time is that of the launch or of the rotation. The number distinguishes files of one second and process; 0 is
//! not written.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use telemetry_schema::record::Timestamp;

use crate::compressed::plain_name;

/// The naming of the files of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The directory of the files.
    pub directory: PathBuf,
    /// The file name of a shared log without its extension; empty for a log with a new file at each launch.
    stem: String,
    /// The extension without its dot; may be empty.
    extension: String,
}

/// The role of a file, which follows from its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// The shared file to which processes append.
    Live,
    /// A file of one launch, or a closed segment of a shared log.
    Segment(Segment),
}

/// The identity of a segment, ordered by age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// `20261122T185400Z`
    pub stamp: String,
    /// The id of the process that was launched, or that rotated the log.
    pub pid: u32,
    /// The number of the file within its second and process. 0 is not written into the name.
    pub number: u32,
}

const STAMP_LEN: usize = "20261122T185400Z".len();

impl Naming {
    /// Returns the naming of a log with a new file at each launch.
    pub fn stamped(directory: PathBuf) -> Self {
        Self {
            directory,
            stem: String::new(),
            extension: "jsonl".to_owned(),
        }
    }

    /// Returns the naming of a log with one shared file; `None` if the path has no file name.
    pub fn shared(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?;
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, extension),
            _ => (name, ""),
        };
        Some(Self {
            directory: file.parent()?.to_path_buf(),
            stem: stem.to_owned(),
            extension: extension.to_owned(),
        })
    }

    /// Returns the path of the shared file; `None` for a log with a new file at each launch.
    pub fn live(&self) -> Option<PathBuf> {
        (!self.stem.is_empty()).then(|| self.path_of(&FileRole::Live))
    }

    /// Returns the path of a file of this log.
    pub fn path_of(&self, part: &FileRole) -> PathBuf {
        self.directory.join(self.name_of(part))
    }

    fn name_of(&self, part: &FileRole) -> String {
        let mut name = self.stem.clone();
        if let FileRole::Segment(segment) = part {
            if !name.is_empty() {
                name.push('.');
            }
            // Writing to a string cannot fail.
            let _ = write!(name, "{}-{}", segment.stamp, segment.pid);
            if segment.number > 0 {
                let _ = write!(name, ".{}", segment.number);
            }
        }
        if !self.extension.is_empty() {
            name.push('.');
            name.push_str(&self.extension);
        }
        name
    }

    /// Returns an unused path for a closed segment of the shared file. The name contains the process id; the caller holds
    /// the lock of the directory.
    pub fn free_segment(&self) -> PathBuf {
        loop {
            let (second, number) = next_stamp(seconds());
            let path = self.path_of(&FileRole::Segment(Segment {
                stamp: stamp(second),
                pid: std::process::id(),
                number,
            }));
            if path.symlink_metadata().is_err() {
                return path;
            }
        }
    }

    /// Parses a file name that [`Self::path_of`] made; `None` for any other name.
    pub fn parse(&self, name: &str) -> Option<FileRole> {
        if self.is_live(name) {
            return Some(FileRole::Live);
        }
        let (stamp, pid, number) = self.parse_segment(name)?;
        let stamp = stamp.to_owned();
        Some(FileRole::Segment(Segment { stamp, pid, number }))
    }

    /// Returns whether [`Self::parse`] accepts the name. Does not allocate.
    pub fn is_of_log(&self, name: &str) -> bool {
        self.is_live(name) || self.parse_segment(name).is_some()
    }

    /// Returns whether the name is that of a compressed segment.
    pub fn is_compressed(&self, name: &str) -> bool {
        plain_name(name).is_some_and(|plain| self.parse_segment(plain).is_some())
    }

    fn is_live(&self, name: &str) -> bool {
        if self.stem.is_empty() {
            return false;
        }
        let behind = name.strip_prefix(self.stem.as_str());
        behind.is_some_and(|behind| match behind.strip_prefix('.') {
            Some(extension) => !extension.is_empty() && extension == self.extension,
            None => behind.is_empty() && self.extension.is_empty(),
        })
    }

    fn parse_segment<'n>(&self, name: &'n str) -> Option<(&'n str, u32, u32)> {
        let mut rest = name;
        if !self.stem.is_empty() {
            rest = rest.strip_prefix(self.stem.as_str())?.strip_prefix('.')?;
        }
        if !self.extension.is_empty() {
            rest = rest
                .strip_suffix(self.extension.as_str())?
                .strip_suffix('.')?;
        }
        let (stamp, rest) = rest.split_at_checked(STAMP_LEN)?;
        if !is_stamp(stamp.as_bytes()) {
            return None;
        }
        let rest = rest.strip_prefix('-')?;
        let (pid, number) = match rest.split_once('.') {
            Some((pid, number)) => (pid, parse_number(number).filter(|number| *number > 0)?),
            None => (rest, 0),
        };
        Some((stamp, parse_number(pid)?, number))
    }
}

/// Parses a number as names have it: without a sign and without leading zeros.
fn parse_number(digits: &str) -> Option<u32> {
    let plain = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| plain)
}

/// The number of bits of a file's number. A process that makes more names in a second uses the next second.
const NUMBER_BITS: u32 = 20;

/// Returns a second and a number that this process has not used before. The name of a pruned segment must not be reused,
/// because the rollup and readers identify the segment by this name. The result increases even if the clock goes back.
fn next_stamp(second: u64) -> (u64, u32) {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let next = |last: u64| (last + 1).max(second << NUMBER_BITS);
    let last = LAST
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            Some(next(last))
        })
        .unwrap_or_else(|last| last);
    let number = u32::try_from(next(last) & ((1 << NUMBER_BITS) - 1)).unwrap_or_default();
    (next(last) >> NUMBER_BITS, number)
}

/// Returns the time of the wall clock in seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Formats seconds since 1970 as `20261122T185400Z`.
pub fn stamp(second: u64) -> String {
    let micros = i64::try_from(second.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
    let text = Timestamp::from_micros(micros).to_string();
    let (to_the_second, _) = text.split_once('.').unwrap_or((&text, ""));
    let mut stamp = to_the_second.replace(['-', ':'], "");
    stamp.push('Z');
    stamp
}

fn is_stamp(text: &[u8]) -> bool {
    let in_range = |from: usize, to: usize, allowed: std::ops::RangeInclusive<u32>| {
        str::from_utf8(&text[from..to])
            .ok()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .is_some_and(|value| allowed.contains(&value))
    };
    text.len() == STAMP_LEN
        && text[8] == b'T'
        && text[15] == b'Z'
        && in_range(0, 4, 1970..=9999)
        && in_range(4, 6, 1..=12)
        && in_range(6, 8, 1..=31)
        && in_range(9, 11, 0..=23)
        && in_range(11, 13, 0..=59)
        && in_range(13, 15, 0..=59)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn debug() -> Naming {
        Naming::stamped(PathBuf::from("/l"))
    }

    fn shared(name: &str) -> Naming {
        Naming::shared(&Path::new("/l").join(name)).unwrap()
    }

    #[test]
    fn names_are_made_as_documented() {
        let part = |number| {
            FileRole::Segment(Segment {
                stamp: stamp(1_795_373_640),
                pid: 4242,
                number,
            })
        };
        assert_eq!(
            debug().path_of(&part(0)),
            Path::new("/l/20261122T185400Z-4242.jsonl")
        );
        assert_eq!(
            debug().path_of(&part(3)),
            Path::new("/l/20261122T185400Z-4242.3.jsonl")
        );
        let tui = shared("codex-tui.log");
        assert_eq!(tui.live().unwrap(), Path::new("/l/codex-tui.log"));
        assert_eq!(
            tui.path_of(&part(0)),
            Path::new("/l/codex-tui.20261122T185400Z-4242.log")
        );
        assert_eq!(debug().live(), None);
    }

    #[test]
    fn foreign_names_are_rejected() {
        for name in [
            "codex-litellm-session.jsonl.mine",
            "codex-litellm-session2.jsonl",
            "codex-litellm-session.20261122T185400Z-1.jsonl.bak",
            "codex-litellm-session.20261122T185400Z.jsonl",
            "codex-litellm-session.20261122T185400Z-1.0.jsonl",
            "codex-litellm-session.20261122T185400Z-01.jsonl",
            "codex-litellm-session.20261322T185400Z-1.jsonl",
            "codex-litellm-session.20261122T185400Z-1.jsonl ",
        ] {
            assert_eq!(
                shared("codex-litellm-session.jsonl").parse(name),
                None,
                "{name}"
            );
        }
        for name in [
            "20250101T000000Z-notes.jsonl",
            "20250101T000000Z-1.txt",
            "20250101T000000Z-+1.jsonl",
            "20250101T000000Z.jsonl",
            ".jsonl",
            "",
            "ä",
        ] {
            assert_eq!(debug().parse(name), None, "{name}");
        }
        assert_eq!(shared("app").parse("app2"), None);
        assert_eq!(shared("app").parse("app"), Some(FileRole::Live));
    }

    #[test]
    fn the_name_of_a_closed_segment_is_never_reused() {
        let directory = tempfile::tempdir().unwrap();
        let log = Naming::shared(&directory.path().join("s.jsonl")).unwrap();
        // No file is created, as if each segment was pruned at once.
        let paths: Vec<PathBuf> = (0..1_000).map(|_| log.free_segment()).collect();
        let segment = |path: &PathBuf| match log.parse(path.file_name()?.to_str()?)? {
            FileRole::Segment(segment) => Some(segment),
            FileRole::Live => None,
        };
        let segments: Vec<Segment> = paths.iter().filter_map(segment).collect();
        assert_eq!(segments.len(), paths.len());
        assert!(segments.is_sorted_by(|a, b| a < b));
        // A clock that goes back, and a clock that jumps ahead.
        let now = next_stamp(seconds() + 7);
        assert!(next_stamp(1) > now);
        assert_eq!(next_stamp(now.0 + 9), (now.0 + 9, 0));
    }

    fn namings() -> impl Strategy<Value = Naming> {
        prop_oneof![
            Just(debug()),
            "[a-z0-9][a-z0-9._-]{0,12}".prop_map(|name| shared(&name)),
        ]
    }

    proptest! {
        #[test]
        fn every_made_name_is_parsed_to_its_role(
            naming in namings(), second in 0_u64..250_000_000_000, pid: u32, number: u32,
        ) {
            let part = FileRole::Segment(Segment { stamp: stamp(second), pid, number });
            prop_assert_eq!(naming.parse(&naming.name_of(&part)), Some(part));
        }

        #[test]
        fn every_parsed_name_can_be_made(
            naming in namings(),
            name in "[a-z.]{0,6}[0-9]{0,8}T?[0-9]{0,6}Z?-?[0-9]{0,4}(\\.[0-9])?(\\.jsonl|\\.log)?",
        ) {
            if let Some(part) = naming.parse(&name) {
                prop_assert_eq!(naming.name_of(&part), name);
            }
        }
    }
}
