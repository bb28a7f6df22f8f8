//! The directory of the agent's configuration and logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The configuration that the first run writes into the demo's own home. Telemetry is off by default, and
/// `cargo run` should show it.
const FIRST_CONFIG: &str = "\
# Written by the first run of the demo.
[telemetry]
enabled = true
";

/// Returns `CODEX_HOME`, or else `codex-home` in cargo's target directory.
pub(crate) fn find() -> PathBuf {
    if let Some(home) = std::env::var_os("CODEX_HOME").filter(|home| !home.is_empty()) {
        return home.into();
    }
    let home = own();
    if let Err(error) = set_up(&home) {
        eprintln!(
            "demo: cannot write {}: {error}",
            home.join("config.toml").display()
        );
    }
    home
}

/// Returns the home in the target directory from which the demo runs, which `CARGO_TARGET_DIR` may have chosen. A copy of the
/// demo elsewhere has its home in the workspace.
fn own() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    // Cargo marks its target directory with this file.
    let of_cargo = |directory: &&Path| directory.join("CACHEDIR.TAG").exists();
    let target = program.ancestors().find(of_cargo).map(Path::to_owned);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    target.unwrap_or(workspace).join("codex-home")
}

fn set_up(home: &Path) -> io::Result<()> {
    let config = home.join("config.toml");
    if config.exists() {
        return Ok(());
    }
    fs::create_dir_all(home)?;
    fs::write(config, FIRST_CONFIG)
}
