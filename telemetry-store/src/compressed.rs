//! Reading compressed segments of the debug log: their names, their mark and their text.
//!
//! A compressed segment begins with a skippable frame, which has a mark of this crate and the length of the segment. After it comes a
//! frame of Zstandard for each [`FRAME_BYTES`] bytes of the segment. Programs such as `zstd -d` skip the mark. By the mark, pruning and
//! readers without the feature `zstd` recognise that this crate wrote the file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::chunk::ChunkReader;
use crate::directory::Directory;

#[cfg(feature = "zstd")]
mod expand;

#[cfg(feature = "zstd")]
pub(crate) use expand::each_part;

/// The end of the name of a compressed segment, behind the name of the segment.
pub const SUFFIX: &str = ".zst";

/// The name of the temporary file to which a segment is compressed. Its lock is held during the compression, and by a process that
/// must exclude compressions.
pub const COMPRESSION_FILE: &str = ".telemetry.compress";

/// The bytes of a segment in one frame. A reader or a writer keeps one of them in memory.
pub const FRAME_BYTES: usize = 1 << 20;

/// The largest ratio of the length of a segment to that of its compressed file. A segment with a higher ratio is kept uncompressed, and a
/// reader refuses its compressed file, because a kilobyte that expands to gigabytes would fill the disk. Measured debug logs have ratios of
/// 6 and 14, and logs of equal lines up to 1,400.
#[cfg(feature = "zstd")]
pub(crate) const LARGEST_RATIO: u64 = 2048;

/// The first bytes of a skippable frame of Zstandard.
const SKIPPABLE: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];
const MARK: &[u8] = b"telemetry log 1 ";
/// The digits of the segment's length. With the mark they have a fixed length, so that the frame needs no parser.
const DIGITS: usize = 20;
const HEAD: usize = SKIPPABLE.len() + 4 + MARK.len() + DIGITS;

/// Returns the name of a segment without [`SUFFIX`]; `None` for other names.
pub fn plain_name(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX)
}

/// Returns the path of the compressed file of a segment.
pub fn compressed_path(segment: &Path) -> PathBuf {
    let mut path = OsString::from(segment);
    path.push(SUFFIX);
    path.into()
}

/// Returns the name of the compressed file of a segment.
pub fn compressed_name(segment: &OsStr) -> OsString {
    let mut name = segment.to_owned();
    name.push(SUFFIX);
    name
}

/// Returns whether a directory has a compressed file of a segment.
pub fn is_compressed(directory: &Directory, segment: &OsStr) -> bool {
    directory.status(compressed_name(segment)).is_ok()
}

/// Returns the mark of a compressed file.
#[cfg(feature = "zstd")]
pub(crate) fn head(bytes: u64) -> Vec<u8> {
    let mut head = SKIPPABLE.to_vec();
    head.extend(
        u32::try_from(MARK.len() + DIGITS)
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    head.extend(MARK);
    head.extend(format!("{bytes:0DIGITS$}").bytes());
    head
}

/// Returns the length of the segment of a compressed file; `None` if the file was not written by this crate.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn segment_length(file: &File) -> io::Result<Option<u64>> {
    let mut head = Vec::with_capacity(HEAD);
    ChunkReader::from(file, 0)
        .take(HEAD as u64)
        .read_to_end(&mut head)?;
    let marked = head.strip_prefix(&SKIPPABLE).and_then(|rest| rest.get(4..));
    let digits = marked.and_then(|rest| rest.strip_prefix(MARK));
    let digits =
        digits.filter(|digits| digits.len() == DIGITS && digits.iter().all(u8::is_ascii_digit));
    Ok(digits.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok()))
}

/// Opens the compressed file of a segment, and returns a file with the text of the segment. Returns `None` if the file does not
/// exist, or was not written by this crate.
///
/// The text is in an unnamed temporary file in the directory for temporary files. The system removes it when the file is closed.
///
/// # Errors
///
/// Fails if the file cannot be read or is damaged. Fails also in a build without the feature `zstd`, with an error that names the feature.
pub fn open_compressed(segment: &Path) -> io::Result<Option<File>> {
    let path = compressed_path(segment);
    let file = match crate::platform::open_read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // This crate never creates a symlink, a directory or a pipe.
        Err(_) if path.symlink_metadata().is_ok_and(|it| !it.is_file()) => return Ok(None),
        opened => opened?,
    };
    expand(&file, &path)
}

/// Returns a file with the text of the segment of an open compressed file; `None` if the file was not written by this crate.
pub(crate) fn expand(file: &File, path: &Path) -> io::Result<Option<File>> {
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    match segment_length(file)? {
        Some(bytes) => expand_whole(file, path, bytes).map(Some),
        None => Ok(None),
    }
}

#[cfg(feature = "zstd")]
use expand::expand_whole;

#[cfg(not(feature = "zstd"))]
fn expand_whole(_: &File, path: &Path, _: u64) -> io::Result<File> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!(
            "{} is compressed, and this program was built without the feature `zstd`",
            path.display()
        ),
    ))
}
