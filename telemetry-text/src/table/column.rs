//! One column of a table.

/// Enough columns for a short name.
const MIN_TEXT: usize = 8;

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    /// The heading above the titles of this column and its neighbours; empty without one.
    pub(super) group: &'static str,
    pub(super) content: Content,
    pub(super) rank: u8,
    /// Text is not cut below this width.
    pub(super) min_width: usize,
}

/// The content of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text that is cut only if it alone is too wide.
    Key,
    /// Text that may be cut.
    Text,
    /// Text that has lines of its own below the row where it does not fit.
    Whole,
    /// Text that is never cut.
    Fixed,
    /// Numbers: never cut, aligned to the right.
    Number,
}

impl Column {
    /// Creates the first column of a table, whose text names the subject of a row.
    pub const fn key(title: &'static str) -> Self {
        Self::of(title, Content::Key)
    }

    /// Creates a column of text. Its cells are cut if the table is too wide.
    pub const fn text(title: &'static str) -> Self {
        Self::of(title, Content::Text)
    }

    /// Creates a column of text that is never cut. A cell that does not fit is in lines of its own below the row, behind the title of
    /// the column.
    pub const fn whole(title: &'static str) -> Self {
        Self::of(title, Content::Whole)
    }

    /// Creates a column of text that is never cut.
    pub const fn fixed(title: &'static str) -> Self {
        Self::of(title, Content::Fixed)
    }

    /// Creates a column of numbers, aligned to the right. A number is never cut, because a cut number is a wrong number.
    pub const fn number(title: &'static str) -> Self {
        Self::of(title, Content::Number)
    }

    const fn of(title: &'static str, content: Content) -> Self {
        Self {
            title,
            group: "",
            content,
            rank: 0,
            min_width: MIN_TEXT,
        }
    }

    /// Sets the width below which text of the column is not cut; 8 without it.
    #[must_use]
    pub const fn least(self, least: usize) -> Self {
        Self {
            min_width: least,
            ..self
        }
    }

    /// Sets the order in which columns are removed from a table that is too wide: the highest rank first. A column
    /// of rank 0, which is the default, is never removed.
    #[must_use]
    pub const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Places the column under a heading, together with its neighbours under the same heading. Columns under one heading are removed
    /// together.
    #[must_use]
    pub const fn under(self, group: &'static str) -> Self {
        Self { group, ..self }
    }

    /// Returns the name by which a message refers to the column: its heading, or else its title.
    pub(super) const fn name(&self) -> &'static str {
        if self.group.is_empty() {
            self.title
        } else {
            self.group
        }
    }

    /// Returns the title.
    pub const fn title(&self) -> &'static str {
        self.title
    }
}
