//! Lines of pieces, each with a role: plain text joins the pieces, a terminal colours them.

/// The role of a piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "enabled"),
    expect(
        dead_code,
        reason = "a session without requests has only labels and values"
    )
)]
pub(crate) enum Role {
    /// The name of a value.
    Label,
    Value,
    /// An addition to a value.
    Detail,
    /// A value that needs attention.
    Warning,
    /// A heading of a table.
    Head,
}

/// One line.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusLine {
    pub(crate) pieces: Vec<(Role, String)>,
}

impl StatusLine {
    /// Returns the text without trailing spaces.
    pub(crate) fn text(&self) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| &**text).collect();
        text.trim_end().to_owned()
    }
}
