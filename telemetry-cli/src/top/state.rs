//! The choices of the person in the view: the panel, the selected rows, the sort orders and the filters.

use std::collections::HashSet;

use telemetry_schema::record::Timestamp;

use super::model::span_store::SpanKey;

/// A panel of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// The sessions.
    #[default]
    Sessions,
    /// The requests of the selected session.
    Requests,
    /// The span names.
    Spans,
    /// The spans of a turn of the selected session over time.
    Waterfall,
}

impl Panel {
    /// The panels in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Sessions, Self::Requests, Self::Spans, Self::Waterfall];
    /// The panels that share the lower part of the screen.
    pub const LOWER: [Self; 3] = [Self::Requests, Self::Spans, Self::Waterfall];

    /// Returns the title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Requests => "Requests",
            Self::Spans => "Spans",
            Self::Waterfall => "Waterfall",
        }
    }

    /// Returns the panel that is `by` panels further; the first panel follows the last one.
    #[must_use]
    pub fn further(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// A sort order of the sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns")]
pub enum SessionSort {
    #[default]
    Last,
    Cost,
    Rate,
    Tokens,
    Requests,
    Model,
}

impl SessionSort {
    /// The sort orders in the order of the key `s`.
    pub const ALL: [Self; 6] = [
        Self::Last,
        Self::Cost,
        Self::Rate,
        Self::Tokens,
        Self::Requests,
        Self::Model,
    ];
}

/// A sort order of the span names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns")]
pub enum SpanSort {
    #[default]
    P95,
    P99,
    P50,
    Total,
    Count,
    Errors,
    Name,
}

impl SpanSort {
    /// The sort orders in the order of the key `s`.
    pub const ALL: [Self; 7] = [
        Self::P95,
        Self::P99,
        Self::P50,
        Self::Total,
        Self::Count,
        Self::Errors,
        Self::Name,
    ];
}

/// A span or an event of the waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRowKey {
    /// The id of a span; `None` for an event.
    pub id: Option<u64>,
    /// The start.
    pub start: Timestamp,
}

/// The choices of the person.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of them is a choice of its own"
)]
pub struct ViewState {
    /// The panel that the keys control.
    pub focus: Panel,
    /// The panel in the lower part of the screen; never [`Panel::Sessions`].
    pub lower: LowerPanel,
    /// The id of the selected session; `None` selects the first row.
    pub session: Option<String>,
    /// The number of the selected request; `None` selects the latest request.
    pub request: Option<u64>,
    /// The selected span name; `None` selects the first row.
    pub name: Option<String>,
    /// The root of the shown turn; `None` selects the turn of the latest request.
    pub turn: Option<SpanKey>,
    /// The selected row of the waterfall; `None` selects the first row.
    pub row: Option<TreeRowKey>,
    /// The spans whose children are hidden.
    pub collapsed: HashSet<SpanKey>,
    /// The first shown row of each panel.
    pub offsets: [usize; 4],
    /// The filter of each panel.
    pub filters: [String; 4],
    /// Whether keys are added to the filter of the focused panel.
    pub is_typing: bool,
    /// The order of the sessions.
    pub session_sort: SessionSort,
    /// The order of the span names.
    pub span_sort: SpanSort,
    /// Whether the order of the sessions is reversed.
    pub sessions_reversed: bool,
    /// Whether the order of the span names is reversed.
    pub spans_reversed: bool,
    /// Whether the list of keys is shown.
    pub has_help: bool,
    /// Whether no new lines are read.
    pub is_paused: bool,
}

/// A panel of the lower part of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowerPanel(Panel);

impl Default for LowerPanel {
    fn default() -> Self {
        Self(Panel::Requests)
    }
}

impl LowerPanel {
    /// Returns the panel.
    pub fn panel(self) -> Panel {
        self.0
    }
}

impl ViewState {
    /// Makes a panel receive the keys, and shows it.
    pub fn focus(&mut self, panel: Panel) {
        self.focus = panel;
        if panel != Panel::Sessions {
            self.lower = LowerPanel(panel);
        }
    }

    /// Returns the filter of a panel.
    pub fn filter(&self, panel: Panel) -> &str {
        &self.filters[panel as usize]
    }

    /// Clears the selections that belong to another session.
    pub fn leave_session(&mut self) {
        self.request = None;
        self.leave_turn();
        self.turn = None;
        self.offsets[Panel::Requests as usize] = 0;
    }

    /// Clears the selections that belong to another turn.
    pub fn leave_turn(&mut self) {
        self.row = None;
        self.offsets[Panel::Waterfall as usize] = 0;
    }
}
