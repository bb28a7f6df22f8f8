//! The checkpoint of a signal: its progress in the logs, and the batch that may have been sent.
//!
//! A batch is written to the checkpoint before it is sent. After a crash, the same bytes are sent again, so that a
//! backend that has them already receives no new record. The file has a line with a digest, a JSON object, and the bytes of the
//! batch; it is replaced atomically.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::resource::v1::Resource;
use serde::{Deserialize, Serialize};
use telemetry_store::platform;
use tempfile::Builder;

use super::cumulative::Series;
use super::settings::SignalSettings;
use crate::error::Error;
use crate::export::otlp::ids::hash_of;
use crate::home::Homes;
use crate::terminal::counted;

/// The first word of a checkpoint, with the version of its form.
const MAGIC: &str = "telemetry-otlp-checkpoint-1";

/// The position in a log file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The offset of the first line that was not taken.
    pub(super) read: u64,
    /// The length of the file when it was listed last.
    pub(super) length: u64,
    /// The name of the file when it was listed last.
    pub(super) name: String,
}

/// The progress of a signal: positions in the logs, and sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The positions in the files, by the hash of the first line of a file: a file keeps it when it is renamed.
    pub(super) cursors: BTreeMap<String, Cursor>,
    /// The spans of requests behind the position in the session log whose spans were sent.
    pub(super) ahead: BTreeSet<String>,
    /// The sums of metrics.
    pub(super) series: Vec<Series>,
    /// The start of the sums, in nanoseconds since 1970.
    pub(super) start: Option<u64>,
    /// The resource of the sums.
    pub(super) resource: Option<Resource>,
    /// The bytes of log files that were removed before they were sent.
    pub(super) lost_bytes: u64,
}

/// The bytes of a request, and how they are encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedRequest {
    pub(super) body: Vec<u8>,
    pub(super) content: BatchContent,
}

/// A batch: a whole request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingBatch {
    pub(super) request: EncodedRequest,
    /// The progress once the batch is accepted.
    pub(super) after: State,
}

/// How the body of a batch is encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BatchContent {
    pub(super) content_type: String,
    pub(super) gzip: bool,
    /// The number of spans, log records or data points.
    pub(super) items: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    homes: Vec<String>,
    endpoint: String,
    signal: String,
    state: State,
    batch: Option<StoredBatch>,
}

#[derive(Serialize, Deserialize)]
struct StoredBatch {
    content: BatchContent,
    after: State,
}

/// The checkpoint of a signal.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    homes: Vec<String>,
    endpoint: String,
    signal: &'static str,
    /// The progress without the batch.
    pub(super) state: State,
    /// The batch that is sent next, or may have been sent.
    pub(super) batch: Option<PendingBatch>,
    /// Keeps other exporters from this checkpoint.
    _lock: File,
}

