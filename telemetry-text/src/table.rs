//! Tables for people: aligned columns that fit a width.
//!
//! The first column may be a [key](Column::key): what a row is about. Where the width does not suffice for the keys and the
//! columns that are never removed, the table is stacked: each row begins with a line for its key.

use std::ops::Range;

use crate::{columns, cut, pad_left, pad_right, visible};

/// Spaces between two columns.
const GAP: usize = 2;
/// Spaces before the other columns of a stacked table.
const INDENT: usize = 2;
/// Enough columns for a short name.
const MIN_TEXT: usize = 8;

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    content: Content,
    rank: u8,
    /// Text is not cut below this width.
    min_width: usize,
}

/// The content of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Text that is cut only if it alone is too wide.
    Key,
    /// Text that may be cut.
    Text,
    /// Text that is never cut.
    Fixed,
    /// Numbers: never cut, aligned to the right.
    Number,
}

impl Column {
    /// The first column of a table, with text that tells what a row is about.
    pub const fn key(title: &'static str) -> Self {
        Self::of(title, Content::Key)
    }

    /// A column of text. Its cells are cut where the table is too wide.
    pub const fn text(title: &'static str) -> Self {
        Self::of(title, Content::Text)
    }

    /// A column of text that is never cut.
    pub const fn fixed(title: &'static str) -> Self {
        Self::of(title, Content::Fixed)
    }

    /// A column of numbers, aligned to the right. A number is never cut: a cut number is a wrong number.
    pub const fn number(title: &'static str) -> Self {
        Self::of(title, Content::Number)
    }

    const fn of(title: &'static str, content: Content) -> Self {
        Self {
            title,
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

    /// Returns the title.
    pub const fn title(&self) -> &'static str {
        self.title
    }
}

/// The lines of one cell, made [`visible`].
#[derive(Clone, Debug)]
pub struct Cell(Vec<String>);

impl Cell {
    /// A cell of several lines.
    pub fn lines(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let lines = lines.into_iter();
        Self(
            lines
                .map(|line| visible(line.as_ref()).into_owned())
                .collect(),
        )
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::lines([text])
    }
}

/// Rows of cells under titles. `R` is the caller's data about a row, such as its colour.
#[derive(Debug)]
pub struct Table<R> {
    columns: Vec<Column>,
    rows: Vec<(R, Vec<Cell>)>,
}

impl<R> Table<R> {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column, in the order of the columns.
    pub fn row(&mut self, row: R, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push((row, cells.into_iter().collect()));
    }

    /// Returns the table laid out in at most `limit` terminal columns: columns are removed by their
    /// [`rank`](Column::rank), then texts are cut, the widest first, and then a table with keys is stacked. Without a
    /// limit nothing is cut. A table is wider than the limit where its numbers alone are.
    pub fn layout(&self, limit: Option<usize>) -> Layout<'_, R> {
        let mut widths = self.widths();
        let mut is_stacked = false;
        if let Some(limit) = limit {
            self.remove_columns(&mut widths, limit);
            self.narrow_texts(&mut widths, limit);
            let has_key = self
                .columns
                .first()
                .is_some_and(|column| column.content == Content::Key);
            is_stacked = has_key && widths.len() > 1 && total(&widths) > limit;
            if is_stacked && let Some(Some(key)) = widths.first_mut() {
                *key = (*key).min(limit);
            }
        }
        Layout {
            table: self,
            widths,
            is_stacked,
        }
    }

