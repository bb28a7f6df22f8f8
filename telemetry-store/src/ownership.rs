//! The check whether a file that exists is a log of telemetry. A setting may name any file, and a file of another program must
//! not be changed.

use std::fs::File;
use std::io;

use telemetry_schema::LogKind;

use crate::platform;

/// The bytes at the beginning of a file that are examined. A crash may have left some lines damaged.
const EXAMINED: usize = 8 * 1024;
/// The zeros at the beginning of a file that are skipped: a crash of the system may have left blocks that were never written.
/// Holes are skipped whatever their length.
const EXAMINED_ZEROS: usize = 1024 * 1024;

/// The text behind time stamp and level in the first line of a text log.
const TEXT_HEADER: &[u8] = b"INFO telemetry: log of ";

/// Returns whether a file is a log of this kind, or empty.
///
/// At least one of the first lines must be a record of the kind. Text logs of other programs may look alike, so that a text
/// log at an unusual path must have the first line that telemetry writes. At the usual path, the file may be a log of an earlier
/// version of the host. A file of zeros alone is a log at the usual path only.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn is_telemetry_log(file: &File, kind: LogKind, is_usual: bool) -> io::Result<bool> {
    let mut head = vec![0; EXAMINED];
    let mut len = read_up_to(file, &mut head, 0)?;
    if len == 0 {
        return Ok(true);
    }
    if head[0] == 0 {
        let Some(start) = end_of_zeros(file, &mut head)? else {
            return Ok(is_usual);
        };
        len = read_up_to(file, &mut head, start)?;
    }
    let head = &head[..len];
    if len < EXAMINED && !head.contains(&b'\n') {
        // The process that began the first line was killed in the middle of it.
        return Ok(begins_with_stamp(head, kind).is_some());
    }
    let mut lines = head.split(|byte| *byte == b'\n');
    Ok(lines.any(|line| {
        begins_with_stamp(line, kind).is_some_and(|rest| is_record(rest, kind, is_usual))
    }))
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match platform::read_at(file, &mut buffer[len..], offset + len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Returns the offset of the first byte that is not zero; `None` if none is found.
fn end_of_zeros(file: &File, buffer: &mut [u8]) -> io::Result<Option<u64>> {
    let (mut at, mut examined) = (0, 0);
    while examined < EXAMINED_ZEROS {
        match platform::next_data(file, at) {
            Some(data) if data.is_empty() => return Ok(None),
            Some(data) => at = data.start,
            None => {}
        }
        let len = read_up_to(file, buffer, at)?;
        if let Some(zeros) = buffer[..len].iter().position(|byte| *byte != 0) {
            return Ok(Some(at + zeros as u64));
        }
        if len == 0 {
            return Ok(None);
        }
        at += len as u64;
        examined += len;
    }
    Ok(None)
}

/// Returns the bytes behind the first digits of the time stamp with which each line begins.
fn begins_with_stamp(line: &[u8], kind: LogKind) -> Option<&[u8]> {
    let line = match kind {
        LogKind::Tui => line,
        _ => line.strip_prefix(b"{\"ts\":\"")?,
    };
    let (year, rest) = line.split_at_checked(4)?;
    (year.iter().all(u8::is_ascii_digit) && rest.first() == Some(&b'-')).then_some(rest)
}

fn is_record(rest: &[u8], kind: LogKind, is_usual: bool) -> bool {
    match kind {
        LogKind::Debug | LogKind::Custom => {
            let stamp_len = rest.iter().position(|byte| *byte == b'"');
            stamp_len.is_some_and(|at| rest[at..].starts_with(b"\",\"type\":\""))
        }
        LogKind::Session => contains(rest, b"\"session_id\":"),
        LogKind::Tui => is_usual || contains(rest, TEXT_HEADER),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(text: &str, kind: LogKind, is_usual: bool) -> bool {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        is_telemetry_log(&file, kind, is_usual).unwrap()
    }

    const HEADER: &str = "{\"ts\":\"2020-11-22T18:54:00.000001Z\",\"type\":\"header\",\"v\":1}\n";
    const FORK: &str = "{\"ts\":\"2020-11-22T18:54:00Z\",\"session_id\":\"s\",\"model\":\"m\"}\n";
    const TEXT: &str = "2020-11-22T18:54:00Z  INFO telemetry: log of codex , pid 7\n";
    const OTHER_TEXT: &str = "2020-11-22T18:54:00Z  INFO codex_tui: ready\n";

    #[test]
    fn logs_are_known_by_their_lines() {
        for kind in [LogKind::Debug, LogKind::Custom] {
            assert!(check(HEADER, kind, false));
            assert!(!check(FORK, kind, true));
        }
        assert!(check(FORK, LogKind::Session, false));
        assert!(check(TEXT, LogKind::Tui, false));
        assert!(check(OTHER_TEXT, LogKind::Tui, true));
        assert!(!check(OTHER_TEXT, LogKind::Tui, false));
    }

    #[test]
    fn a_log_whose_first_lines_are_damaged_is_known() {
        for damage in ["\0\0\0\0\n", "{\"ts\":\"2020-11-22T18:5\n", "\n"] {
            let text = format!("{damage}{HEADER}");
            assert!(check(&text, LogKind::Custom, false), "{damage:?}");
        }
        assert!(check("{\"ts\":\"2020-11-22T18:5", LogKind::Custom, false));
        assert!(check("", LogKind::Custom, false));
    }

    #[test]
    fn files_of_other_programs_are_not_taken_for_logs() {
        let others = [
            "model = \"gpt-5\"\n",
            "notes",
            "[]\n",
            "{\"ts\":\"2020-11-22T18:54:00Z\",\"level\":\"info\",\"msg\":\"ready\"}\n",
            "{\"ts\":1606071240,\"type\":\"span\"}\n",
            "2020-11-22 18:54:00 startup archives unpack\n",
            "Nov 22 18:54:00 host sshd[1]: ready\n",
        ];
        for text in others {
            for kind in [
                LogKind::Debug,
                LogKind::Custom,
                LogKind::Session,
                LogKind::Tui,
            ] {
                assert!(!check(text, kind, false), "{kind:?}: {text}");
            }
        }
    }

    /// A crash of the system may leave zeros where the first lines were written.
    #[test]
    fn zeros_before_the_first_record_are_skipped() {
        let zeros = "\0".repeat(20_000);
        for kind in [LogKind::Debug, LogKind::Session, LogKind::Tui] {
            let record = match kind {
                LogKind::Session => FORK,
                LogKind::Tui => TEXT,
                _ => HEADER,
            };
            for is_usual in [false, true] {
                assert!(check(&format!("{zeros}{record}"), kind, is_usual));
                assert!(check(&format!("{zeros}\n{record}"), kind, is_usual));
                assert!(!check(&format!("{zeros}GIF89a\n"), kind, is_usual));
                assert_eq!(check(&zeros, kind, is_usual), is_usual);
            }
        }
        let mut sparse = tempfile::tempfile().unwrap();
        sparse.set_len(1 << 40).unwrap();
        assert!(is_telemetry_log(&sparse, LogKind::Session, true).unwrap());
        assert!(!is_telemetry_log(&sparse, LogKind::Session, false).unwrap());
        io::Seek::seek(&mut sparse, io::SeekFrom::Start(1 << 40)).unwrap();
        sparse.write_all(FORK.as_bytes()).unwrap();
        assert!(is_telemetry_log(&sparse, LogKind::Session, false).unwrap());
    }
}
