//! `telemetry top`: a live view of the sessions of a home.
//!
//! | module | responsibility |
//! |---|---|
//! | [`model`] | follows the logs and keeps the content of the view |
//! | [`state`] | the choices of the person: panel, rows, orders, filters |
//! | [`page`] | the rows of the model, filtered and sorted by the state |
//! | [`layout`] | the areas of the screen |
//! | [`view`] | draws the page into a buffer |
//! | [`input`] | the effects of keys and the mouse on the state |
//!
//! Only [`model`] reads the logs, and [`run`] alone touches the terminal, through [`terminal::screen`](crate::terminal::screen); the
//! other modules are pure.

pub mod input;
pub mod layout;
pub mod model;
pub mod page;
pub mod state;
pub mod view;

use std::ops::ControlFlow;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use jiff::tz::TimeZone;
use ratatui_core::layout::Rect;

use crate::error::{Error, ExitStatus};
use crate::home::Homes;
use crate::selection::now;
use crate::terminal::Terminal;
use crate::terminal::screen::{self, Input, OwnedTerminal};

use layout::Areas;
use model::Model;
use page::Page;
use state::ViewState;
use view::Surroundings;

/// The time between two listings of the logs.
const INTERVAL: Duration = Duration::from_millis(100);
/// The time between two examinations of processes and sizes. Ages on the screen change as often.
const MEASURE: Duration = Duration::from_secs(1);

/// The live view of some homes.
struct Top<'a> {
    homes: &'a Homes,
    model: Model,
    state: ViewState,
    around: Surroundings,
    areas: Areas,
}

/// Shows the view until the person quits it, the terminal is closed, or a signal ends the process.
///
/// # Errors
///
/// Fails if the logs cannot be read, or if the terminal cannot be written.
pub fn run(homes: &Homes, zone: TimeZone, out: &Terminal) -> Result<ExitStatus, Error> {
    let now = now();
    let mut top = Top {
        homes,
        model: Model::open(homes, now)?,
        state: ViewState::default(),
        around: Surroundings {
            homes: homes.names(),
            now,
            zone,
            has_color: out.has_color(),
        },
        areas: Areas::of(Rect::ZERO, &ViewState::default(), 0),
    };
    let inputs = screen::inputs(input::matters)?;
    let mut terminal = OwnedTerminal::enter(true)?;
    let end = top.follow(&inputs, &mut terminal);
    drop(terminal);
    screen::end(end?)
}

impl Top<'_> {
    /// Returns the signal that ended the view.
    fn follow(
        &mut self,
        inputs: &Receiver<Input>,
        terminal: &mut OwnedTerminal,
    ) -> Result<Option<i32>, Error> {
        let mut next_reading = Instant::now();
        let mut next_measurement = next_reading;
        let mut is_dirty = true;
        loop {
            let time = Instant::now();
            if time >= next_reading {
                if !screen::is_open() {
                    return Ok(None);
                }
                if !self.state.is_paused {
                    is_dirty |= self.model.read(self.homes)?;
                }
                let pause = if self.model.is_reading {
                    Duration::ZERO
                } else {
                    INTERVAL
                };
                next_reading = Instant::now() + pause;
            }
            if time >= next_measurement && !self.state.is_paused {
                self.around.now = now();
                self.model.measure(self.homes, self.around.now);
                next_measurement = time + MEASURE;
                is_dirty = true;
            }
            if is_dirty {
                self.draw(terminal)?;
                is_dirty = false;
            }
            let wait = next_reading.saturating_duration_since(Instant::now());
            let handle = |event: &Event| {
                let page = Page::of(&self.model, &self.state);
                input::handle(event, &mut self.state, &page, &self.areas)
            };
            match screen::take_inputs(inputs, wait, terminal, handle)? {
                ControlFlow::Continue(has_input) => is_dirty |= has_input,
                ControlFlow::Break(signal) => return Ok(signal),
            }
        }
    }

    fn draw(&mut self, terminal: &mut OwnedTerminal) -> Result<(), Error> {
        let (model, state) = (&self.model, &mut self.state);
        let (areas, around) = (&mut self.areas, &self.around);
        let drawn = terminal.draw(|frame| {
            let page = Page::of(model, state);
            *areas = Areas::of(frame.area(), state, page.sessions.len());
            areas.scroll(state, &page);
            view::draw(&page, state, areas, around, frame.buffer_mut());
        });
        Ok(drawn?)
    }
}
