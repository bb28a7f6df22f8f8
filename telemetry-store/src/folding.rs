//! Folding closed segments of the session log: their sums are added to the rollup before they are removed.
//!
//! Segments are folded in parts, each of which is complete in the rollup before the next one begins, so that a process that
//! ends early keeps the parts that it has folded. A segment that is longer than a part, for example of an earlier version that did
//! not rotate its log, is folded from its end: the sums of its last lines are added to the rollup with the offset of the first of
//! these lines, and then the segment is cut at that offset. So space is freed while the rest is folded, and a kill at any time
//! neither loses nor doubles a request.

use std::fs::File;
use std::io::{self, ErrorKind};

use telemetry_schema::record::SessionRecord;

use crate::chunk::chunks_until;
use crate::directory::Directory;
use crate::fold::Fold;
use crate::held::HeldFile;
use crate::part::{bytes_of_data, cut_before};
use crate::platform::{self, FileStatus};
use crate::rollup::{self, Closed, Limits, RollupVersion};

/// The segments of a fold.
#[derive(Debug, Default)]
pub struct Folding {
    /// The segments whose sums are in the rollup now, and which can be removed.
    pub folded: Vec<String>,
    /// The segments that no longer exist: another process has folded and removed them.
    pub gone: Vec<String>,
    /// The segments that cannot be read, with the error.
    pub failed: Vec<(String, io::Error)>,
    /// The number of lines that were skipped because they are not records.
    pub damaged: u64,
    /// The rollup, whose content may not be on the disk yet. `None` if it contained all segments before.
    pub rollup: Option<HeldFile>,
    /// Whether only the end of a segment was folded.
    pub is_cut: bool,
}

/// The number of attempts to fold while other processes fold.
const TRIES: u32 = 8;

/// Adds the sums of closed segments to the rollup. A request that also stands in one of the segments that `stay` is not
/// added. `wait` allows to wait for processes that fold at the same time.
///
/// The name of a segment must not be used again while its file exists, because the rollup names the segment.
///
/// # Errors
///
/// Fails if the rollup cannot be read or written. Segments that were not folded before the error are kept.
pub fn fold(
    directory: &Directory,
    closed: &[String],
    staying: &[String],
    limits: Limits,
    wait: bool,
) -> io::Result<Folding> {
    let mut folder = Folder::new(directory, closed, staying, limits, wait);
    let mut folding = Folding::default();
    while let Some(part) = folder.fold_next()? {
        folding.folded.extend(part.folded);
        folding.gone.extend(part.gone);
        folding.failed.extend(part.failed);
        folding.damaged += part.damaged;
        folding.rollup = part.rollup.or(folding.rollup);
    }
    Ok(folding)
}

/// Folds closed segments part by part.
#[derive(Debug)]
pub struct Folder<'a> {
    directory: &'a Directory,
    /// The segments that are not folded yet, the oldest first.
    left: Vec<String>,
    staying: &'a [String],
    limits: Limits,
    wait: bool,
    /// The requests of the staying segments and of the parts that are folded; `None` until they are read.
    known: Option<Fold>,
    /// The segments that cannot be read, with the error.
    failed: Vec<(String, io::Error)>,
}

/// The result of folding a part.
#[derive(Debug)]
enum Attempt {
    Folded(Folding),
    /// Another process has folded or purged a segment of the part since the fold began.
    Conflict,
    /// Reading a segment failed when some of its records were added already.
    Unreadable(String, io::Error),
}

impl<'a> Folder<'a> {
    /// Creates the folder of these segments; see [`fold`].
    pub fn new(
        directory: &'a Directory,
        closed: &[String],
        staying: &'a [String],
        limits: Limits,
        wait: bool,
    ) -> Self {
        Self {
            directory,
            left: closed.to_vec(),
            staying,
            limits,
            wait,
            known: None,
            failed: Vec::new(),
        }
    }

