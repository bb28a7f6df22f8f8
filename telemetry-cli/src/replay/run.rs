//! The loop of the replay on the terminal.

use std::ops::ControlFlow;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use jiff::tz::TimeZone;
use ratatui_core::layout::Rect;
use telemetry_schema::record::Timestamp;

use super::Recorded;
use super::keys;
use super::moments::Moments;
use super::player::Player;
use super::view::{self, Picture, ReplayAreas, ReplayState};
use crate::error::{Error, ExitStatus};
use crate::recording::ShownScreen;
use crate::terminal::screen::{self, Input, OwnedTerminal};

/// The longest time between two checks of the terminal, and the interval at which the clock on the screen advances.
const TICK: Duration = Duration::from_millis(100);

/// A replay on the terminal.
struct Replay {
    recorded: Recorded,
    moments: Moments,
    failures: Vec<i64>,
    player: Player,
    state: ReplayState,
    zone: TimeZone,
    has_color: bool,
    /// The screen of the frame that is shown, and the size of the terminal.
    shown: ShownScreen,
    area: Rect,
}

/// Plays a recording until the person quits it, the terminal is closed, or a signal ends the process.
///
/// # Errors
///
/// Fails if the recording cannot be read, or if the terminal cannot be written.
pub fn run(
    recorded: Recorded,
    moments: Moments,
    at: Option<Timestamp>,
    speed: u32,
    zone: TimeZone,
    has_color: bool,
) -> Result<ExitStatus, Error> {
    let frames = 0..recorded.recording.len();
    let times = frames.map(|frame| recorded.recording.time(frame).micros());
    let mut player = Player::new(times.collect(), speed);
    if let Some(at) = at {
        player.seek(at.micros());
    }
    let mut replay = Replay {
        failures: moments
            .failures()
            .iter()
            .map(|time| time.micros())
            .collect(),
        recorded,
        moments,
        player,
        state: ReplayState::default(),
        zone,
        has_color,
        shown: ShownScreen::default(),
        area: Rect::ZERO,
    };
    let inputs = screen::inputs(|_| true)?;
    let mut terminal = OwnedTerminal::enter(false)?;
    let end = replay.follow(&inputs, &mut terminal);
    drop(terminal);
    screen::end(end?)
}

impl Replay {
    /// Returns the signal that ended the replay.
    fn follow(
        &mut self,
        inputs: &Receiver<Input>,
        terminal: &mut OwnedTerminal,
    ) -> Result<Option<i32>, Error> {
        let mut last = Instant::now();
        loop {
            if !screen::is_open() {
                return Ok(None);
            }
            let now = Instant::now();
            self.player.advance(now.duration_since(last));
            last = now;
            self.draw(terminal)?;
            let wait = self.player.until_next().map_or(TICK, |next| next.min(TICK));
            let handle = |event: &Event| {
                let areas = ReplayAreas::of(self.area, &self.shown, self.state.has_panel);
                let offset = view::offset(&self.shown, areas.screen, self.state.offset);
                let (player, state) = (&mut self.player, &mut self.state);
                keys::handle(event, player, state, &self.failures, offset)
            };
            if let ControlFlow::Break(signal) = screen::take_inputs(inputs, wait, terminal, handle)?
            {
                return Ok(signal);
            }
        }
    }

    fn draw(&mut self, terminal: &mut OwnedTerminal) -> Result<(), Error> {
        let recording = &mut self.recorded.recording;
        self.shown
            .clone_from(recording.screen(self.player.frame())?);
        let picture = Picture {
            screen: &self.shown,
            beside: self.moments.at(Timestamp::from_micros(self.player.time())),
            player: &self.player,
            frames: recording.len(),
            zone: &self.zone,
            has_color: self.has_color,
        };
        let (area, state) = (&mut self.area, &self.state);
        terminal.draw(|frame| {
            *area = frame.area();
            view::draw(&picture, state, frame.buffer_mut());
        })?;
        Ok(())
    }
}
