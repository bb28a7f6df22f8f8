//! What the processes share that record until so many bytes were recorded.

use std::path::Path;

use telemetry_runtime::{Config, Telemetry};

/// What `HOME BYTES` on the command line asks for: telemetry in that home, and how many bytes.
///
/// # Panics
///
/// Where one of the two is missing, or telemetry does not start.
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

/// Whether that many bytes were recorded; what was lost on the way counts as well.
pub fn is_full(telemetry: &Telemetry, bytes: u64) -> bool {
    let health = telemetry.health();
    health.bytes + health.lost_bytes >= bytes
}
