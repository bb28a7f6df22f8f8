//! The signals of the process. Their default action would leave the terminal in raw mode.

pub(super) use platform::{end_by, start, stop_group, stop_process};

#[cfg(unix)]
mod platform {
    use std::io;
    use std::sync::mpsc::Sender;
    use std::thread;

    use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::super::Input;
    use crate::error::Error;

    /// Starts the thread that receives the signals.
    pub(in super::super) fn start(sender: Sender<Input>) -> Result<(), Error> {
        let signals = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
        let mut signals = Signals::new(signals).map_err(|error| failed(&error))?;
        thread::spawn(move || {
            for signal in &mut signals {
                let input = match signal {
                    SIGTSTP => Input::Stop,
                    SIGCONT => Input::Continued,
                    SIGWINCH => Input::Resized,
                    end => Input::End(end),
                };
                if sender.send(input).is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    fn failed(error: &io::Error) -> Error {
        Error::new(format!("cannot install handlers for signals: {error}"))
    }

    /// Ends the process as the signal would have ended it, so that its parent sees the signal.
    pub(in super::super) fn end_by(signal: i32) {
        // The caller returns an error if the process continues.
        let _ = emulate_default_handler(signal);
    }

    /// Stops the process group as Ctrl-Z does outside of raw mode.
    pub(in super::super) fn stop_group() {
        // Without permission nothing is stopped.
        let _ = kill_current_process_group(Signal::TSTP);
    }

    /// Stops this process. Returns when it is continued.
    pub(in super::super) fn stop_process() {
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

#[cfg(not(unix))]
mod platform {
    use std::sync::mpsc::Sender;

    use super::super::Input;
    use crate::error::Error;

    /// Does nothing: in raw mode, Ctrl-C is a key.
    #[expect(clippy::unnecessary_wraps, reason = "other platforms have signals")]
    pub(in super::super) fn start(_sender: Sender<Input>) -> Result<(), Error> {
        Ok(())
    }

    /// Does nothing: this platform has no signals.
    pub(in super::super) fn end_by(_signal: i32) {}

    /// Does nothing: this platform has no job control.
    pub(in super::super) fn stop_group() {}

    /// Does nothing: this platform has no job control.
    pub(in super::super) fn stop_process() {}
}
