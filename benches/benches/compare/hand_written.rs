//! The reference: the code that a program would write by hand to produce an equal line. It reads
//! the clock twice and formats into a buffer that it owns. All other values are known in advance.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::peer::{Peer, body, source};

/// A monotonic clock, with the wall clock's time at its origin.
pub(crate) trait Clock: Copy {
    /// Returns the current time.
    fn now() -> Self;
    /// Returns the nanoseconds from this time to `later`.
    fn until(self, later: Self) -> u64;
}

impl Clock for Instant {
    #[inline]
    fn now() -> Self {
        Self::now()
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a u64 holds 584 years of nanoseconds"
    )]
    fn until(self, later: Self) -> u64 {
        later.duration_since(self).as_nanos() as u64
    }
}

/// The cycle counter, read with the crate that fastrace uses.
impl Clock for fastant::Instant {
    #[inline]
    fn now() -> Self {
        Self::now()
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a u64 holds 584 years of nanoseconds"
    )]
    fn until(self, later: Self) -> u64 {
        later.duration_since(self).as_nanos() as u64
    }
}

/// The loop's state.
pub(crate) struct Lines<C> {
    buffer: Vec<u8>,
    origin: C,
    wall_at_origin: u64,
    second: u64,
    /// `2026-11-22T18:54:00` of `second`.
    stamp: Vec<u8>,
    id: u64,
}

/// The length beyond which the buffer is cleared or written.
const FULL: usize = 64 * 1024;

impl<C: Clock> Lines<C> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a u64 holds 584 years of nanoseconds"
    )]
    pub(crate) fn new() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            buffer: Vec::with_capacity(2 * FULL),
            origin: C::now(),
            wall_at_origin: wall.unwrap_or_default().as_nanos() as u64,
            second: 0,
            stamp: Vec::with_capacity(32),
            id: 0,
        }
    }

    /// Calls the function with three fields and formats its line.
    #[inline(never)]
    pub(crate) fn fields(&mut self, source: &str, count: u64, ok: bool) -> u64 {
        let start = C::now();
        let returned = body(source, count, ok);
        self.begin(start, b"bench.fields");
        let out = &mut self.buffer;
        out.extend_from_slice(b",\"fields\":{\"source\":\"");
        escape(out, source);
        out.extend_from_slice(b"\",\"count\":");
        number(out, count);
        out.extend_from_slice(b",\"ok\":");
        out.extend_from_slice(if ok { b"true" } else { b"false" });
        out.extend_from_slice(b"}}\n");
        returned
    }

    /// Calls the function without fields and formats its line.
    #[inline(never)]
    pub(crate) fn plain(&mut self, count: u64) -> u64 {
        let start = C::now();
        let returned = body("", count, true);
        self.begin(start, b"bench.plain");
        self.buffer.extend_from_slice(b"}\n");
        returned
    }

    /// Clears the buffer when it is long.
    pub(crate) fn clear_if_long(&mut self) {
        if self.buffer.len() > FULL {
            self.buffer.clear();
        }
    }

    fn begin(&mut self, start: C, name: &[u8]) {
        let duration = start.until(C::now());
        let wall = self.wall_at_origin + self.origin.until(start);
        if wall / 1_000_000_000 != self.second {
            self.second = wall / 1_000_000_000;
            self.stamp.clear();
            // Once a second. The measurement needs a text of the right length only.
            let _ = write!(
                self.stamp,
                "2026-11-22T{:02}:{:02}:{:02}",
                18,
                54,
                self.second % 60
            );
        }
        let out = &mut self.buffer;
        out.extend_from_slice(b"{\"ts\":\"");
        out.extend_from_slice(&self.stamp);
        let micros = wall / 1_000 % 1_000_000;
        let digits: [u8; 6] = std::array::from_fn(|i| {
            b'0' + (micros / [100_000, 10_000, 1_000, 100, 10, 1][i] % 10) as u8
        });
        out.push(b'.');
        out.extend_from_slice(&digits);
        out.extend_from_slice(b"Z\",\"type\":\"span\",\"name\":\"");
        out.extend_from_slice(name);
        out.extend_from_slice(b"\",\"id\":");
        self.id += 1;
        number(out, self.id);
        out.extend_from_slice(b",\"thread\":\"main\",\"dur_ns\":");
        number(out, duration);
        out.extend_from_slice(
            b",\"outcome\":\"ok\",\"src\":\"benches/benches/compare/telemetry.rs:54\"",
        );
    }
}

fn number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Escapes a text for JSON. The text of the benchmark needs no escape, but the loop has to check.
pub(crate) fn escape(out: &mut Vec<u8>, text: &str) {
    if text
        .bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
    {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The loop with a file: every thread writes its own buffer when it has 64 KiB.
pub(crate) struct HandWritten;

static FILE: OnceLock<File> = OnceLock::new();

thread_local! {
    static LINES: RefCell<ToFile> = RefCell::new(ToFile(Lines::new()));
}

struct ToFile(Lines<Instant>);

impl ToFile {
    fn write(&mut self, more_than: usize) {
        if self.0.buffer.len() > more_than {
            if let Some(mut file) = FILE.get() {
                file.write_all(&self.0.buffer)
                    .expect("the file takes the lines");
            }
            self.0.buffer.clear();
        }
    }
}

impl Drop for ToFile {
    fn drop(&mut self) {
        self.write(0);
    }
}

impl Peer for HandWritten {
    const NAME: &'static str = "hand-written";
    type Running = ();

    fn start(directory: &Path) {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("lines.jsonl"))
            .expect("a file");
        FILE.set(file).expect("started once");
    }

    fn finish((): ()) {
        LINES.with_borrow_mut(|lines| lines.write(0));
    }

    fn fields(calls: u64) {
        LINES.with_borrow_mut(|lines| {
            for count in 0..calls {
                lines.0.fields(source(), count, true);
                lines.write(FULL);
            }
        });
    }

    fn plain(calls: u64) {
        LINES.with_borrow_mut(|lines| {
            for count in 0..calls {
                lines.0.plain(count);
                lines.write(FULL);
            }
        });
    }
}