impl Checkpoint {
    /// Opens the checkpoint of a signal in `directory`, which is created. Without a file, everything is sent.
    ///
    /// # Errors
    ///
    /// Fails if the checkpoint is damaged, is of other logs, or is used by another process.
    pub(super) fn open(
        directory: &Path,
        homes: &Homes,
        settings: &SignalSettings,
    ) -> Result<Self, Error> {
        create(directory)?;
        let homes: Vec<String> = homes.iter().map(|home| absolute(&home.path)).collect();
        let endpoint = settings.url.clone();
        let name = format!(
            "{}-{:016x}",
            settings.signal,
            hash_of(&[endpoint.as_bytes()]) >> 64
        );
        let path = directory.join(format!("{name}.checkpoint"));
        let lock = lock(&directory.join(format!("{name}.lock")))?;
        let mut checkpoint = Self {
            path,
            homes,
            endpoint,
            signal: settings.signal.name(),
            state: State::default(),
            batch: None,
            _lock: lock,
        };
        match fs::read(&checkpoint.path) {
            Ok(bytes) => checkpoint.load(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read", &checkpoint.path, error)),
        }
        Ok(checkpoint)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let damaged = |why: &str| {
            Error::new(format!(
                "the checkpoint {} is damaged: {why}; remove it to send all logs again (spans and log records keep their \
                 ids)",
                self.path.display()
            ))
        };
        let (stored, body) = parse(bytes).map_err(|why| damaged(&why))?;
        if stored.homes != self.homes {
            return Err(Error::new(format!(
                "the checkpoint {} is of the logs in {}, and these are the logs in {}; remove it to send all of these \
                 logs, or choose another directory with `--checkpoint`",
                self.path.display(),
                stored.homes.join(", "),
                self.homes.join(", ")
            )));
        }
        if stored.signal != self.signal || stored.endpoint != self.endpoint {
            return Err(damaged(&format!(
                "it is of {} to {}",
                stored.signal, stored.endpoint
            )));
        }
        self.state = stored.state;
        self.batch = stored.batch.map(|batch| PendingBatch {
            request: EncodedRequest {
                body: body.to_vec(),
                content: batch.content,
            },
            after: batch.after,
        });
        Ok(())
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the checkpoint to the disk.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub(super) fn save(&self) -> Result<(), Error> {
        let stored = Stored {
            homes: self.homes.clone(),
            endpoint: self.endpoint.clone(),
            signal: self.signal.to_owned(),
            state: self.state.clone(),
            batch: self.batch.as_ref().map(|batch| StoredBatch {
                content: batch.request.content.clone(),
                after: batch.after.clone(),
            }),
        };
        let body = self
            .batch
            .as_ref()
            .map_or(&[][..], |batch| &batch.request.body);
        let failed = |error| Error::io("write", &self.path, error);
        let bytes = bytes_of(&stored, body).map_err(|error| failed(error.into()))?;
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let mut file = Builder::new()
            .prefix(".telemetry-checkpoint-")
            .tempfile_in(directory)
            .map_err(failed)?;
        file.write_all(&bytes).map_err(failed)?;
        platform::sync(file.as_file()).map_err(failed)?;
        file.persist(&self.path)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }
}

fn absolute(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

fn create(directory: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .map_err(|error| Error::io("create", directory, error))
}

fn lock(path: &Path) -> Result<File, Error> {
    let failed = |error| Error::io("lock", path, error);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(format!(
            "another process sends from the checkpoint {}; stop it, or choose another directory with `--checkpoint`",
            path.with_extension("checkpoint").display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn bytes_of(stored: &Stored, body: &[u8]) -> serde_json::Result<Vec<u8>> {
    let json = serde_json::to_vec(stored)?;
    let digest = hash_of(&[&json, body]);
    let first = format!("{MAGIC} {digest:032x} {} {}\n", json.len(), body.len());
    Ok([first.as_bytes(), &json, body].concat())
}

/// Returns the object and the bytes of the batch, or why they cannot be read.
fn parse(bytes: &[u8]) -> Result<(Stored, &[u8]), String> {
    let newline = bytes.iter().position(|byte| *byte == b'\n');
    let (first, rest) = match newline {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => return Err("its first line is incomplete".to_owned()),
    };
    let words: Vec<&str> = str::from_utf8(first)
        .unwrap_or_default()
        .split(' ')
        .collect();
    let [MAGIC, digest, json, body] = words[..] else {
        return Err(format!("its first line does not begin with {MAGIC}"));
    };
    let length = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
    let (json, body) = (length(json), length(body));
    if json.checked_add(body) != Some(rest.len()) {
        return Err(format!(
            "its length behind the first line is {}, which is not the length that it names",
            counted(rest.len() as u64, "byte", "bytes")
        ));
    }
    let (json, body) = rest.split_at(json);
    if digest != format!("{:032x}", hash_of(&[json, body])) {
        return Err("its digest does not match".to_owned());
    }
    let stored = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    Ok((stored, body))
}
