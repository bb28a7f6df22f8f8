//! One signal: makes batches, sends them, and keeps the checkpoint.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::SendOptions;
use super::checkpoint::{Checkpoint, EncodedRequest, PendingBatch, State};
use super::client::Client;
use super::grpc::GrpcClient;
use super::outcome::SendOutcome;
use super::pipeline::Pipeline;
use super::settings::{Protocol, SignalSettings};
use super::split::halves;
use crate::error::Error;
use crate::export::otlp::resource::ResourceSettings;
use crate::home::Homes;
use crate::terminal::{bytes, complain};

/// The first pause after a batch was not accepted. It doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that an endpoint may request.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_mins(10);

/// The number of single records that an endpoint may refuse as too large, if it has accepted nothing in this run: then its limit
/// is too low for any record.
const MOST_REFUSED: usize = 8;

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepResult {
    /// A batch was accepted.
    Sent,
    /// A batch is sent again after this time.
    Waiting(Duration),
    /// There is nothing to send.
    Idle,
}

/// The attempts to send a batch.
#[derive(Debug)]
struct Attempts {
    first: Instant,
    next: Instant,
    pause: Duration,
    /// The cause of the last failure, which is reported when it changes.
    cause: String,
}

/// The connection to an endpoint.
enum Connection {
    Http(Client),
    Grpc(GrpcClient),
}

impl Connection {
    fn new(settings: &SignalSettings) -> Result<Self, Error> {
        Ok(match settings.protocol {
            Protocol::Grpc => Self::Grpc(GrpcClient::new(settings)?),
            Protocol::HttpProtobuf | Protocol::HttpJson => Self::Http(Client::new(settings)?),
        })
    }

    fn send(&mut self, batch: &EncodedRequest) -> SendOutcome {
        match self {
            Self::Http(client) => client.send(batch),
            Self::Grpc(client) => client.send(batch),
        }
    }
}

/// The sender of one signal.
pub(super) struct SignalSender {
    settings: SignalSettings,
    connection: Connection,
    checkpoint: Checkpoint,
    pipeline: Pipeline,
    attempts: Option<Attempts>,
    /// The parts of a batch that was too large, the next one last. The checkpoint keeps the whole batch: after a crash, it is sent
    /// and split again.
    parts: Vec<EncodedRequest>,
    /// Why single records of the batch are too large.
    refused: Vec<String>,
    /// `None` in a run that follows: a batch is sent again without an end.
    retry_for: Option<Duration>,
    is_unsupported: bool,
    /// Whether an error ended this signal.
    is_stopped: bool,
    accepted: u64,
    rejected: u64,
    /// Records that are too large for the endpoint.
    skipped: u64,
    /// The lost bytes that were reported.
    reported_lost: u64,
}

impl SignalSender {
    pub(super) fn new(
        homes: &Homes,
        options: &SendOptions,
        settings: SignalSettings,
        resource: &ResourceSettings,
        directory: &Path,
    ) -> Result<Self, Error> {
        let checkpoint = Checkpoint::open(directory, homes, &settings)?;
        Ok(Self {
            connection: Connection::new(&settings)?,
            pipeline: Pipeline::new(settings.signal, resource.clone(), options.delta),
            reported_lost: checkpoint.state.lost_bytes,
            checkpoint,
            settings,
            attempts: None,
            parts: Vec::new(),
            refused: Vec::new(),
            retry_for: (!options.follow).then_some(options.retry_for),
            is_unsupported: false,
            is_stopped: false,
            accepted: 0,
            rejected: 0,
            skipped: 0,
        })
    }

