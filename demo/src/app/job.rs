//! Work that the user interface waits for without blocking. Dropping a job cancels it.

use std::future::pending;
use std::pin::Pin;

use telemetry_runtime::{Session, SessionId, SessionSnapshot};

use crate::agent::TurnError;
use crate::onboarding::{Connected, OnboardingError};

/// The result of a job.
pub(super) enum JobEnd {
    /// The connection, or its failure with the endpoint that failed.
    Connected(Result<Connected, (OnboardingError, Option<String>)>),
    Presets(Result<Vec<String>, OnboardingError>),
    Sessions(Vec<(SessionId, SessionSnapshot)>),
    Turn(Result<(), TurnError>),
}

/// The kind of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobKind {
    Connect,
    Presets,
    Sessions,
    Turn,
}

/// A running job.
pub(super) struct Job {
    pub(super) kind: JobKind,
    future: Pin<Box<dyn Future<Output = JobEnd>>>,
}

impl Job {
    pub(super) fn new(kind: JobKind, future: impl Future<Output = JobEnd> + 'static) -> Self {
        Self {
            kind,
            future: Box::pin(future),
        }
    }

    /// Reads the totals of sessions, on a thread of their own because the logs may be large. Skips sessions whose
    /// records were removed.
    pub(super) fn read_sessions(ids: Vec<SessionId>) -> Self {
        let read = move || {
            let snapshots = ids.into_iter().map(|id| (id, Session::snapshot_of(id)));
            snapshots
                .filter_map(|(id, snapshot)| Some((id, snapshot.ok()?)))
                .collect()
        };
        Self::new(JobKind::Sessions, async {
            let sessions = tokio::task::spawn_blocking(read).await;
            JobEnd::Sessions(sessions.unwrap_or_default())
        })
    }
}

/// Waits for the end of the job, or for ever without one.
pub(super) async fn next(job: &mut Option<Job>) -> JobEnd {
    match job {
        Some(job) => job.future.as_mut().await,
        None => pending().await,
    }
}
