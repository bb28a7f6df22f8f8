//! Libraries that replace calls of the C library in a process under test, controlled by a file.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::missing;

/// A library, and the file that controls it.
#[derive(Debug)]
pub struct Library {
    directory: tempfile::TempDir,
}

impl Library {
    /// Compiles a library from C. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new(source: &Path) -> Option<Self> {
        let library = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(library.path())
            .arg(source)
            .status();
        match compiled {
            Ok(status) => assert!(status.success(), "{} does not compile", source.display()),
            Err(error) => {
                missing::skip(&format!("no compiler for C: {error}"));
                return None;
            }
        }
        Some(library)
    }

    fn path(&self) -> PathBuf {
        self.directory().join("preloaded.so")
    }

    /// Returns the directory of the library, which is removed with this value.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the file that controls the library.
    pub fn file(&self) -> PathBuf {
        self.directory().join("in-force")
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("LD_PRELOAD", self.path().into()),
            ("IN_FORCE", self.file().into()),
        ]
    }
}

/// A clock that fails on request, which the standard library answers with a panic.
#[derive(Debug)]
pub struct FailingClock(Library);

impl FailingClock {
    /// Creates a clock that works. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new() -> Option<Self> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("preloaded");
        Library::new(&sources.join("failing_clock.c")).map(Self)
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }

    /// Lets the main thread of the process panic when it next reads the clock.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn fail(&self) {
        fs::write(self.0.file(), "").expect("room");
    }
}
