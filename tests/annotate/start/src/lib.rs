//! Initialises telemetry before `main` in the tests of an annotated crate, whose programs have the `main` of libtest.
//!
//! A program that links this crate calls [`telemetry_runtime::init`] if the variable `ANNOTATE_HOME` is set. The
//! variable names the directory of `config.toml` and of the logs. Without the variable, nothing is initialised.

#![expect(
    unsafe_code,
    reason = "the C library finds code that runs before `main` by its section"
)]

use std::error::Error;
use std::path::Path;

use telemetry_runtime::{Config, init};

/// The variable that names the directory of the configuration and of the logs.
const VARIABLE: &str = "ANNOTATE_HOME";

// SAFETY: the C library calls each entry of this section once, before `main` and after the initialisers of the
// libraries that the program depends on. The functions of the standard library that `start` calls work there.
#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    let Some(home) = std::env::var_os(VARIABLE) else {
        return;
    };
    if let Err(error) = start_in(Path::new(&home)) {
        eprintln!("telemetry is not initialised: {error}");
    }
}

fn start_in(home: &Path) -> Result<(), Box<dyn Error>> {
    let telemetry = init(Config::load(home)?.with_enabled(Some(true)))?;
    // The exit handler of the runtime flushes.
    std::mem::forget(telemetry);
    Ok(())
}
