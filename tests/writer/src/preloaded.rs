//! Libraries that replace calls of the C library in a process under test, controlled by a file.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use tests::preloaded::Library;

/// Compiles a library of `preloaded/`; see [`Library::new`].
fn library(source: &str) -> Option<Library> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("preloaded");
    Library::new(&sources.join(source))
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
        let disk = Self(library("disk.c")?);
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
        // The file is replaced in one step, because the process may read it at the same time.
        let new = self.0.directory().join("new");
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
        library("slow.c").map(Self)
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
        library("random.c").map(Self)
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
        let clock = Self(library("clock.c")?);
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
        // The file is written in place, because the process has mapped the page.
        let written = file.and_then(|file| file.write_all_at(&offset.to_ne_bytes(), 0));
        written.expect("ours");
    }
}
