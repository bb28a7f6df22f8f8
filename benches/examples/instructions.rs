//! The program that `scripts/instructions` runs under callgrind. It runs one scenario CALLS times
//! in `measured`.
//!
//!     instructions SCENARIO CALLS HOME
//!
//! Without arguments it prints the names of the scenarios.

use std::borrow::Cow;
use std::convert::Infallible;
use std::hint::black_box;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;
use std::task::{Context, Waker};
use std::time::Duration;

use benches::document;
use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Size};
use telemetry_runtime::{Config, RecordingBackend, record, telemetry_event, telemetry_span};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[path = "../../telemetry-runtime/src/enabled/mask/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    unexpected_cfgs,
    reason = "the module is a part of another crate"
)]
mod mask;

mod bare {
    benches::byte_parser!({} {});
}
mod tokens {
    benches::byte_parser!({} { #[telemetry_runtime::telemetry_span("off.token")] });
}
mod bytes {
    benches::byte_parser!(
        { #[telemetry_runtime::telemetry_span("off.byte")] }
        { #[telemetry_runtime::telemetry_span("off.token")] }
    );
}

#[inline(never)]
fn bare_call(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
#[telemetry_span("bench.fields", fields(source, count, ok))]
fn fields(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
#[telemetry_span("bench.plain")]
fn plain(count: u64) -> u64 {
    black_box(count)
}

#[inline(never)]
#[telemetry_span("bench.failing", err)]
fn failing(count: u64) -> Result<u64, std::fmt::Error> {
    black_box(if count == u64::MAX {
        Ok(count)
    } else {
        Err(std::fmt::Error)
    })
}

#[inline(never)]
#[telemetry_span("off.fields", fields(source, count, ok))]
fn filtered(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
#[tracing::instrument(name = "traced", skip_all, fields(source = source, count = count, ok = ok))]
fn traced(source: &str, count: u64, ok: bool) -> u64 {
    black_box(source.len() as u64 + count + u64::from(ok))
}

#[inline(never)]
#[telemetry_span("bench.polled")]
async fn polled(left: u64) {
    for _ in 0..left {
        let mut polled = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut polled, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

/// Masks a number of KiB of a text that has no secret, the whole text at a time.
fn masked(text: &str, kib: u64) {
    let mut left = 1024 * kib;
    while left > 0 {
        let len = (text.len() as u64).min(left);
        left -= len;
        let text = &text[..usize::try_from(len).unwrap_or(text.len())];
        let masked = mask::mask(black_box(text));
        assert!(matches!(masked, Cow::Borrowed(_)));
    }
}

type Scenario = (&'static str, fn(u64));

/// The scenarios. The buffer of a thread holds the records of a few hundred calls of each.
const SCENARIOS: &[Scenario] = &[
    ("bare_call", |calls| {
        for count in 0..calls {
            black_box(bare_call(
                black_box("litellm"),
                black_box(count),
                black_box(true),
            ));
        }
    }),
    ("span_filtered", |calls| {
        for count in 0..calls {
            black_box(filtered(
                black_box("litellm"),
                black_box(count),
                black_box(true),
            ));
        }
    }),
    ("span_3_fields", |calls| {
        for count in 0..calls {
            black_box(fields(
                black_box("litellm"),
                black_box(count),
                black_box(true),
            ));
        }
    }),
    ("span_plain", |calls| {
        for count in 0..calls {
            black_box(plain(black_box(count)));
        }
    }),
    ("span_error", |calls| {
        for count in 0..calls {
            let _ = black_box(failing(black_box(count)));
        }
    }),
    ("event_2_fields", |calls| {
        for count in 0..calls {
            telemetry_event!("bench.event", source = black_box("litellm"), count);
        }
    }),
    ("late_field", late_fields),
    // For the `line_` scenarios, the script counts the instructions of the writer.
    ("line_3_fields", |calls| {
        for count in 0..calls {
            black_box(fields(
                black_box("litellm"),
                black_box(count),
                black_box(true),
            ));
        }
    }),
    ("line_plain", |calls| {
        for count in 0..calls {
            black_box(plain(black_box(count)));
        }
    }),
    ("async_poll", |calls| {
        let mut future = Box::pin(polled(calls + 1));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..calls {
            let _ = black_box(future.as_mut().poll(&mut context));
        }
    }),
    ("tracing_span_3_fields", |calls| {
        for count in 0..calls {
            black_box(traced(
                black_box("litellm"),
                black_box(count),
                black_box(true),
            ));
        }
    }),
    ("tracing_event_3_fields", |calls| {
        for count in 0..calls {
            tracing::info!(source = black_box("litellm"), count, ok = black_box(true));
        }
    }),
    ("tracing_event_of_other_target", |calls| {
        for count in 0..calls {
            tracing::info!(target: "other", source = black_box("litellm"), count);
        }
    }),
    ("parser_bare", |calls| parse(calls, bare::checksum)),
    ("parser_tokens_filtered", |calls| {
        parse(calls, tokens::checksum);
    }),
    ("parser_bytes_filtered", |calls| {
        parse(calls, bytes::checksum);
    }),
    // A frame that changes one row of 80 columns.
    ("frame_bare", |calls| {
        draw(calls, &ONE_ROW, |screen| screen);
    }),
    ("frame_not_recorded", |calls| {
        draw(calls, &ONE_ROW, RecordingBackend::new);
    }),
    ("frame_recorded", |calls| {
        draw(calls, &ONE_ROW, RecordingBackend::new);
    }),
    // A frame that changes all rows.
    ("redraw_bare", |calls| {
        draw(calls, &ALL_ROWS, |screen| screen);
    }),
    ("redraw_recorded", |calls| {
        draw(calls, &ALL_ROWS, RecordingBackend::new);
    }),
    // Instructions per KiB.
    ("mask_readme_prose", |kib| {
        masked(include_str!("../texts/readme_prose.txt"), kib);
    }),
    ("mask_docs_prose", |kib| {
        masked(include_str!("../texts/docs_prose.txt"), kib);
    }),
    ("mask_readme", |kib| {
        masked(include_str!("../texts/readme.txt"), kib);
    }),
    ("mask_source", |kib| {
        masked(include_str!("../texts/source.txt"), kib);
    }),
    ("mask_completion", |kib| {
        masked(include_str!("../texts/completion.txt"), kib);
    }),
    ("mask_tool_call", |kib| {
        masked(include_str!("../texts/tool_call.txt"), kib);
    }),
    ("mask_build_log", |kib| {
        masked(include_str!("../texts/build_log.txt"), kib);
    }),
];

/// A backend without a terminal, of this size.
struct NoScreen(Size);

impl Backend for NoScreen {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        content.for_each(|cell| _ = black_box(cell));
        Ok(())
    }
    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(Position::ORIGIN)
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> Result<(), Infallible> {
        Ok(())
    }
    fn clear(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        Ok(())
    }
    fn size(&self) -> Result<Size, Infallible> {
        Ok(black_box(self.0))
    }
    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        let columns_rows = self.size()?;
        let pixels = Size::ZERO;
        Ok(WindowSize {
            columns_rows,
            pixels,
        })
    }
    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn scroll_region_up(&mut self, _: Range<u16>, _: u16) -> Result<(), Infallible> {
        Ok(())
    }
    fn scroll_region_down(&mut self, _: Range<u16>, _: u16) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Frames that are drawn on one backend: the first one has all rows, the others have some.
struct Frames {
    width: u16,
    height: u16,
    changed: Range<u16>,
    /// Fewer than those that a recording queues before it combines frames.
    count: u64,
}

const ONE_ROW: Frames = Frames {
    width: 80,
    height: 24,
    changed: 12..13,
    count: 100,
};

const ALL_ROWS: Frames = Frames {
    width: 140,
    height: 40,
    changed: 0..40,
    count: 20,
};

/// Draws frames on a screen with text in all rows.
fn draw<B>(calls: u64, frames: &Frames, backend: impl Fn(NoScreen) -> B)
where
    B: Backend<Error = Infallible>,
{
    let size = Size::new(frames.width, frames.height);
    let content = |letter: char, rows: Range<u16>| {
        let text = include_str!("../texts/docs_prose.txt").bytes().cycle();
        let places = rows.flat_map(|y| (0..frames.width).map(move |x| (x, y)));
        let cell = |((x, y), byte): ((u16, u16), u8)| {
            let mut cell = Cell::new(" ");
            cell.set_char(if byte.is_ascii_lowercase() {
                letter
            } else {
                ' '
            });
            (x, y, cell)
        };
        places.zip(text).map(cell).collect::<Vec<_>>()
    };
    let changes = ['a', 'b'].map(|letter| content(letter, frames.changed.clone()));
    let first = content('c', 0..frames.height);
    for _ in 0..calls.div_ceil(frames.count) {
        let mut backend = backend(NoScreen(size));
        let contents = std::iter::once(&first).chain(changes.iter().cycle());
        for (content, _) in contents.zip(0..frames.count) {
            let content = content.iter().map(|(x, y, cell)| (*x, *y, cell));
            let Ok(()) = backend.draw(content);
            let Ok(()) = backend.flush();
        }
    }
}

/// Records fields on one span, whose record has space for a few thousand.
#[telemetry_span("bench.late")]
fn late_fields(calls: u64) {
    for count in 0..calls {
        record!(late = count);
    }
}

fn parse(calls: u64, parser: fn(&[u8]) -> Result<u64, usize>) {
    static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(document);
    // A document is long, so that a few are enough.
    for _ in 0..calls.div_ceil(100) {
        let _ = black_box(parser(black_box(&DOCUMENT)));
    }
}

/// Runs the scenario. Callgrind counts the instructions of the thread between entry and exit of
/// this function.
#[inline(never)]
fn measured(scenario: fn(u64), calls: u64) {
    scenario(black_box(calls));
}

/// Waits until only this thread and the writer run. A third thread calibrates the processor's
/// counter, and until it has finished the system's clock is read, which takes more instructions.
fn await_the_clock() {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    while threads() > 2 {
        std::thread::yield_now();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, calls, home] = arguments.as_slice() else {
        for (name, _) in SCENARIOS {
            println!("{name}");
        }
        return;
    };
    let known = SCENARIOS.iter().find(|(known, _)| known == name);
    let (_, scenario) = known.expect("the name of a scenario");
    let calls = calls.parse().expect("a number of calls");

    let content = name.ends_with("_recorded") && name != "frame_not_recorded";
    let config = format!(
        "[telemetry]\nenabled = true\nlog_content = {content}\n[telemetry.logs.debug]\nexclude = [\"off.*\"]\ntargets = [\"instructions\"]\n[telemetry.logs.tui]\nenabled = false\n"
    );
    std::fs::write(Path::new(home).join("config.toml"), config).expect("a writable home");
    let config = Config::load(Path::new(home)).expect("a valid configuration");
    let telemetry = telemetry_runtime::init(config).expect("telemetry starts");
    if name.starts_with("tracing_") {
        tracing_subscriber::registry()
            .with(telemetry_runtime::layer())
            .init();
    }
    await_the_clock();
    // The first run allocates buffers and registers call sites, so that the steady state with
    // an empty ring is counted.
    scenario(calls);
    assert!(telemetry.flush(Duration::from_secs(30)));
    measured(*scenario, calls);
    assert!(telemetry.flush(Duration::from_secs(30)));
}
