//! The signals that end or stop the process. Their default action would leave the terminal in raw mode.

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignalEvent {
    /// The process should end; the number of the signal.
    End(u8),
    /// The process should stop until it is continued.
    #[cfg_attr(not(unix), expect(dead_code, reason = "a signal of Unix"))]
    Stop,
}

pub(crate) use platform::{Signals, stop_group};

pub(super) use platform::stop_process;

#[cfg(unix)]
mod platform {
    use std::io;

    use rustix::process::{Signal as Number, getpid, kill_current_process_group, kill_process};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::SignalEvent;

    /// The signals of this process.
    pub(crate) struct Signals {
        terminate: Signal,
        hang_up: Signal,
        interrupt: Signal,
        stop: Signal,
    }

    impl Signals {
        pub(crate) fn new() -> io::Result<Self> {
            let kind = |number: Number| SignalKind::from_raw(number.as_raw());
            Ok(Self {
                terminate: signal(kind(Number::TERM))?,
                hang_up: signal(kind(Number::HUP))?,
                interrupt: signal(kind(Number::INT))?,
                stop: signal(kind(Number::TSTP))?,
            })
        }

        pub(crate) async fn next(&mut self) -> SignalEvent {
            let end =
                |number: Number| SignalEvent::End(u8::try_from(number.as_raw()).unwrap_or(u8::MAX));
            tokio::select! {
                _ = self.terminate.recv() => end(Number::TERM),
                _ = self.hang_up.recv() => end(Number::HUP),
                _ = self.interrupt.recv() => end(Number::INT),
                _ = self.stop.recv() => SignalEvent::Stop,
            }
        }
    }

    /// Stops the process group as Ctrl-Z does outside of raw mode, which includes a parent such as `cargo run`.
    pub(crate) fn stop_group() {
        // Without permission nothing is stopped.
        let _ = kill_current_process_group(Number::TSTP);
    }

    /// Stops this process. Returns when it is continued.
    pub(crate) fn stop_process() {
        let _ = kill_process(getpid(), Number::STOP);
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    use super::SignalEvent;

    /// Ctrl-C of the console, which is the only signal of this platform.
    pub(crate) struct Signals;

    impl Signals {
        #[expect(clippy::unnecessary_wraps, reason = "it fails on other platforms")]
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> SignalEvent {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            SignalEvent::End(2)
        }
    }

    /// Does nothing: this platform has no job control.
    pub(crate) fn stop_group() {}

    /// Does nothing: this platform has no job control.
    pub(crate) fn stop_process() {}
}
