//! The first line of a new file: which program wrote it.

use telemetry_schema::record::{Header, Timestamp, VERSION, program, write_line};

use super::clock;
use super::line;
use super::mask::mask;
use super::trace::{Launch, long_hex};
use crate::{Level, SessionId};

/// Name and version of the host.
#[derive(Clone, Debug)]
pub(crate) struct App {
    name: String,
    version: String,
}

impl App {
    /// Masks both and shortens them so that they fit into a line.
    pub(crate) fn new(name: &str, version: &str) -> Self {
        let short = |text: &str| {
            let masked = mask(text);
            masked[..masked.floor_char_boundary(128)].replace(char::is_control, " ")
        };
        Self {
            name: short(name),
            version: short(version),
        }
    }
}

/// Appends the header record of a JSON log.
pub(crate) fn json(out: &mut Vec<u8>, app: &App, session: Option<SessionId>) {
    let micros = clock::wall_nanos(clock::now()) / 1_000;
    let launch = long_hex(Launch::current().id());
    let header = Header {
        ts: Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)),
        v: VERSION,
        pid: std::process::id(),
        app: Some((&*app.name).into()),
        app_version: Some((&*app.version).into()),
        session_id: session.map(|id| id.to_string().into()),
        os: Some(std::env::consts::OS.into()),
        arch: Some(std::env::consts::ARCH.into()),
        launch_id: Some(String::from_utf8_lossy(&launch)),
        ..Header::default()
    };
    // A header consists of strings and integers, which all have a JSON form.
    let _ = write_line(out, &header);
}

/// Appends the first line of a text log.
pub(crate) fn text(out: &mut Vec<u8>, app: &App) {
    line::text_head_now(out, Level::Info);
    let (program, pid) = (program(&app.name, &app.version), std::process::id());
    let text = format!("telemetry: log of {program}, pid {pid}\n");
    out.extend_from_slice(text.as_bytes());
}

/// The length of the time at the beginning of a text line.
const TIME_LEN: usize = "2026-11-22T18:54:00.000000Z".len();

/// Sets the time of a header of text to that of the first line behind it, if that line is older: lines are stamped before
/// the file is opened, and are in the order of time.
pub(crate) fn not_later(header: &mut [u8], lines: &[u8]) {
    if let (Some(time), Some(first)) = (header.get_mut(..TIME_LEN), lines.get(..TIME_LEN))
        && first < &*time
        && first.ends_with(b"Z")
        && first[0].is_ascii_digit()
    {
        time.copy_from_slice(first);
    }
}

#[cfg(test)]
mod tests {
    use super::{App, not_later, text};

    #[test]
    fn a_text_header_has_no_place_for_an_unknown_version() {
        for (version, expected) in [
            ("", "log of codex, pid "),
            ("1.2", "log of codex 1.2, pid "),
        ] {
            let mut header = Vec::new();
            text(&mut header, &App::new("codex", version));
            let header = String::from_utf8(header).unwrap();
            assert!(header.contains(expected), "{header}");
        }
    }

    #[test]
    fn a_header_is_not_later_than_the_first_line_behind_it() {
        for (first, expected) in [
            (
                "2026-11-22T18:53:59.999999Z  INFO text\n",
                "2026-11-22T18:53:59.999999Z  INFO log\n",
            ),
            (
                "2026-11-22T18:54:00.000001Z  INFO text\n",
                "2026-11-22T18:54:00.000000Z  INFO log\n",
            ),
            (
                "0 of 27 characters are a time\n",
                "2026-11-22T18:54:00.000000Z  INFO log\n",
            ),
            ("", "2026-11-22T18:54:00.000000Z  INFO log\n"),
        ] {
            let mut header = b"2026-11-22T18:54:00.000000Z  INFO log\n".to_vec();
            not_later(&mut header, first.as_bytes());
            assert_eq!(String::from_utf8_lossy(&header), expected);
        }
    }
}
