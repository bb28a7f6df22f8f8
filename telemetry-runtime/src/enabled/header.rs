//! The first line of a new file: which program wrote it.

use super::clock::{self, Stamp};
use super::json;
use super::line;
use super::mask::mask;
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
    out.extend_from_slice(b"{\"ts\":\"");
    Stamp::new().write(&mut *out, clock::wall_nanos(clock::now()));
    out.extend_from_slice(b"\",\"type\":\"header\",\"v\":1,\"pid\":");
    json::unsigned(&mut *out, std::process::id().into());
    for (key, value) in [
        (&b",\"app\":"[..], &app.name),
        (b",\"app_version\":", &app.version),
    ] {
        out.extend_from_slice(key);
        json::string(&mut *out, value);
    }
    if let Some(session) = session {
        out.extend_from_slice(b",\"session_id\":\"");
        out.extend_from_slice(&session.text());
        out.push(b'"');
    }
    out.extend_from_slice(b",\"os\":");
    json::string(&mut *out, std::env::consts::OS);
    out.extend_from_slice(b",\"arch\":");
    json::string(&mut *out, std::env::consts::ARCH);
    out.extend_from_slice(b"}\n");
}

/// Appends the first line of a text log.
pub(crate) fn text(out: &mut Vec<u8>, app: &App) {
    line::text_head(
        &mut *out,
        &mut Stamp::new(),
        clock::wall_nanos(clock::now()),
        Level::Info,
    );
    let (App { name, version }, pid) = (app, std::process::id());
    let text = format!("telemetry: log of {name} {version}, pid {pid}\n");
    out.extend_from_slice(text.as_bytes());
}
