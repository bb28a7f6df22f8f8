//! A disk that fails when a test says so: a library that stands before the C library's calls.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tests::missing;

/// The faults of one process.
#[derive(Debug)]
pub struct Faults {
    directory: tempfile::TempDir,
}

impl Faults {
    /// `None` where there is no compiler for C, and stderr then says so.
    ///
    /// # Panics
    ///
    /// Where it does not compile, and in CI where there is no compiler.
    pub fn new() -> Option<Self> {
        let faults = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/faults/disk.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(faults.library())
            .arg(source)
            .status();
        match compiled {
            Ok(status) => assert!(status.success(), "{source} does not compile"),
            Err(error) => {
                missing::skip(&format!("no compiler for C: {error}"));
                return None;
            }
        }
        faults.none();
        Some(faults)
    }

    fn library(&self) -> PathBuf {
        self.directory.path().join("faults.so")
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("in-force")
    }

    /// What the process has to have in its environment.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("LD_PRELOAD", self.library().into()),
            ("FAULTS", self.file().into()),
        ]
    }

    /// From now on the logs take so many bytes, and what comes then is this error; their truncation
    /// as well, if so.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn after(&self, bytes: u64, errno: i32, truncation: bool) {
        self.say(&format!("{errno} {bytes} {}", u8::from(truncation)));
    }

    /// From now on nothing fails.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn none(&self) {
        self.say("");
    }

    fn say(&self, what: &str) {
        // In one step: the process reads it meanwhile.
        let new = self.directory.path().join("new");
        fs::write(&new, what).expect("room");
        fs::rename(new, self.file()).expect("ours");
    }
}
