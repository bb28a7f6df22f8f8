//! A record that is made while telemetry ends is written or counted as lost, and never both. The steps are those of
//! `producer::Producer` and `core::Core::close`, in order.

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

#[derive(Default)]
struct Reader {
    /// The logs are closed.
    closed: bool,
}

struct Shared {
    /// Records in the thread's ring.
    ready: AtomicUsize,
    reader: Mutex<Reader>,
    invalidated: AtomicBool,
    written: AtomicUsize,
    lost: AtomicUsize,
}

impl Shared {
    fn drain(&self) {
        let reader = self.reader.lock().expect("no panic");
        let taken = self.ready.swap(0, Ordering::AcqRel);
        let counter = if reader.closed {
            &self.lost
        } else {
            &self.written
        };
        counter.fetch_add(taken, Ordering::Relaxed);
    }

    fn is_closed(&self) -> bool {
        self.invalidated.load(Ordering::Relaxed)
    }

    /// `producer::send`, and the drop of the producer: the thread records again, or ends.
    fn record_and_end(&self) {
        if self.is_closed() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            self.ready.fetch_add(1, Ordering::Release);
        }
    }

    /// `Core::close`.
    fn close(&self) {
        self.invalidated.store(true, Ordering::Release);
        self.drain();
        self.reader.lock().expect("no panic").closed = true;
    }
}

#[test]
fn each_record_is_written_or_lost() {
    loom::model(|| {
        let shared = Arc::new(Shared {
            ready: AtomicUsize::new(0),
            reader: Mutex::new(Reader::default()),
            invalidated: AtomicBool::new(false),
            written: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        });
        let recording = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.record_and_end())
        };
        let writer = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.drain())
        };
        shared.close();
        recording.join().expect("no panic");
        writer.join().expect("no panic");
        // The thread records again, or ends.
        assert!(shared.is_closed());
        shared.drain();
        let written = shared.written.load(Ordering::Relaxed);
        let lost = shared.lost.load(Ordering::Relaxed);
        assert_eq!(written + lost, 1);
    });
}
