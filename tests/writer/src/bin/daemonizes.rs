//! `daemonizes HOME`: records 100 spans, draws ten frames, forks, and ends without running exit handlers, as a program does that becomes a
//! daemon. The child prints its id, records nothing and ends with its standard input.

use std::io::Read;
use std::path::Path;

use ratatui_core::backend::TestBackend;
use ratatui_core::style::Style;
use ratatui_core::terminal::Terminal;
use telemetry_runtime::{Config, RecordingBackend, telemetry_span};
use writer_tests::os::{self, Side};

#[telemetry_span("daemonizes.step", fields(n))]
fn step(n: u64) {
    std::hint::black_box(n);
}

fn main() {
    let home = std::env::args().nth(1).expect("home");
    let config = Config::load(Path::new(&home)).expect("a valid configuration");
    let _telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    (0..100).for_each(step);
    let backend = RecordingBackend::new(TestBackend::new(20, 2));
    let mut terminal = Terminal::new(backend).expect("a terminal");
    for frame in 0..10 {
        let drawn = terminal.draw(|found| {
            let buffer = found.buffer_mut();
            buffer.set_string(0, 0, format!("frame {frame}"), Style::new());
        });
        drawn.expect("a drawn frame");
    }
    match os::fork() {
        Side::Parent(_) => os::exit_without_handlers(),
        Side::Child => {
            // Now the fork handlers of the child have run.
            println!("{}", std::process::id());
            let _ = std::io::stdin().read(&mut [0]);
        }
    }
}
