//! The first line of a new file: whose it is.

use super::clock::{self, Stamp};
use super::config::Config;
use super::json;
use super::line;
use super::log::append::Header;
use super::session;
use crate::Level;

/// The header record of a JSON log.
pub(crate) fn json(config: &Config) -> Header {
    let (name, version) = app(config);
    Box::new(move |out| {
        out.extend_from_slice(b"{\"ts\":\"");
        Stamp::new().write(&mut *out, clock::wall_nanos(clock::now()));
        out.extend_from_slice(b"\",\"type\":\"header\",\"v\":1,\"pid\":");
        json::unsigned(&mut *out, std::process::id().into());
        for (key, value) in [(&b",\"app\":"[..], &name), (b",\"app_version\":", &version)] {
            out.extend_from_slice(key);
            json::string(&mut *out, value);
        }
        if let Some(session) = session::current_id() {
            out.extend_from_slice(b",\"session_id\":\"");
            out.extend_from_slice(&session.text());
            out.push(b'"');
        }
        out.extend_from_slice(b",\"os\":");
        json::string(&mut *out, std::env::consts::OS);
        out.extend_from_slice(b",\"arch\":");
        json::string(&mut *out, std::env::consts::ARCH);
        out.extend_from_slice(b"}\n");
    })
}

/// The first line of the TUI's log.
pub(crate) fn text(config: &Config) -> Header {
    let (name, version) = app(config);
    Box::new(move |out| {
        line::text_head(
            &mut *out,
            &mut Stamp::new(),
            clock::wall_nanos(clock::now()),
            Level::Info,
        );
        let text = format!(
            "telemetry: log of {name} {version}, pid {}\n",
            std::process::id()
        );
        out.extend_from_slice(text.as_bytes());
    })
}

/// Name and version, short enough for a line.
fn app(config: &Config) -> (String, String) {
    let short = |text: &str| text[..text.floor_char_boundary(128)].replace(char::is_control, " ");
    (short(&config.app_name), short(&config.app_version))
}
