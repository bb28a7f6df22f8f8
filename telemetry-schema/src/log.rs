//! The kinds of logs.

/// The name of the log of the rendered screens. The kind of the log is [`LogKind::Custom`].
pub const SCREEN_LOG: &str = "tui_stream";
/// The default file name of the log [`SCREEN_LOG`].
pub const SCREEN_LOG_FILE: &str = "codex-tui-stream.jsonl";

/// The kind of a log, which determines the content and the handling of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogKind {
    /// `debug`: JSON records of spans and events, in a new file at each launch.
    Debug,
    /// `session`: one JSON record per request to a model, in a shared file. The totals of a segment are
    /// folded into the rollup before the segment is removed.
    Session,
    /// `tui`: lines of text for people, in a shared file.
    Tui,
    /// A further log that the host declares: JSON records of events, in a shared file.
    Custom,
}

impl LogKind {
    /// Returns the kind of the log whose table in the configuration is `[telemetry.logs.NAME]`.
    pub fn of_log(name: &str) -> Self {
        match name {
            "debug" => Self::Debug,
            "session" => Self::Session,
            "tui" => Self::Tui,
            _ => Self::Custom,
        }
    }

    /// Returns whether the log holds JSON records; otherwise it holds text.
    pub const fn is_json(self) -> bool {
        !matches!(self, Self::Tui)
    }
}
