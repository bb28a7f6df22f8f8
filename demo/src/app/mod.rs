//! The user interface: one loop over keys, signals, the running job, changes of the session and new spans.

mod chat;
mod commands;
mod job;
mod keys;
mod render;
mod resume;

use std::io;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use crossterm::event::Event;
use telemetry_runtime::{Session, SessionSnapshot, SessionWatch, Telemetry};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use self::chat::ChatView;
use self::job::{Job, next};
use self::resume::ResumePopup;
use crate::cli::Options;
use crate::model_selection::ModelPopup;
use crate::onboarding::{Connected, Credentials, OnboardingScreen};
use crate::settings::Settings;
use crate::spans::FollowedSpans;
use crate::status;
use crate::telemetry::Running;
use crate::terminal::{OwnedTerminal, SignalEvent, Signals};

/// The shortest time between two frames. A stream may bring thousands of pieces a second.
const FRAME: Duration = Duration::from_millis(16);

/// The time between two looks at the debug log, whose records are in the file within 10 ms.
const FOLLOW: Duration = Duration::from_millis(50);

/// The end of the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppEnd {
    /// The user ended it.
    Quit,
    /// A signal ended it; the number of the signal.
    Signal(u8),
    /// The terminal was closed.
    Closed,
}

/// The content of the screen below popups.
enum View {
    Onboarding(OnboardingScreen),
    /// The popup of the models is open for the first selection.
    FirstSelection(Connected),
    Chat(ChatView),
}

/// A window over the view.
enum Popup {
    Model(ModelPopup),
    Status,
    Resume(ResumePopup),
    Help,
}

/// The state of the user interface.
pub(crate) struct App<'a> {
    options: Options,
    settings: Settings,
    running: &'a Running,
    session: Session,
    /// Whether the session log has a request of the session, so that a later run can resume it.
    is_saved: bool,
    watch: SessionWatch,
    snapshot: SessionSnapshot,
    spans: FollowedSpans,
    view: View,
    popup: Option<Popup>,
    has_pane: bool,
    job: Option<Job>,
    /// Wakes the loop after a change by the job.
    redraw: Rc<Notify>,
    end: Option<AppEnd>,
}

impl<'a> App<'a> {
    pub(crate) fn new(
        options: Options,
        settings: Settings,
        running: &'a Running,
        session: Session,
    ) -> Self {
        let watch = session.watch();
        Self {
            is_saved: options.resume.is_some(),
            options,
            settings,
            running,
            snapshot: session.snapshot(),
            session,
            watch,
            spans: FollowedSpans::default(),
            view: View::Onboarding(OnboardingScreen::connecting()),
            popup: None,
            has_pane: true,
            job: None,
            redraw: Rc::default(),
            end: None,
        }
    }

    /// Connects, or asks for the endpoint first if `asks` is set.
    pub(crate) fn start(&mut self, asks: bool) {
        let mut credentials = Credentials::from_environment();
        if credentials.base_url.is_none() {
            credentials.base_url = self.settings.base_url();
        }
        if asks {
            let screen = OnboardingScreen::endpoint(credentials.base_url.as_deref());
            self.view = View::Onboarding(screen);
        } else {
            self.connect(credentials, false);
        }
    }

    /// Owns the terminal until the end.
    pub(crate) async fn run(&mut self) -> io::Result<AppEnd> {
        let mut signals = Signals::new()?;
        let mut terminal = OwnedTerminal::enter()?;
        let mut events = terminal_events();
        let mut ticks = interval(FOLLOW);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let redraw = Rc::clone(&self.redraw);
        let (mut is_dirty, mut next_frame) = (true, Instant::now());
        loop {
            if let Some(end) = self.end {
                return Ok(end);
            }
            tokio::select! {
                biased;
                signal = signals.next() => match signal {
                    SignalEvent::End(number) => return Ok(AppEnd::Signal(number)),
                    SignalEvent::Stop => terminal.stop()?,
                },
                () = sleep_until(next_frame), if is_dirty => {
                    terminal.draw(|frame| self.render(frame))?;
                    (is_dirty, next_frame) = (false, Instant::now() + FRAME);
                    continue;
                }
                event = events.recv() => match event {
                    Some(event) => {
                        if matches!(event, Event::Resize(..)) {
                            // ratatui does not notice a size that changed and came back.
                            terminal.clear()?;
                        }
                        self.event(&event);
                    }
                    None => return Ok(AppEnd::Closed),
                },
                end = next(&mut self.job) => self.job_ended(end),
                () = self.watch.changed() => self.session_changed(),
                () = redraw.notified() => {}
                _ = ticks.tick() => {
                    if !self.follow() {
                        continue;
                    }
                }
            }
            is_dirty = true;
        }
    }

    fn telemetry(&self) -> Option<&'a Telemetry> {
        self.running.telemetry()
    }

    /// Shows the totals after a request. Without telemetry the request is counted, but is not in the log.
    fn session_changed(&mut self) {
        self.snapshot = status::refresh(&mut self.watch);
        let is_enabled = self.telemetry().is_some_and(Telemetry::is_enabled);
        self.is_saved |= is_enabled && self.snapshot.totals.requests > 0;
    }

    /// Reads new spans. Returns whether there were any.
    fn follow(&mut self) -> bool {
        let Some(telemetry) = self.telemetry() else {
            return false;
        };
        self.spans.read(&telemetry.files())
    }

    /// Returns the session at the end, if a later run can resume it.
    pub(crate) fn resumable(&self) -> Option<&Session> {
        let is_enabled = self.telemetry().is_some_and(Telemetry::is_enabled);
        (self.is_saved && is_enabled).then_some(&self.session)
    }
}

/// Reads the events of the terminal on a thread of their own, which ends with the process.
fn terminal_events() -> mpsc::UnboundedReceiver<Event> {
    let (sender, events) = mpsc::unbounded_channel();
    thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if sender.send(event).is_err() {
                break;
            }
        }
    });
    events
}
