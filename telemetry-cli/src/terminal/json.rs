//! JSON documents on stdout.

use std::io;

use serde::Serialize;
use telemetry_text::EscapedJson;

/// Writes a value as indented JSON, with [`EscapedJson`], and a line end.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(out: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(EscapedJson::new(&mut *out), value)?;
    writeln!(out)
}