    /// Makes a batch if there is none, and sends it.
    ///
    /// # Errors
    ///
    /// Fails if a log or the checkpoint cannot be read or written, or if the endpoint does not accept the batch.
    pub(super) fn step(&mut self, homes: &Homes) -> Result<StepResult, Error> {
        if self.is_unsupported || self.is_stopped {
            return Ok(StepResult::Idle);
        }
        if self.checkpoint.batch.is_none() && !self.make(homes)? {
            return Ok(StepResult::Idle);
        }
        if let Some(attempts) = &self.attempts {
            let left = attempts.next.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Ok(StepResult::Waiting(left));
            }
        }
        let Some(batch) = &self.checkpoint.batch else {
            return Ok(StepResult::Idle);
        };
        let request = self.parts.last().unwrap_or(&batch.request);
        match self.connection.send(request) {
            SendOutcome::Accepted(partial) => {
                let items = request.content.items;
                self.accepted += items.saturating_sub(partial.rejected);
                self.rejected += partial.rejected;
                if partial.rejected > 0 || !partial.message.is_empty() {
                    complain(format_args!(
                        "{} rejected {} of {items} {}: {}",
                        self.settings.url, partial.rejected, self.settings.signal, partial.message
                    ));
                }
                self.parts.pop();
                self.attempts = None;
                self.accept_if_done();
                Ok(StepResult::Sent)
            }
            SendOutcome::TooLarge(found) => self.split(&found),
            SendOutcome::Unsupported(found) => {
                complain(format_args!(
                    "{found}; it does not take {signal}, which stay in the checkpoint; exclude them with `--signals`",
                    signal = self.settings.signal
                ));
                self.withdraw()?;
                self.is_unsupported = true;
                Ok(StepResult::Idle)
            }
            SendOutcome::Retry { cause, after } => self.retry(cause, after),
            SendOutcome::Failed(cause) => {
                self.withdraw()?;
                Err(self.not_sent(&cause))
            }
        }
    }

    /// Sends nothing more.
    pub(super) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// Makes the next batch and writes it to the checkpoint. Returns whether there is one.
    fn make(&mut self, homes: &Homes) -> Result<bool, Error> {
        let is_last = self.retry_for.is_some();
        let made = self
            .pipeline
            .next(homes, &mut self.checkpoint.state, is_last)?;
        self.report_lost();
        let Some((payload, after)) = made else {
            return Ok(false);
        };
        let request = payload.encode(&self.settings)?;
        self.checkpoint.batch = Some(PendingBatch { request, after });
        self.checkpoint.save()?;
        Ok(true)
    }

    /// Reports the bytes that pruning removed before they were sent.
    fn report_lost(&mut self) {
        let lost = self.checkpoint.state.lost_bytes;
        if lost > self.reported_lost {
            complain(format_args!(
                "{} of logs were pruned before they were sent as {}",
                bytes(lost - self.reported_lost),
                self.settings.signal
            ));
            self.reported_lost = lost;
        }
    }

    /// Halves the request that is too large for the endpoint. A record on its own is skipped.
    fn split(&mut self, found: &str) -> Result<StepResult, Error> {
        let signal = self.settings.signal;
        let request = self.parts.pop();
        let whole = self.checkpoint.batch.as_ref().map(|batch| &batch.request);
        let Some(request) = request.as_ref().or(whole) else {
            return Ok(StepResult::Idle);
        };
        self.attempts = None;
        if let Some([first, second]) = halves(signal, request)? {
            self.parts.extend([second, first]);
            return Ok(StepResult::Sent);
        }
        self.refused.push(format!(
            "{found}; one of the {signal} alone has {}",
            bytes(request.body.len() as u64)
        ));
        let is_hopeless = self.parts.is_empty() || self.refused.len() >= MOST_REFUSED;
        if self.accepted == 0 && is_hopeless {
            self.withdraw()?;
            return Err(self.not_sent(&format!(
                "{found}, also to a single record; raise the limit of the endpoint, or send with `--gzip`"
            )));
        }
        self.accept_if_done();
        Ok(StepResult::Sent)
    }

    /// Continues behind the batch if all its parts were sent.
    fn accept_if_done(&mut self) {
        if !self.parts.is_empty() {
            return;
        }
        for refused in self.refused.drain(..) {
            self.skipped += 1;
            complain(format_args!(
                "{refused}, and is skipped; raise the limit of the endpoint"
            ));
        }
        self.accept();
    }

    /// Continues behind the batch. The checkpoint is written with the next batch, or at the end: until then the batch would
    /// be sent again after a crash, which changes nothing.
    fn accept(&mut self) {
        if let Some(batch) = self.checkpoint.batch.take() {
            self.checkpoint.state = batch.after;
        }
        self.attempts = None;
    }

    /// Removes the batch from the checkpoint, so that a later run makes it again.
    fn withdraw(&mut self) -> Result<(), Error> {
        self.parts.clear();
        self.refused.clear();
        if self.checkpoint.batch.take().is_some() {
            self.pipeline.reset();
            self.checkpoint.save()?;
        }
        Ok(())
    }

    fn retry(&mut self, cause: String, after: Option<Duration>) -> Result<StepResult, Error> {
        let now = Instant::now();
        let attempts = self.attempts.get_or_insert_with(|| Attempts {
            first: now,
            next: now,
            pause: FIRST_PAUSE,
            cause: String::new(),
        });
        let pause = match after {
            Some(after) => after.min(LONGEST_ASKED_PAUSE),
            None => attempts.pause,
        };
        attempts.pause = (attempts.pause * 2).min(LONGEST_PAUSE);
        attempts.next = now + pause;
        let is_over = self
            .retry_for
            .is_some_and(|limit| attempts.next.duration_since(attempts.first) > limit);
        if is_over {
            return Err(self.not_sent(&cause));
        }
        if attempts.cause != cause {
            complain(format_args!("{cause}; trying again"));
            attempts.cause = cause;
        }
        Ok(StepResult::Waiting(pause))
    }

    fn not_sent(&self, cause: &str) -> Error {
        Error::new(format!(
            "{cause}\n{signal} were not sent; nothing is lost: the next run continues at the checkpoint {path}",
            signal = self.settings.signal,
            path = self.checkpoint.path().display()
        ))
    }

    /// Writes the checkpoint, and returns a report and whether everything was accepted.
    pub(super) fn finish(self) -> Result<(String, bool), Error> {
        if self.checkpoint.state != State::default() {
            self.checkpoint.save()?;
        }
        let signal = self.settings.signal;
        let mut report = format!("{} {signal} sent to {}", self.accepted, self.settings.url);
        if self.rejected > 0 {
            let _ = write!(report, ", {} rejected", self.rejected);
        }
        if self.skipped > 0 {
            let _ = write!(
                report,
                ", {} skipped because they are too large",
                self.skipped
            );
        }
        let is_complete = !self.is_unsupported && self.rejected == 0 && self.skipped == 0;
        Ok((report, is_complete))
    }
}
