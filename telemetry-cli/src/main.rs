//! The `telemetry` binary. All code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    telemetry_cli::main()
}
