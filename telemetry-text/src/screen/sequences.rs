//! Bytes for the parser.

use super::known::KnownCell;
use crate::cell_style::CellStyle;

/// The sequence that resets the style.
pub(super) const RESET: &[u8] = b"\x1b[0m";

/// Appends a control sequence.
pub(super) fn control(out: &mut Vec<u8>, parameters: &[u16], command: u8) {
    out.extend_from_slice(b"\x1b[");
    for (index, parameter) in parameters.iter().enumerate() {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(parameter.to_string().as_bytes());
    }
    out.push(command);
}

/// Appends the sequence that moves the cursor.
pub(super) fn position(out: &mut Vec<u8>, x: u16, y: u16) {
    control(out, &[y.saturating_add(1), x.saturating_add(1)], b'H');
}

/// Appends the sequence that sets a style. Returns whether the style is another one than after a reset.
pub(super) fn style(out: &mut Vec<u8>, style: CellStyle) -> bool {
    let mut parameters = String::new();
    style.write_parameters(&mut parameters);
    out.extend_from_slice(b"\x1b[0");
    if !parameters.is_empty() {
        out.push(b';');
    }
    out.extend_from_slice(parameters.as_bytes());
    out.push(b'm');
    !parameters.is_empty()
}

/// Appends cells of one row that are one after the other.
pub(super) fn cells(out: &mut Vec<u8>, x: u16, y: u16, cells: &[KnownCell]) {
    position(out, x, y);
    let mut pen = None;
    for cell in cells.iter().filter(|cell| cell.columns > 0) {
        if pen != Some(cell.style) {
            style(out, cell.style);
            pen = Some(cell.style);
        }
        out.extend_from_slice(cell.text.encode_utf8(&mut [0; 4]).as_bytes());
    }
    out.extend_from_slice(RESET);
}