    /// The width that each column needs for its widest cell.
    fn widths(&self) -> Vec<Option<usize>> {
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
            let lines = cells.flat_map(|cell| &cell.0);
            lines.map(|line| columns(line)).max().unwrap_or(0)
        };
        let width = |(at, column): (usize, &Column)| Some(widest(at).max(columns(column.title)));
        self.columns.iter().enumerate().map(width).collect()
    }

    /// Sets columns to `None` until the others fit once their texts are cut.
    fn remove_columns(&self, widths: &mut [Option<usize>], limit: usize) {
        loop {
            let excess = total(widths).saturating_sub(limit);
            let mut slack = 0;
            for (column, width) in self.columns.iter().zip(widths.iter()) {
                if let (Content::Text, Some(width)) = (column.content, width) {
                    slack += width.saturating_sub(column.min_width.max(columns(column.title)));
                }
            }
            let last = (0..widths.len())
                .filter(|at| widths[*at].is_some() && self.columns[*at].rank > 0)
                .max_by_key(|at| (self.columns[*at].rank, *at));
            match last {
                Some(last) if excess > slack => widths[last] = None,
                _ => return,
            }
        }
    }

    /// Narrows the widest text until the table fits, so that short texts stay whole.
    fn narrow_texts(&self, widths: &mut [Option<usize>], limit: usize) {
        let excess = total(widths).saturating_sub(limit);
        for _ in 0..excess {
            let texts = (0..widths.len()).filter(|at| {
                let Column {
                    content, min_width, ..
                } = self.columns[*at];
                content == Content::Text && widths[*at].is_some_and(|width| width > min_width)
            });
            let widest = texts.max_by_key(|at| widths[*at]);
            let Some(width) = widest.and_then(|at| widths[at].as_mut()) else {
                return;
            };
            *width -= 1;
        }
    }
}

/// A table whose columns have widths.
#[derive(Debug)]
pub struct Layout<'t, R> {
    table: &'t Table<R>,
    /// The width of each column; `None` for a removed column.
    widths: Vec<Option<usize>>,
    /// Whether the key has a line of its own.
    is_stacked: bool,
}

impl<'t, R> Layout<'t, R> {
    /// Returns the width of the table in terminal columns.
    pub fn width(&self) -> usize {
        match self.widths.split_first() {
            Some((key, others)) if self.is_stacked => key.unwrap_or(0).max(INDENT + total(others)),
            _ => total(&self.widths),
        }
    }

    /// Returns the titles of the columns that were removed.
    pub fn removed(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.table.columns.iter().zip(&self.widths);
        columns.filter_map(|(column, width)| width.is_none().then_some(column.title))
    }

    /// Returns the lines of titles: in each line a piece for each shown column.
    pub fn titles(&self) -> Vec<Vec<String>> {
        let titles: Vec<Cell> = self
            .table
            .columns
            .iter()
            .map(|it| it.title.into())
            .collect();
        self.lines(&titles)
    }

    /// Returns the rows with their lines. A line is a piece for each shown column, padded and with the gap before
    /// it; the pieces of a line, one after another, are its text.
    pub fn rows(&self) -> impl Iterator<Item = (&'t R, Vec<Vec<String>>)> {
        let rows = self.table.rows.iter();
        rows.map(|(row, cells)| (row, self.lines(cells)))
    }

    fn lines(&self, cells: &[Cell]) -> Vec<Vec<String>> {
        let columns = 0..self.widths.len();
        if self.is_stacked {
            let key = self.part(cells, 0..1, 0);
            let others = self.part(cells, 1..columns.end, INDENT);
            return key.into_iter().chain(others).collect();
        }
        self.part(cells, columns, 0)
    }

    /// Returns the lines of some columns, behind an indentation.
    fn part(&self, cells: &[Cell], part: Range<usize>, indent: usize) -> Vec<Vec<String>> {
        let shown = |at: &usize| self.widths[*at].is_some();
        let heights = part.clone().filter(shown).filter_map(|at| cells.get(at));
        let height = heights.map(|cell| cell.0.len()).max().unwrap_or(0);
        (0..height)
            .map(|at| self.line(cells, part.clone(), indent, at))
            .collect()
    }

