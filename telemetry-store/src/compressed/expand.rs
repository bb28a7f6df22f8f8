//! Reading compressed segments.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::Path;

use ruzstd::decoding::StreamingDecoder;

use super::{FRAME_BYTES, HEAD, LARGEST_RATIO};
use crate::chunk::ChunkReader;
use crate::directory::Directory;

/// The number of names that are tried for a temporary file.
const TRIES: u64 = 16;

/// Calls `take` with the parts of the text of a compressed file, in their order.
pub(crate) fn each_part(
    file: &File,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut source = BufReader::new(ChunkReader::from(file, HEAD as u64));
    let mut part = Vec::new();
    while !source.fill_buf()?.is_empty() {
        // A window that is larger than a frame would only take memory.
        let mut frame = StreamingDecoder::new_with_max_window_size(&mut source, FRAME_BYTES as u64)
            .map_err(damaged)?;
        part.clear();
        // A damaged frame may stand for any number of bytes.
        let longest = FRAME_BYTES as u64 + 1;
        (&mut frame).take(longest).read_to_end(&mut part)?;
        if part.len() > FRAME_BYTES {
            return Err(damaged("a frame is too long"));
        }
        let decoder = frame.into_frame_decoder();
        if decoder.get_checksum_from_data() != decoder.get_calculated_checksum() {
            return Err(damaged("a checksum does not match"));
        }
        take(&part)?;
    }
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("damaged compressed log: {error}"),
    )
}

/// Returns a temporary file with the text of a compressed file, which is `bytes` long.
pub(super) fn expand_whole(file: &File, path: &Path, bytes: u64) -> io::Result<File> {
    if bytes / LARGEST_RATIO > file.metadata()?.len() {
        let path = path.display();
        return Err(damaged(format_args!(
            "{path} is too short for the {bytes} bytes of its mark"
        )));
    }
    let mut text = temporary()?;
    let mut written = 0;
    each_part(file, |part| {
        written += part.len() as u64;
        if written > bytes {
            return Err(damaged("it is longer than its mark says"));
        }
        text.write_all(part)
    })
    .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    if written < bytes {
        let path = path.display();
        return Err(damaged(format_args!(
            "{path} ends after {written} of {bytes} bytes"
        )));
    }
    text.rewind()?;
    Ok(text)
}

/// Creates a private file without a name. On Windows the name is gone once the file is closed.
fn temporary() -> io::Result<File> {
    let directory = Directory::resolve(&std::env::temp_dir())?;
    let mut last = io::ErrorKind::AlreadyExists.into();
    for attempt in 0..TRIES {
        let random = RandomState::new().hash_one((std::process::id(), attempt));
        let name = format!("telemetry-{random:016x}.jsonl");
        match directory.create_new(&name) {
            Ok(file) => {
                directory.remove(&name)?;
                return file.try_clone();
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
