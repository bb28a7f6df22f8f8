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

/// Returns `CODEX_HOME`, or else `codex-home` in the workspace's `target` directory.
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

fn own() -> PathBuf {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR"));
    demo.parent().unwrap_or(demo).join("target/codex-home")
}

fn set_up(home: &Path) -> io::Result<()> {
    let config = home.join("config.toml");
    if config.exists() {
        return Ok(());
    }
    fs::create_dir_all(home)?;
    fs::write(config, FIRST_CONFIG)
}
