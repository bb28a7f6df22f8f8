//! Strips the binary of a release build, since `cargo install telemetry-cli` from a registry knows no profile of this
//! repository. A build with debug information keeps its symbols.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // The option is one of GNU's linker and of LLVM's.
    if is("PROFILE", "release") && is("DEBUG", "false") && is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
}