    /// Folds the next part. `None` if nothing is left.
    ///
    /// # Errors
    ///
    /// Fails if the rollup cannot be read or written; then the segments of this part stay. Without leave to wait, fails with
    /// the kind `WouldBlock` if the segments are longer than a part.
    pub fn fold_next(&mut self) -> io::Result<Option<Folding>> {
        let mut conflicts = 0;
        while conflicts < TRIES {
            if self.left.is_empty() {
                let failed = std::mem::take(&mut self.failed);
                return Ok((!failed.is_empty()).then(|| Folding {
                    failed,
                    ..Folding::default()
                }));
            }
            let version = RollupVersion::of(self.directory)?;
            let known = match self.known.take() {
                Some(known) => known,
                None => self.requests_that_stay(&version),
            };
            match self.fold_part(&version, known)? {
                Attempt::Folded(mut folding) => {
                    folding.failed.append(&mut self.failed);
                    return Ok(Some(folding));
                }
                Attempt::Conflict => conflicts += 1,
                Attempt::Unreadable(segment, error) => {
                    self.left.retain(|left| *left != segment);
                    self.failed.push((segment, error));
                }
            }
        }
        Err(io::Error::new(
            ErrorKind::WouldBlock,
            "other processes fold all the time",
        ))
    }

    /// Returns the segments that are not folded yet.
    pub fn left(&self) -> &[String] {
        &self.left
    }

    fn requests_that_stay(&self, version: &RollupVersion) -> Fold {
        let mut sums = Fold::default();
        sums.bound(self.limits.max_bytes);
        for segment in self.staying {
            if !version.folded.contains(segment) {
                let end = version.end_of(segment);
                // A segment that is gone or unreadable excludes nothing.
                let _ = open_segment(self.directory, segment)
                    .and_then(|file| each_request(&file, 0, end, |record| sums.exclude(record)));
            }
        }
        sums
    }

    /// Folds segments until a part is full.
    fn fold_part(&mut self, version: &RollupVersion, mut known: Fold) -> io::Result<Attempt> {
        let mut folding = Folding::default();
        let mut closed = Closed::default();
        let (mut done, mut bytes) = (0, 0);
        let mut claimed = None;
        for segment in &self.left {
            if version.folded.contains(segment) {
                folding.folded.push(segment.clone());
                done += 1;
                continue;
            }
            let end = version.end_of(segment);
            let part = match self.part_of(segment, end, bytes) {
                Ok(part) => part,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    folding.gone.push(segment.clone());
                    done += 1;
                    continue;
                }
                Err(error) if !self.wait && error.kind() == ErrorKind::WouldBlock => {
                    return Err(error);
                }
                Err(error) => {
                    folding.failed.push((segment.clone(), error));
                    done += 1;
                    continue;
                }
            };
            if part.is_for_later {
                break;
            }
            bytes += part.bytes;
            let read = each_request(&part.file, part.from, end, |record| {
                known.add(record);
            });
            match read {
                Ok(damaged) => folding.damaged += damaged,
                Err(error) => return Ok(Attempt::Unreadable(segment.clone(), error)),
            }
            closed.segments.push(segment.clone());
            closed.read.push(part.status);
            if part.from > 0 {
                closed.cut = Some(part.from);
                claimed = part.claimed;
                break;
            }
            done += 1;
        }
        if !closed.segments.is_empty() {
            if known.has_spanning() {
                self.add_spanning(version, &closed, &mut known);
            }
            let mut sums = known.take_sums();
            let (directory, limits, wait) = (self.directory, self.limits, self.wait);
            let appended = rollup::append(
                directory,
                version,
                &mut sums,
                &closed,
                self.staying,
                limits,
                wait,
            )?;
            let Some(rollup) = appended else {
                return Ok(Attempt::Conflict);
            };
            match (closed.cut, claimed) {
                (Some(at), Some(claimed)) => {
                    self.cut(&closed.segments[0], &claimed, at, &rollup);
                    folding.is_cut = true;
                }
                _ => folding.folded.extend(closed.segments),
            }
            folding.rollup = Some(rollup);
        }
        self.known = Some(known);
        self.left.drain(..done);
        Ok(Attempt::Folded(folding))
    }

    /// Reads the records of a part and of the staying segments once more, for the requests that have records in both.
    fn add_spanning(&self, version: &RollupVersion, closed: &Closed, known: &mut Fold) {
        let from = closed.cut.unwrap_or(0);
        let folded = closed.segments.iter().map(|it| (it, from, false));
        let rest = self
            .staying
            .iter()
            .filter(|it| !version.folded.contains(*it));
        for (segment, from, stays) in folded.chain(rest.map(|it| (it, 0, true))) {
            let end = version.end_of(segment);
            let _ = open_segment(self.directory, segment).and_then(|file| {
                each_request(&file, from, end, |record| known.add_spanning(record, stays))
            });
        }
    }

    /// Returns the range of a segment that is folded next, after `before` bytes of earlier segments.
    fn part_of(&self, segment: &str, end: u64, before: u64) -> io::Result<Part> {
        let status = self.directory.status(segment)?;
        let file = open_segment(self.directory, segment)?;
        let bytes = bytes_of_data(&file, end)?;
        let mut part = Part {
            file,
            status,
            claimed: None,
            bytes,
            from: 0,
            is_for_later: false,
        };
        if before.saturating_add(bytes) <= self.limits.part_bytes {
            return Ok(part);
        }
        if !self.wait {
            let long = "a thread that cannot wait folds no long segments";
            return Err(io::Error::new(ErrorKind::WouldBlock, long));
        }
        part.is_for_later = before > 0;
        if !part.is_for_later {
            part.claimed = Some(self.claim(segment)?);
            part.from = cut_before(&part.file, end, self.limits.part_bytes)?;
        }
        Ok(part)
    }

    /// Claims a segment that is to be cut, so that no reader has it open.
    fn claim(&self, segment: &str) -> io::Result<HeldFile> {
        let busy = || io::Error::new(ErrorKind::WouldBlock, "another process reads it");
        self.directory.claim(segment)?.ok_or_else(busy)
    }

    /// Cuts a segment whose records from this offset on are in the rollup. Without success the file stays as long as it is
    /// until it is removed, which changes no sum.
    fn cut(&self, segment: &str, claimed: &HeldFile, at: u64, rollup: &File) {
        let modified = claimed.metadata().and_then(|it| it.modified());
        let _ = (|| {
            // The cut must not reach the disk before the sums.
            platform::sync(rollup)?;
            self.directory.sync()?;
            let file = self.directory.open_append(segment)?;
            if file.identity() == claimed.identity() {
                file.checked()?.set_len(at)?;
                // The rest is as old as before.
                file.checked()?.set_modified(modified?)?;
            }
            io::Result::Ok(())
        })();
    }
}

