//! Libraries that replace calls of the C library in a process under test, controlled by a file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tests::missing;

/// A library, and the file that controls it.
#[derive(Debug)]
struct Library {
    directory: tempfile::TempDir,
}

impl Library {
    /// Compiles a library of `preloaded/`. Without a C compiler, prints that to stderr and returns `None`.
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

/// A disk that fails on request.
#[derive(Debug)]
pub struct Disk(Library);

impl Disk {
    /// Creates a disk that works. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new() -> Option<Self> {
        let disk = Self(Library::new("disk.c")?);
        disk.works();
        Some(disk)
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }

    /// Lets writes to logs fail with this error after that many bytes; if `truncate` is set, their truncation as well.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn fails_after(&self, bytes: u64, errno: i32, truncation: bool) {
        self.say(&format!("{errno} {bytes} {}", u8::from(truncation)));
    }

    /// Lets all writes succeed.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn works(&self) {
        self.say("");
    }

    fn say(&self, what: &str) {
        // In one step, because the process reads the file meanwhile.
        let new = self.0.directory.path().join("new");
        fs::write(&new, what).expect("room");
        fs::rename(new, self.0.file()).expect("ours");
    }
}

/// A disk that takes a while for each write, during which half of it is visible.
#[derive(Debug)]
pub struct SlowDisk(Library);

impl SlowDisk {
    /// Creates the disk. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new() -> Option<Self> {
        Library::new("slow.c").map(Self)
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }
}

/// A system that gives out no random bytes.
#[derive(Debug)]
pub struct NoRandomBytes(Library);

impl NoRandomBytes {
    /// Creates the system. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new() -> Option<Self> {
        Library::new("random.c").map(Self)
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }
}

/// A system clock that a test can set.
#[derive(Debug)]
pub struct Clock(Library);

impl Clock {
    /// Creates a clock that shows the real time. Without a C compiler, prints that to stderr and returns `None`.
    ///
    /// # Panics
    ///
    /// If the library does not compile, and in CI without a C compiler.
    pub fn new() -> Option<Self> {
        let clock = Self(Library::new("clock.c")?);
        fs::write(clock.0.file(), [0; 24]).expect("room");
        Some(clock)
    }

    /// Stops the clock at a time in seconds since 1970.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn stand_still(&self, seconds: i64) {
        let numbers = [0, 1, seconds].map(i64::to_ne_bytes);
        fs::write(self.0.file(), numbers.concat()).expect("room");
    }

    /// Returns the environment variables for the process.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        self.0.environment()
    }

    /// Sets the difference from the real clock.
    ///
    /// # Panics
    ///
    /// If the temporary directory cannot be written.
    pub fn set(&self, ahead: Duration, behind: Duration) {
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).expect("some years");
        let offset = nanos(ahead) - nanos(behind);
        let file = fs::OpenOptions::new().write(true).open(self.0.file());
        // Written in place, because the process has mapped the page.
        let written = file.and_then(|file| file.write_all_at(&offset.to_ne_bytes(), 0));
        written.expect("ours");
    }
}
