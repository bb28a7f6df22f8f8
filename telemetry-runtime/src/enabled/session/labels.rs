//! The project and the user of a session.

use std::borrow::Cow;
use std::sync::Arc;

use telemetry_schema::record::{Rollup, SessionRecord};

use crate::enabled::mask::mask;

/// The most bytes of a label.
const MAX_LEN: usize = 128;

/// The labels of a session, which each of its records has. A session without labels keeps one empty pointer, since a host may have
/// a hundred thousand sessions.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionLabels(Option<Arc<Texts>>);

#[derive(Clone, Debug, Default)]
struct Texts {
    project: Option<Arc<str>>,
    user: Option<Arc<str>>,
}

impl SessionLabels {
    pub(super) fn project(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.project.as_ref()
    }

    pub(super) fn user(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.user.as_ref()
    }

    pub(super) fn set_project(&mut self, project: Option<Arc<str>>) {
        if self.project() != project.as_ref() {
            self.texts().project = project;
        }
    }

    pub(super) fn set_user(&mut self, user: Option<Arc<str>>) {
        if self.user() != user.as_ref() {
            self.texts().user = user;
        }
    }

    fn texts(&mut self) -> &mut Texts {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Returns these labels, and those of `other` where these have none.
    pub(super) fn or(mut self, other: &Self) -> Self {
        if self.0.is_none() {
            return other.clone();
        }
        if self.project().is_none() {
            self.set_project(other.project().cloned());
        }
        if self.user().is_none() {
            self.set_user(other.user().cloned());
        }
        self
    }

    /// Takes the labels of a later record.
    pub(super) fn read(&mut self, record: &SessionRecord<'_>) {
        self.take(record.project.as_deref(), record.user.as_deref());
    }

    /// Takes the labels of removed records.
    pub(super) fn read_rollup(&mut self, rollup: &Rollup<'_>) {
        self.take(rollup.project.as_deref(), rollup.user.as_deref());
    }

    fn take(&mut self, project: Option<&str>, user: Option<&str>) {
        if let Some(project) = project
            && self.project().map(|it| &**it) != Some(project)
        {
            self.set_project(Some(project.into()));
        }
        if let Some(user) = user
            && self.user().map(|it| &**it) != Some(user)
        {
            self.set_user(Some(user.into()));
        }
    }

    /// Puts the labels into a record.
    pub(super) fn write(&self, record: &mut SessionRecord<'_>) {
        let text = |label: Option<&Arc<str>>| label.map(|it| Cow::Owned(str::to_owned(it)));
        record.project = text(self.project());
        record.user = text(self.user());
    }
}

/// Returns a label as records have it: masked, without control characters, and cut. An empty one is none.
pub(super) fn label(text: &str) -> Option<Arc<str>> {
    let text = mask(text.trim());
    let cut = &text[..text.floor_char_boundary(MAX_LEN)];
    (!cut.is_empty()).then(|| cut.replace(char::is_control, " ").into())
}