/// A segment, or its end, that is folded next.
struct Part {
    file: HeldFile,
    /// The status of the file before it was read.
    status: FileStatus,
    /// The file with its lock, if it is to be cut.
    claimed: Option<HeldFile>,
    /// The bytes of data of the segment.
    bytes: u64,
    /// The offset of the first record of the part.
    from: u64,
    /// Whether the segment has no room in this part.
    is_for_later: bool,
}

fn open_segment(directory: &Directory, segment: &str) -> io::Result<HeldFile> {
    let file = directory.open_read(segment)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    Ok(file)
}

/// Calls `take` with the requests whose lines begin in a range of a segment, and returns the number of skipped lines. Holes
/// of a sparse file are skipped.
fn each_request(
    file: &HeldFile,
    from: u64,
    end: u64,
    mut take: impl FnMut(&SessionRecord<'_>),
) -> io::Result<u64> {
    let mut skipped = 0;
    let files = [&**file];
    // One chunk for each range of data.
    for mut chunk in chunks_until(&files, &[end], u64::MAX) {
        if chunk.bytes.end <= from && from > 0 {
            continue;
        }
        chunk.bytes.start = chunk.bytes.start.max(from);
        let mut records = chunk.records(&files);
        records.each_request(|record| take(record))?;
        skipped += records.skipped().total();
    }
    Ok(skipped)
}

/// Returns the number of readable requests of a segment that is removed without its sums.
///
/// # Errors
///
/// Fails with the kind `InvalidInput` if the name belongs to something other than a regular file.
pub(crate) fn requests_of(directory: &Directory, segment: &str) -> io::Result<u64> {
    let end = RollupVersion::of(directory).map_or(u64::MAX, |version| version.end_of(segment));
    let mut requests = 0;
    let counted = open_segment(directory, segment)
        .and_then(|file| each_request(&file, 0, end, |_| requests += 1));
    match counted {
        Err(error) if error.kind() == ErrorKind::InvalidInput => Err(error),
        _ => Ok(requests),
    }
}

#[cfg(test)]
mod tests;
