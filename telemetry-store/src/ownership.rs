//! Whether a file that exists is a log of ours. A setting may name any file, and a file of another program must not be
//! changed.

use std::fs::File;
use std::io;

use telemetry_schema::LogKind;

use crate::platform;

/// The bytes at the beginning of a file that are examined. A crash may have left some lines damaged.
const EXAMINED: usize = 8 * 1024;

/// The text behind time stamp and level in the first line of a text log.
const TEXT_HEADER: &[u8] = b"INFO telemetry: log of ";

/// Whether a file is a log of this kind, or empty.
///
/// A line among the first ones must be a record of the kind. Text logs of other programs may look alike, so that a text
/// log at an unusual path must have the first line of ours; at the usual path, an earlier version of the host may have
/// written it.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn is_ours(file: &File, kind: LogKind, is_usual: bool) -> io::Result<bool> {
    let mut head = vec![0; EXAMINED];
    let mut len = 0;
    while len < head.len() {
        match platform::read_at(file, &mut head[len..], len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let head = &head[..len];
    if head.is_empty() {
        return Ok(true);
    }
    if len < EXAMINED && !head.contains(&b'\n') {
        // The process that began the first line was killed in the middle of it.
        return Ok(begins_with_stamp(head, kind).is_some());
    }
    let mut lines = head.split(|byte| *byte == b'\n');
    Ok(lines.any(|line| {
        begins_with_stamp(line, kind).is_some_and(|rest| is_record(rest, kind, is_usual))
    }))
}

/// Returns what follows the first digits of the time stamp with which each line begins.
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
        is_ours(&file, kind, is_usual).unwrap()
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
    fn files_of_others_are_not_taken_for_logs() {
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
}
