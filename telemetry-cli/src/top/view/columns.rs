//! Tables whose columns fit the width of their panel.

use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use super::canvas::Canvas;
use crate::terminal::screen::line;
use crate::top::layout::PanelArea;
use crate::top::page::Page;
use crate::top::state::ViewState;

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// The width; the least width of the column that takes the rest.
    pub(super) width: u16,
    /// Whether the cells stand at the right end of the column.
    pub(super) is_number: bool,
    /// The columns with the highest ranks are omitted first; a column of rank 0 never.
    pub(super) rank: u8,
    /// Whether the cells are drawings of blocks, which reversed colours would make invisible.
    pub(super) is_drawing: bool,
}

impl Column {
    pub(super) const fn text(title: &'static str, width: u16, rank: u8) -> Self {
        Self {
            title,
            width,
            is_number: false,
            rank,
            is_drawing: false,
        }
    }

    pub(super) const fn drawing(title: &'static str, width: u16) -> Self {
        Self {
            is_drawing: true,
            ..Self::text(title, width, 0)
        }
    }

    pub(super) const fn number(title: &'static str, width: u16, rank: u8) -> Self {
        Self {
            title,
            width,
            is_number: true,
            rank,
            is_drawing: false,
        }
    }
}

/// A cell of a row.
pub(super) struct Cell {
    pub(super) text: String,
    /// The style; `None` is the style of the row.
    pub(super) style: Option<Style>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, style: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style: Some(style),
        }
    }
}

/// Returns the shown columns with their positions: the index of each column, its first terminal column in the area, and its width.
/// The column number `wide` takes the width that is left.
pub(super) fn place(columns: &[Column], wide: usize, width: u16) -> Vec<(usize, u16, u16)> {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed = |shown: &[usize]| {
        let widths: u16 = shown.iter().map(|at| columns[*at].width).sum();
        widths + u16::try_from(shown.len()).unwrap_or(0).saturating_sub(1)
    };
    while needed(&shown) > width
        && let Some(omitted) = shown
            .iter()
            .copied()
            .filter(|at| columns[*at].rank > 0)
            .max_by_key(|at| columns[*at].rank)
    {
        shown.retain(|at| *at != omitted);
    }
    let rest = width.saturating_sub(needed(&shown));
    let mut x = 0;
    shown
        .into_iter()
        .map(|at| {
            let extra = if at == wide { rest } else { 0 };
            let placed = (at, x, columns[at].width + extra);
            x += placed.2 + 1;
            placed
        })
        .collect()
}

/// Returns the index of the column at a terminal column of the screen.
pub(super) fn column_at(columns: &[Column], wide: usize, area: Rect, x: u16) -> Option<usize> {
    let x = x.checked_sub(area.x)?;
    let placed = place(columns, wide, area.width);
    let found = placed
        .into_iter()
        .find(|(_, from, width)| (*from..from + width).contains(&x));
    found.map(|(at, ..)| at)
}

/// A table in a panel.
pub(super) struct PanelTable<'a> {
    area: &'a PanelArea,
    columns: &'a [Column],
    /// The index of the column that takes the rest of the width.
    wide: usize,
    /// The index of the column by which the rows are sorted, and whether the order is reversed.
    sort: Option<(usize, bool)>,
    offset: usize,
    selected: usize,
    has_focus: bool,
}

impl<'a> PanelTable<'a> {
    /// Returns the table of a panel, with its place and selection. The rows are not sorted by a column.
    pub(super) fn of(
        area: &'a PanelArea,
        columns: &'a [Column],
        wide: usize,
        page: &Page<'_>,
        state: &ViewState,
    ) -> Self {
        Self {
            area,
            columns,
            wide,
            sort: None,
            offset: state.offsets[area.panel as usize],
            selected: page.selected(area.panel),
            has_focus: state.focus == area.panel,
        }
    }

    /// Sets the column by which the rows are sorted, and whether the order is reversed.
    pub(super) fn sorted_by(self, column: Option<usize>, is_reversed: bool) -> Self {
        Self {
            sort: column.map(|column| (column, is_reversed)),
            ..self
        }
    }

    /// Draws the titles and the visible ones of `len` rows, whose cells `row` returns.
    pub(super) fn draw(
        &self,
        len: usize,
        canvas: &mut Canvas<'_>,
        row: impl Fn(usize) -> Vec<Cell>,
    ) {
        let placed = place(self.columns, self.wide, self.area.columns.width);
        for (at, x, width) in &placed {
            let column = &self.columns[*at];
            let mark = match self.sort {
                Some((sorted, reversed)) if sorted == *at => {
                    if reversed {
                        "▲"
                    } else {
                        "▼"
                    }
                }
                _ => "",
            };
            let title = format!("{}{mark}", column.title);
            put(
                self.area.columns,
                *x,
                *width,
                column,
                &title,
                canvas.column(),
                canvas,
            );
        }
        let height = usize::from(self.area.rows.height);
        for (place, at) in (self.offset..len).take(height).enumerate() {
            let area = line(self.area.rows, u16::try_from(place).unwrap_or(u16::MAX));
            let cells = row(at);
            let is_selected = at == self.selected;
            if is_selected {
                canvas.style(area, Canvas::selected(self.has_focus));
            }
            for (index, x, width) in &placed {
                if let Some(cell) = cells.get(*index) {
                    if is_selected && self.columns[*index].is_drawing {
                        let drawing = Rect {
                            x: area.x + x,
                            width: *width,
                            ..area
                        };
                        canvas.style(drawing.intersection(area), Style::reset());
                    }
                    let style = cell.style.unwrap_or_default();
                    put(
                        area,
                        *x,
                        *width,
                        &self.columns[*index],
                        &cell.text,
                        style,
                        canvas,
                    );
                }
            }
        }
    }
}

fn put(
    area: Rect,
    x: u16,
    width: u16,
    column: &Column,
    text: &str,
    style: Style,
    canvas: &mut Canvas<'_>,
) {
    let cell = Rect {
        x: area.x + x.min(area.width),
        width: width.min(area.width.saturating_sub(x)),
        ..area
    };
    if column.is_number && telemetry_text::columns(text) <= usize::from(cell.width) {
        canvas.right(cell, 0, text, style);
    } else {
        canvas.text(cell, 0, text, style);
    }
}
