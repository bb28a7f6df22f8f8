//! Sends the logs to OTLP endpoints, at least once, and without the host: files are the source.
//!
//! Each signal is sent on its own, because backends take different ones: it has an endpoint, a position in each log
//! file, and a checkpoint. A batch is made of the next lines, written to the checkpoint, sent, and sent again until the
//! endpoint has accepted it. After a crash the bytes of the checkpoint are sent again. Spans have ids, log records have
//! `log.record.uid`, and metrics are sums since a fixed start, so that a repetition changes nothing in a backend that
//! respects them.
//!
//! The HTTP client is `ureq` over rustls: blocking, as all code of this module, and without a runtime. The exporter of
//! `opentelemetry-otlp` sends the records that an SDK collected in memory; it gives no access to the bytes of a request, which have
//! to be in the checkpoint before they are sent.
//!
//! | module | job |
//! |---|---|
//! | `signal`, `settings` | the signals; options and variables |
//! | `cumulative`, `checkpoint` | sums; the checkpoint |
//! | `feed`, `requests` | lines of files that grow, are renamed and removed; requests, each once |
//! | `ahead`, `groups` | assignment of spans to requests; records by resource |
//! | `payload`, `pipeline` | from lines to the bytes of a request |
//! | `split` | halves of a request that is too large for an endpoint |
//! | `outcome`, `pem`, `client`, `grpc` | outcomes of sending; certificates; HTTP; gRPC |
//! | `sender` | one signal: batches, retries, checkpoints |

mod ahead;
mod checkpoint;
mod client;
mod cumulative;
mod feed;
mod groups;
mod grpc;
mod outcome;
mod payload;
mod pem;
mod pipeline;
mod requests;
mod sender;
mod settings;
mod signal;
mod split;

use std::env;
use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::resource::ResourceSettings;
use crate::error::{Error, ExitStatus};
use crate::home::Homes;
use crate::interrupt;
use crate::terminal::complain;
use sender::{SignalSender, StepResult};
use settings::SignalSettings;

pub use settings::{EndpointOptions, Protocol};
pub use signal::Signal;

/// The interval at which the logs are checked for new lines.
const INTERVAL: Duration = Duration::from_millis(500);

/// The directory of checkpoints in a home.
const CHECKPOINTS: &str = "telemetry-export";

/// The options of sending.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// Where to send.
    pub endpoints: EndpointOptions,
    /// Whether new lines are sent as they are written, until Ctrl-C.
    pub follow: bool,
    /// The directory of the checkpoints; by default in the first home.
    pub checkpoint: Option<PathBuf>,
    /// How long a batch that is not accepted is sent again, unless logs are followed.
    pub retry_for: Duration,
    /// Whether metrics are increases instead of sums.
    pub delta: bool,
}

/// Sends all records after the positions of the checkpoints.
///
/// # Errors
///
/// Fails if an option, a variable or a checkpoint is invalid, or an endpoint does not accept a batch.
pub fn run(homes: &Homes, options: &SendOptions) -> Result<ExitStatus, Error> {
    if let Some(value) = do_not_track() {
        return Err(Error::new(format!(
            "DO_NOT_TRACK is `{value}`, so that nothing is sent; unset it, or write a file with `telemetry export otlp -o \
             FILE`"
        )));
    }
    let settings = SignalSettings::of(&options.endpoints)?;
    let resource = ResourceSettings::from_environment()?.on_host(host_name());
    let directory = match (&options.checkpoint, homes.iter().next()) {
        (Some(directory), _) => directory.clone(),
        (None, Some(home)) => home.path.join(CHECKPOINTS),
        (None, None) => return Err(Error::new("no home is given; use `--home DIR`")),
    };
    let mut senders = Vec::new();
    for settings in settings {
        senders.push(SignalSender::new(
            homes, options, settings, &resource, &directory,
        )?);
    }
    let result = drive(homes, &mut senders, options.follow);
    let mut status = ExitStatus::Done;
    for sender in senders {
        let (report, is_complete) = sender.finish()?;
        complain(report);
        if !is_complete {
            status = ExitStatus::Findings;
        }
    }
    result.map(|()| status)
}

/// Sends until there is nothing left, or until Ctrl-C. An error of one signal ends a run that follows; otherwise the other
/// signals are sent first.
fn drive(homes: &Homes, senders: &mut [SignalSender], follow: bool) -> Result<(), Error> {
    let stop = interrupt::receiver()?;
    let mut result = Ok(());
    loop {
        let mut wait = INTERVAL;
        let mut is_done = true;
        for sender in &mut *senders {
            match sender.step(homes) {
                Ok(StepResult::Sent) => {
                    wait = Duration::ZERO;
                    is_done = false;
                }
                Ok(StepResult::Waiting(time)) => {
                    wait = wait.min(time);
                    is_done = false;
                }
                Ok(StepResult::Idle) => {}
                Err(error) if follow => return Err(error),
                Err(error) => {
                    sender.stop();
                    if result.is_ok() {
                        result = Err(error);
                    }
                }
            }
        }
        if is_done && !follow {
            return result;
        }
        match stop.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return result,
        }
    }
}

/// Returns the value of `DO_NOT_TRACK` if it forbids sending.
fn do_not_track() -> Option<String> {
    let value = env::var_os("DO_NOT_TRACK")?.to_string_lossy().into_owned();
    let is_unset = matches!(value.as_str(), "" | "0" | "false");
    (!is_unset).then_some(value)
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy().into_owned();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    env::var("COMPUTERNAME").ok()
}
