//! Compressing closed segments of the debug log.
//!
//! A segment is compressed only under its exclusive lock, which the removal of a file takes as well. So no process
//! has the segment open to write, and none can open it. The compressed text is written to a temporary file ([`COMPRESSION_FILE`]),
//! read again and compared with the segment, synced and renamed; the segment is removed last. A process that is killed before the
//! end leaves the segment, and perhaps the temporary or the compressed file. The next process removes a temporary file, and readers use
//! the segment if it exists beside its compressed file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use telemetry_schema::LogKind;

use crate::chunk::ChunkReader;
use crate::compaction::create_temporary;
use crate::compressed::{
    COMPRESSION_FILE, FRAME_BYTES, LARGEST_RATIO, compressed_name, each_part, head, segment_length,
};
use crate::directory::Directory;
use crate::held::HeldFile;
use crate::part::bytes_of_data;
use crate::plan::counted;
use crate::platform::{self, Identity};
use crate::removal::is_log;

/// The result of compressing a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compressed {
    /// The segment is replaced by its compressed file.
    Yes {
        /// The bytes of the segment.
        from: u64,
        /// The bytes of the compressed file.
        to: u64,
    },
    /// The segment is kept uncompressed, for one of these reasons: the compressed file would not take fewer blocks, or so few that
    /// readers would refuse it; the segment has holes or a further hard link; the segment, or a file with the name of the
    /// compressed file, was written by another program.
    No,
    /// A running process uses the segment.
    InUse,
    /// The segment is kept for now, because another process compresses or purges a segment of the directory, or because `room`
    /// refused the space.
    Later,
}

/// Compresses a closed segment. `room` is asked for the bytes of each part before they are written, and refuses with `false`.
///
/// # Errors
///
/// Fails if a file cannot be read or written. The segment is unchanged then.
pub fn compress(
    directory: &Directory,
    segment: &OsStr,
    kind: LogKind,
    room: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Compressed> {
    let Some(claimed) = directory.claim(segment)? else {
        return Ok(Compressed::InUse);
    };
    let identity = Identity::of(&claimed)?;
    let status = directory.status(segment)?;
    let is_alone = status.is_file && status.identity == identity && !status.has_other_links;
    // A file of one block cannot become smaller.
    let has_holes = bytes_of_data(&claimed, status.bytes)? < status.bytes;
    if !is_alone || has_holes || counted(status.bytes) == counted(1) || !is_log(&claimed, kind)? {
        return Ok(Compressed::No);
    }
    let target = compressed_name(segment);
    if !is_replaceable(directory, &target)? {
        return Ok(Compressed::No);
    }
    let Some(aside) = create_temporary(directory, COMPRESSION_FILE)? else {
        return Ok(Compressed::Later);
    };
    let written = write(&claimed, &aside, status.bytes, room);
    let replaced = match written {
        Ok(Compressed::Yes { .. }) => (|| {
            aside.checked()?.set_modified(status.modified)?;
            aside.checked()?.sync_all()?;
            if !is_equal(&aside, &claimed, status.bytes)? {
                return Ok(Compressed::Later);
            }
            directory.rename(COMPRESSION_FILE, &target)?;
            directory.sync()?;
            if directory.status(segment)?.identity == identity {
                directory.remove(segment)?;
            }
            written
        })(),
        other => other,
    };
    if !matches!(replaced, Ok(Compressed::Yes { .. })) {
        // After an error such as a full disk, the incomplete file would only take space.
        let _ = directory.remove(COMPRESSION_FILE);
    }
    replaced
}

/// Returns whether the name of the compressed file is free, or is that of a compressed file of this crate, which a killed process
/// left beside its segment.
fn is_replaceable(directory: &Directory, target: &OsStr) -> io::Result<bool> {
    match directory.status(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(status) if !status.is_file || status.has_other_links => Ok(false),
        Ok(_) => Ok(segment_length(&*directory.open_read(target)?)?.is_some()),
    }
}

fn write(
    segment: &File,
    aside: &HeldFile,
    bytes: u64,
    room: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Compressed> {
    platform::check_file_size(bytes)?;
    let mut source = ChunkReader::from(segment, 0).take(bytes);
    let mut part = Vec::with_capacity(FRAME_BYTES);
    let mut compressed = head(bytes);
    let mut to = 0;
    loop {
        if !room(compressed.len() as u64) {
            return Ok(Compressed::Later);
        }
        to += compressed.len() as u64;
        if counted(to) >= counted(bytes) {
            return Ok(Compressed::No);
        }
        let mut out: &File = aside.checked()?;
        out.write_all(&compressed)?;
        part.clear();
        (&mut source)
            .take(FRAME_BYTES as u64)
            .read_to_end(&mut part)?;
        if part.is_empty() {
            return Ok(if bytes / LARGEST_RATIO > to {
                Compressed::No
            } else {
                Compressed::Yes { from: bytes, to }
            });
        }
        compressed = compress_to_vec(&*part, CompressionLevel::Fastest);
    }
}

/// Returns whether a compressed file has the text of a segment. The comparison prevents the loss of a segment by an error of the
/// compression.
fn is_equal(compressed: &File, segment: &File, bytes: u64) -> io::Result<bool> {
    let mut source = ChunkReader::from(segment, 0);
    let mut expected = Vec::new();
    let (mut len, mut is_equal) = (0, true);
    each_part(compressed, |part| {
        expected.clear();
        (&mut source)
            .take(part.len() as u64)
            .read_to_end(&mut expected)?;
        is_equal &= expected == part;
        len += part.len() as u64;
        Ok(())
    })?;
    Ok(is_equal && len == bytes && segment.metadata()?.len() == bytes)
}

#[cfg(test)]
mod tests;
