//! `annotated_allocator HOME`: a host whose allocator is annotated, and which uses all of telemetry. Prints its health.
#![expect(unsafe_code, reason = "an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use telemetry_runtime::{Config, telemetry_event, telemetry_span};

struct Annotated;

// SAFETY: each method passes its arguments on to the allocator of the system.
unsafe impl GlobalAlloc for Annotated {
    #[telemetry_span("allocator.alloc", fields(bytes = layout.size()))]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        telemetry_event!("allocator.event");
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    #[telemetry_span("allocator.free")]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

#[telemetry_span("host.work", fields(n, text = %"x".repeat(100)))]
fn work(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    let session = telemetry_runtime::Session::start();
    let threads: Vec<_> = (0..2)
        .map(|_| std::thread::spawn(|| (0..2_000).for_each(work)))
        .collect();
    for turn in 0..50 {
        telemetry_runtime::record_usage(&serde_json::json!({
            "id": format!("chatcmpl-{turn}"),
            "model": "m",
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        }));
        writeln!(telemetry.tui_log(), "turn {turn}").expect("writing never fails");
        telemetry.flush(Duration::from_mins(1));
    }
    for thread in threads {
        thread.join().expect("no panic");
    }
    telemetry.set_enabled(false);
    telemetry.set_enabled(true);
    telemetry.flush(Duration::from_mins(1));
    assert_eq!(session.snapshot().totals.requests, 50);
    let health = telemetry.health();
    let by_cause: Vec<_> = health.lost_by_cause.keys().cloned().collect();
    println!("{} {}", health.lost > 0, by_cause.join(","));
}
