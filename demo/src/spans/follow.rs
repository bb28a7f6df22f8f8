//! Follows the debug log of this process while it grows.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::line::SpanLine;

/// The number of spans and events that are kept: several screens.
const KEPT: usize = 400;

/// The bytes of one read, so that a burst of records does not delay the next frame.
const PIECE: u64 = 256 * 1024;

/// The latest spans and events of this process.
#[derive(Debug, Default)]
pub(crate) struct FollowedSpans {
    log: Option<FollowedLog>,
    lines: VecDeque<SpanLine>,
    /// The number of spans and events so far.
    pub(crate) count: u64,
}

/// The part of a log that was read.
#[derive(Debug)]
struct FollowedLog {
    path: PathBuf,
    file: File,
    /// The bytes of a line without its end.
    partial: Vec<u8>,
}

impl FollowedSpans {
    /// Reads what was added to the log since the last call. Returns whether there were new spans or events.
    ///
    /// A log that cannot be read has no new lines: `/status` reports failures of telemetry.
    pub(crate) fn read(&mut self, files: &[PathBuf]) -> bool {
        let before = self.count;
        let is_open = |log: &FollowedLog| files.contains(&log.path);
        if !self.log.as_ref().is_some_and(is_open) {
            // The rest of a segment that was closed meanwhile.
            self.read_log();
            if let Some(next) = files.iter().find_map(|path| FollowedLog::open(path)) {
                self.log = Some(next);
            }
        }
        self.read_log();
        self.count != before
    }

    fn read_log(&mut self) {
        let Some(log) = &mut self.log else { return };
        let Ok(lines) = log.read() else { return };
        for line in lines {
            self.count += 1;
            self.lines.push_back(line);
        }
        let excess = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..excess);
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &SpanLine> {
        self.lines.iter()
    }
}

impl FollowedLog {
    /// Opens a debug log if this process writes it.
    fn open(path: &Path) -> Option<Self> {
        path.extension().filter(|end| *end == "jsonl")?;
        let mut file = File::open(path).ok()?;
        let mut first = Vec::new();
        // A header is shorter; a longer first line belongs to another log.
        (&mut file).take(64 * 1024).read_to_end(&mut first).ok()?;
        let first = String::from_utf8_lossy(&first);
        let header = SpanLine::parse(first.lines().next()?)?;
        if !header.is_own_header() {
            return None;
        }
        file.seek(SeekFrom::Start(0)).ok()?;
        Some(Self {
            path: path.to_owned(),
            file,
            partial: Vec::new(),
        })
    }

    fn read(&mut self) -> io::Result<Vec<SpanLine>> {
        let mut lines = Vec::new();
        loop {
            let read = (&self.file).take(PIECE).read_to_end(&mut self.partial)?;
            if read == 0 {
                return Ok(lines);
            }
            let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let rest = self.partial.split_off(end + 1);
            let whole = std::mem::replace(&mut self.partial, rest);
            let whole = String::from_utf8_lossy(&whole);
            let parsed = whole.lines().filter_map(SpanLine::parse);
            lines.extend(parsed.filter(|line| line.kind != "header"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_are_read_once_and_only_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("own.jsonl");
        let mut log = File::create(&path).unwrap();
        let pid = std::process::id();
        writeln!(log, r#"{{"type":"header","pid":{pid}}}"#).unwrap();
        write!(log, r#"{{"type":"span","name":"a.b","#).unwrap();
        let other = directory.path().join("other.jsonl");
        std::fs::write(&other, "{\"type\":\"header\",\"pid\":1}\n").unwrap();
        let files = [other, path];

        let mut spans = FollowedSpans::default();
        assert!(!spans.read(&files));
        writeln!(log, r#""id":1}}"#).unwrap();
        assert!(spans.read(&files));
        assert!(!spans.read(&files));
        writeln!(log, r#"{{"type":"event","name":"c.d"}}"#).unwrap();
        assert!(spans.read(&files));
        let names: Vec<_> = spans.lines().map(|line| &*line.name).collect();
        assert_eq!(names, ["a.b", "c.d"]);
    }
}
