//! The lines of a buffer.

pub(super) fn line_len(lines: &[u8]) -> usize {
    memchr::memchr(b'\n', lines).map_or(lines.len(), |at| at + 1)
}

/// Returns the length of the whole lines among the first `room` bytes; at least one line, if there is one.
pub(super) fn whole_lines(lines: &[u8], room: usize) -> usize {
    let within = &lines[..room.min(lines.len())];
    match memchr::memrchr(b'\n', within) {
        Some(at) => at + 1,
        None if room >= lines.len() => 0,
        None => line_len(lines),
    }
}

/// Returns the length of the whole lines among the first `room` bytes; 0 if no line fits.
pub(super) fn whole_lines_within(lines: &[u8], room: usize) -> usize {
    memchr::memrchr(b'\n', &lines[..room.min(lines.len())]).map_or(0, |at| at + 1)
}

/// Returns the number of whole lines.
pub(crate) fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
