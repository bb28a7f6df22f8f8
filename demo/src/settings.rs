//! The settings that the demo stores between two runs: the endpoint, the model and the effort, and the latest sessions.
//! The API key is never stored.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry_runtime::SessionId;

/// The name of the file in `CODEX_HOME`.
const FILE: &str = "demo.json";

/// The number of sessions that `/resume` offers.
const SESSIONS: usize = 20;

/// A model and its reasoning effort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selection {
    pub(crate) model: String,
    /// `None` leaves the effort to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) effort: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Stored {
    /// The base URL that the user entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
    /// The selection for each endpoint, by its name.
    #[serde(default)]
    selections: BTreeMap<String, Selection>,
    /// The ids of the latest sessions, the latest first.
    #[serde(default)]
    sessions: Vec<String>,
}

/// The file of the settings. Each change reads the file again, so that two running demos keep each other's settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    path: PathBuf,
}

impl Settings {
    pub(crate) fn in_home(home: &Path) -> Self {
        Self {
            path: home.join(FILE),
        }
    }

    /// Returns the base URL that the user entered.
    pub(crate) fn base_url(&self) -> Option<String> {
        self.read().base_url
    }

    pub(crate) fn selection(&self, endpoint: &str) -> Option<Selection> {
        self.read().selections.remove(endpoint)
    }

    pub(crate) fn sessions(&self) -> Vec<SessionId> {
        let stored = self.read().sessions;
        stored.iter().filter_map(|id| id.parse().ok()).collect()
    }

    pub(crate) fn set_base_url(&self, base_url: Option<&str>) -> io::Result<()> {
        self.change(|stored| stored.base_url = base_url.map(str::to_owned))
    }

    pub(crate) fn select(&self, endpoint: &str, selection: &Selection) -> io::Result<()> {
        self.change(|stored| {
            let (endpoint, selection) = (endpoint.to_owned(), selection.clone());
            stored.selections.insert(endpoint, selection);
        })
    }

    /// Moves a session to the front of the list.
    pub(crate) fn add_session(&self, id: SessionId) -> io::Result<()> {
        let id = id.to_string();
        self.change(|stored| {
            stored.sessions.retain(|other| *other != id);
            stored.sessions.insert(0, id);
            stored.sessions.truncate(SESSIONS);
        })
    }

    /// Reads the file. A missing or damaged file has no settings.
    fn read(&self) -> Stored {
        let text = fs::read(&self.path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Replaces the file atomically.
    fn change(&self, change: impl FnOnce(&mut Stored)) -> io::Result<()> {
        let mut stored = self.read();
        change(&mut stored);
        if let Some(home) = self.path.parent() {
            fs::create_dir_all(home)?;
        }
        let new = self
            .path
            .with_extension(format!("json.{}", std::process::id()));
        fs::write(&new, serde_json::to_vec_pretty(&stored)?)?;
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings::in_home(home.path());
        assert_eq!(settings.base_url(), None);
        let selection = Selection {
            model: "m".to_owned(),
            effort: Some("high".to_owned()),
        };
        settings.select("here", &selection).unwrap();
        settings
            .set_base_url(Some("http://127.0.0.1:4000"))
            .unwrap();
        let settings = Settings::in_home(home.path());
        assert_eq!(settings.selection("here"), Some(selection));
        assert_eq!(settings.selection("there"), None);
        assert_eq!(
            settings.base_url().as_deref(),
            Some("http://127.0.0.1:4000")
        );
    }

    #[test]
    fn the_latest_session_is_the_first() {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings::in_home(home.path());
        let ids: Vec<SessionId> = (0..=SESSIONS)
            .map(|n| format!("018f2b1e-7c3a-7def-8123-{n:012x}").parse().unwrap())
            .collect();
        for id in ids.iter().chain(&ids[5..6]) {
            settings.add_session(*id).unwrap();
        }
        let sessions = settings.sessions();
        assert_eq!(sessions.len(), SESSIONS);
        assert_eq!(sessions[..2], [ids[5], ids[SESSIONS]]);
    }
}
