//! Start and end of the processes that record until a number of bytes is written.

use std::path::Path;

use telemetry_runtime::{Config, Telemetry};

/// Reads `HOME BYTES` from the command line, and starts telemetry in that home. Returns it and the number of bytes.
///
/// # Panics
///
/// If an argument is missing, or telemetry does not start.
pub fn started() -> (Telemetry, u64) {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("home");
    let bytes = arguments
        .next()
        .and_then(|n| n.parse().ok())
        .expect("bytes");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    (telemetry, bytes)
}

/// Returns whether that many bytes were recorded, including those that were lost.
pub fn is_full(telemetry: &Telemetry, bytes: u64) -> bool {
    let health = telemetry.health();
    health.bytes + health.lost_bytes >= bytes
}
