//! What a test changes in the system that a process sees: a library that stands before the C library's
//! calls, and does what a file says.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tests::missing;

/// A library, and the file that it looks at.
#[derive(Debug)]
struct Library {
    directory: tempfile::TempDir,
}

impl Library {
    /// Compiles one of `preloaded/`; `None` where there is no compiler for C, and stderr then says so.
    fn new(source: &str) -> Option<Self> {
        let library = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        let source = format!("{}/preloaded/{source}", env!("CARGO_MANIFEST_DIR"));
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(library.path())
            .arg(&source)
            .status();
        match compiled {
            Ok(status) => assert!(status.success(), "{source} does not compile"),
            Err(error) => {
                missing::skip(&format!("no compiler for C: {error}"));
                return None;
            }
        }
        Some(library)
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("preloaded.so")
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("in-force")
    }

    fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("LD_PRELOAD", self.path().into()),
            ("IN_FORCE", self.file().into()),
        ]
    }
}

/// A disk that fails when a test says so.
#[derive(Debug)]
pub struct Disk(Library);

impl Disk {
    /// One that works. `None` where there is no compiler for C, and stderr then says so.
    ///
    /// # Panics
    ///
    /// Where it does not compile, and in CI where there is no compiler.
    pub fn new() -> Option<Self> {
        let disk = Self(Library::new("disk.c")?);
        disk.works();
        Some(disk)
    }

    /// What the process has to have in its environment.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }

    /// From now on the logs take so many bytes, and what comes then is this error; their truncation
    /// as well, if so.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn fails_after(&self, bytes: u64, errno: i32, truncation: bool) {
        self.say(&format!("{errno} {bytes} {}", u8::from(truncation)));
    }

    /// From now on nothing fails.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn works(&self) {
        self.say("");
    }

    fn say(&self, what: &str) {
        // In one step: the process reads it meanwhile.
        let new = self.0.directory.path().join("new");
        fs::write(&new, what).expect("room");
        fs::rename(new, self.0.file()).expect("ours");
    }
}

/// A system clock that a test sets.
#[derive(Debug)]
pub struct Clock(Library);

impl Clock {
    /// One that goes right. `None` where there is no compiler for C, and stderr then says so.
    ///
    /// # Panics
    ///
    /// Where it does not compile, and in CI where there is no compiler.
    pub fn new() -> Option<Self> {
        let clock = Self(Library::new("clock.c")?);
        fs::write(clock.0.file(), 0_i64.to_ne_bytes()).expect("room");
        Some(clock)
    }

    /// What the process has to have in its environment.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }

    /// Sets it, seen from the real one.
    ///
    /// # Panics
    ///
    /// Where the temporary directory cannot be written.
    pub fn set(&self, ahead: Duration, behind: Duration) {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).expect("some years");
        let offset = nanos(ahead) - nanos(behind);
        let file = fs::OpenOptions::new().write(true).open(self.0.file());
        // In its place: the process looks into the same page.
        let written = file.and_then(|file| file.write_all_at(&offset.to_ne_bytes(), 0));
        written.expect("ours");
    }
}