    fn line(&self, cells: &[Cell], part: Range<usize>, indent: usize, at: usize) -> Vec<String> {
        let mut pieces = Vec::with_capacity(part.len());
        for ((cell, column), width) in cells
            .iter()
            .zip(&self.table.columns)
            .zip(&self.widths)
            .take(part.end)
            .skip(part.start)
        {
            let Some(width) = *width else { continue };
            let text = cut(cell.0.get(at).map_or("", String::as_str), width);
            let gap = if pieces.is_empty() { indent } else { GAP };
            pieces.push(match column.content {
                Content::Number => pad_left(&text, gap + width),
                Content::Key | Content::Text | Content::Fixed => {
                    " ".repeat(gap) + &pad_right(&text, width)
                }
            });
        }
        pieces
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown
        .map(|width| width + GAP)
        .sum::<usize>()
        .saturating_sub(GAP)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::key("Model"),
        Column::number("Requests").rank(2),
        Column::fixed("Last").rank(1),
        Column::number("Cost"),
    ];

    fn table(rows: &[[&str; 4]]) -> Table<usize> {
        let mut table = Table::new(COLUMNS);
        for (at, row) in rows.iter().enumerate() {
            table.row(at, row.map(Cell::from));
        }
        table
    }

    fn text(table: &Table<usize>, limit: Option<usize>) -> String {
        let layout = table.layout(limit);
        let lines = layout.rows().flat_map(|(_, lines)| lines);
        let lines = layout.titles().into_iter().chain(lines);
        let lines = lines.map(|line| line.concat().trim_end().to_owned() + "\n");
        lines.collect()
    }

    #[test]
    fn columns_are_aligned_removed_and_cut() {
        let table = table(&[
            ["a-long-model-name", "7", "today", "$1.00"],
            ["漢字", "1,000", "yesterday", "$12.00"],
        ]);
        assert_eq!(
            text(&table, None),
            "\
Model              Requests  Last         Cost
a-long-model-name         7  today       $1.00
漢字                  1,000  yesterday  $12.00
"
        );
        assert_eq!(
            text(&table, Some(38)),
            "\
Model              Last         Cost
a-long-model-name  today       $1.00
漢字               yesterday  $12.00
"
        );
        assert_eq!(
            text(&table, Some(32)),
            "\
Model                Cost
a-long-model-name   $1.00
漢字               $12.00
"
        );
        assert_eq!(
            text(&table, Some(20)),
            "\
Model
    Cost
a-long-model-name
   $1.00
漢字
  $12.00
"
        );
        assert_eq!(
            text(&table, Some(10)),
            "\
Model
    Cost
a-long-mo…
   $1.00
漢字
  $12.00
"
        );
        let layout = table.layout(Some(10));
        assert_eq!(layout.width(), 10);
        assert_eq!(layout.removed().collect::<Vec<_>>(), ["Requests", "Last"]);
    }

    #[test]
    fn a_row_is_as_high_as_its_highest_shown_cell() {
        let mut table = Table::new(COLUMNS);
        let lines = Cell::lines(["one", "two"]);
        table.row(0, [lines, "1".into(), "x".into(), "$1.00".into()]);
        let layout = table.layout(None);
        let (_, lines) = layout.rows().next().unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1].concat().trim_end(), "two");
    }

    proptest! {
        #[test]
        fn a_table_is_rectangular_and_fits_where_its_numbers_do(
            rows in proptest::collection::vec(("\\PC{0,30}", 0_u64..99_999, "[a-z]{0,9}", 0_u64..99_999), 0..6),
            limit in 0_usize..90,
        ) {
            let mut table = Table::new(COLUMNS);
            for (name, count, last, cost) in &rows {
                let cells = [name.clone(), count.to_string(), last.clone(), cost.to_string()];
                table.row((), cells.map(Cell::from));
            }
            let layout = table.layout(Some(limit));
            // The cost has five columns.
            prop_assert!(layout.width() <= limit.max(INDENT + 5));
            let key = rows.iter().map(|(name, ..)| columns(&visible(name))).max();
            let key = key.unwrap_or(0).max(columns("Model"));
            for (((), lines), (name, _, _, cost)) in layout.rows().zip(&rows) {
                for line in &lines {
                    prop_assert!(columns(&line.concat()) <= layout.width());
                }
                let name = visible(name);
                prop_assert!(limit < key || lines[0][0].starts_with(&*name));
                let last = lines.last().unwrap();
                prop_assert_eq!(last.last().unwrap().trim(), cost.to_string());
            }
        }
    }
}
