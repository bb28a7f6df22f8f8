//! `RecordingBackend`: a wrapper around a backend of ratatui. Both builds share the wrapper; the `screen` module of each build
//! implements the recorder.

use std::io::{self, Write};

use ratatui_core::backend::{Backend, ClearType, WindowSize};
use ratatui_core::buffer::Cell;
use ratatui_core::layout::{Position, Rect, Size};

use crate::implementation::screen::Recorder;

/// A backend of ratatui that passes every call to another backend, and records the screen of the terminal.
///
/// ```
/// use ratatui_core::{backend::TestBackend, layout::Rect, terminal::Terminal};
/// use telemetry_runtime::RecordingBackend;
///
/// // An application wraps `CrosstermBackend::new(stdout())`.
/// let backend = RecordingBackend::new(TestBackend::new(80, 24));
/// let mut terminal = Terminal::new(backend)?;
/// terminal.backend_mut().hide(Rect::new(0, 20, 80, 1)); // where the user types an API key
/// terminal.draw(|frame| frame.render_widget("hello", frame.area()))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// After each frame, the rows that the frame changed are written to the log `tui_stream`, whole, under the current span and
/// session. A frame with all rows is written when recording begins, after the terminal was resized or cleared, and once a
/// minute. Recording requires `log_content = true`, because the screen shows prompts and answers; `enabled = false` in
/// `[telemetry.logs.tui_stream]` disables it. Disabled, a frame costs one relaxed load. `telemetry replay` plays the recording.
///
/// Bytes that the host writes to the backend through [`Write`] are recorded as well: the recorder interprets text and escape
/// sequences as a terminal does. Bytes that the host writes directly to stdout are not recorded.
///
/// Secrets are masked, also those that wrap over rows; [`hide`](Self::hide) excludes an area. The first 120 frames are
/// written one by one, and then 20 a second (fewer where `max_per_second` is smaller): further frames are combined with the
/// next one, as are frames that the writer's thread cannot keep up with, and the last frame before a pause is always written. Recording never
/// panics, fails or waits for the disk; errors are those of the wrapped backend.
///
/// The thread that draws only copies the rows that have changed. The writer's thread masks and writes them, a few milliseconds later.
///
/// A host whose ratatui has the feature `scrolling-regions` enables `ratatui-scrolling-regions` of this crate, because that
/// feature adds methods to the trait.
///
/// ratatui sends only the cells that changed. Where recording is enabled while the program runs, cells that were drawn before
/// are blank in the recording until they are drawn again; `Terminal::clear` has all of them drawn.
#[derive(Debug)]
pub struct RecordingBackend<B> {
    inner: B,
    recorder: Recorder,
}

impl<B> RecordingBackend<B> {
    /// Wraps a backend. The wrapper may be made before [`init`](crate::init).
    pub fn new(inner: B) -> Self {
        Self {
            inner,
            recorder: Recorder::new(),
        }
    }

    /// Leaves an area of the screen out of the recording: from the next frame on, its cells are recorded as blank, until
    /// [`show_all`](Self::show_all).
    pub fn hide(&mut self, area: Rect) {
        self.recorder.hide(area);
    }

    /// Records the areas again that [`hide`](Self::hide) has excluded.
    pub fn show_all(&mut self) {
        self.recorder.show_all();
    }

    /// Returns the wrapped backend.
    pub fn inner(&self) -> &B {
        &self.inner
    }

    /// Returns the wrapped backend. Draws on it are not recorded.
    pub fn inner_mut(&mut self) -> &mut B {
        &mut self.inner
    }

    /// Ends the recording of this backend and returns the wrapped one.
    pub fn into_inner(self) -> B {
        self.inner
    }
}

// Without these methods in the trait: enable the feature `scrolling-regions` of ratatui too. Rustc reports that
// `scroll_region_up` and `scroll_region_down` are missing: enable `ratatui-scrolling-regions` of telemetry-runtime.
#[rustfmt::skip]
impl<B: Backend> Backend for RecordingBackend<B> { // `scroll_region_up` missing? Enable telemetry-runtime/ratatui-scrolling-regions.
    type Error = B::Error;

    #[inline]
    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let Self { inner, recorder } = self;
        if !recorder.is_recording(|| inner.size().ok()) {
            return inner.draw(content);
        }
        inner.draw(content.inspect(|(x, y, cell)| recorder.cell(*x, *y, cell)))
    }

    #[inline]
    fn append_lines(&mut self, lines: u16) -> Result<(), Self::Error> {
        self.inner.append_lines(lines)?;
        if self.is_recording() {
            self.recorder.append_lines(lines);
        }
        Ok(())
    }

    #[inline]
    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.inner.hide_cursor()?;
        if self.is_recording() {
            self.recorder.show_cursor(false);
        }
        Ok(())
    }

    #[inline]
    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.inner.show_cursor()?;
        if self.is_recording() {
            self.recorder.show_cursor(true);
        }
        Ok(())
    }

    #[inline]
    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        let position = self.inner.get_cursor_position()?;
        if self.is_recording() {
            self.recorder.move_cursor(position);
        }
        Ok(position)
    }

    #[inline]
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        let position = position.into();
        self.inner.set_cursor_position(position)?;
        if self.is_recording() {
            self.recorder.move_cursor(position);
        }
        Ok(())
    }

    #[inline]
    fn clear(&mut self) -> Result<(), Self::Error> {
        self.inner.clear()?;
        if self.is_recording() {
            self.recorder.clear(ClearType::All);
        }
        Ok(())
    }

    #[inline]
    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.inner.clear_region(clear_type)?;
        if self.is_recording() {
            self.recorder.clear(clear_type);
        }
        Ok(())
    }

    #[inline]
    fn size(&self) -> Result<Size, Self::Error> {
        let size = self.inner.size()?;
        self.recorder.observe_size(size);
        Ok(size)
    }

    #[inline]
    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        let size = self.inner.window_size()?;
        self.recorder.observe_size(size.columns_rows);
        Ok(size)
    }

    #[inline]
    fn flush(&mut self) -> Result<(), Self::Error> {
        let flushed = Backend::flush(&mut self.inner);
        self.recorder.end_frame();
        flushed
    }

    #[cfg(feature = "ratatui-scrolling-regions")]
    #[inline]
    fn scroll_region_up(
        &mut self,
        region: std::ops::Range<u16>,
        line_count: u16,
    ) -> Result<(), Self::Error> {
        self.inner.scroll_region_up(region.clone(), line_count)?;
        if self.is_recording() {
            self.recorder.scroll(region, line_count, false);
        }
        Ok(())
    }

    #[cfg(feature = "ratatui-scrolling-regions")]
    #[inline]
    fn scroll_region_down(
        &mut self,
        region: std::ops::Range<u16>,
        line_count: u16,
    ) -> Result<(), Self::Error> {
        self.inner.scroll_region_down(region.clone(), line_count)?;
        if self.is_recording() {
            self.recorder.scroll(region, line_count, true);
        }
        Ok(())
    }
}

impl<B: Backend> RecordingBackend<B> {
    #[inline]
    fn is_recording(&mut self) -> bool {
        let inner = &self.inner;
        self.recorder.is_recording(|| inner.size().ok())
    }
}

impl<B: Backend + Write> Write for RecordingBackend<B> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        if self.is_recording() {
            self.recorder.bytes(bytes.get(..written).unwrap_or(bytes));
        }
        Ok(written)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        let flushed = Write::flush(&mut self.inner);
        self.recorder.end_frame();
        flushed
    }
}
