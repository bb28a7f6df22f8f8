//! The diagnosis as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Diagnosis;
use crate::terminal;

#[derive(Serialize)]
struct DoctorJson<'a> {
    v: u32,
    healthy: bool,
    homes: &'a [Diagnosis],
}

/// Writes the diagnoses as one JSON document. The codes of findings are stable; their messages may change.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(diagnoses: &[Diagnosis], out: &mut impl Write) -> io::Result<()> {
    let document = DoctorJson {
        v: 1,
        healthy: diagnoses.iter().all(|it| it.findings.is_empty()),
        homes: diagnoses,
    };
    terminal::write_json(out, &document)
}
