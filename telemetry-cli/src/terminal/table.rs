//! Tables for people, as wide as the terminal and no wider.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Terminal, columns, cut, visible};

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    kind: ColumnKind,
    rank: u8,
    /// Narrower than this a text says nothing.
    least: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnKind {
    /// May be cut.
    Text,
    /// Never cut.
    Fixed,
    /// Never cut, and aligned to the right.
    Number,
}

impl Column {
    /// One of text. Its cells are cut where the terminal is too narrow.
    pub const fn text(title: &'static str) -> Self {
        Self::of(title, ColumnKind::Text)
    }

    /// One of texts that are never cut.
    pub const fn fixed(title: &'static str) -> Self {
        Self::of(title, ColumnKind::Fixed)
    }

    /// One of numbers.
    pub const fn number(title: &'static str) -> Self {
        Self::of(title, ColumnKind::Number)
    }

    const fn of(title: &'static str, kind: ColumnKind) -> Self {
        Self {
            title,
            kind,
            rank: 0,
            least: LEAST_TEXT,
        }
    }

    /// One whose cells keep so many columns of their text.
    #[must_use]
    pub const fn least(self, least: usize) -> Self {
        Self { least, ..self }
    }

    /// What stands above it.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// One that is left out where the terminal is too narrow: the highest rank first. The rank 0
    /// stays.
    #[must_use]
    pub const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emphasis {
    /// One of the data.
    Plain,
    /// A part of the row above it.
    Part,
    /// The sum of all.
    Total,
    /// One that is as it should not be.
    Alarm,
}

/// The lines of a cell.
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

/// Rows under titles. Texts are made [`visible`] by it.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<(Emphasis, Vec<Cell>)>,
}

/// Enough for a short name.
const LEAST_TEXT: usize = 8;
/// Between two columns.
const GAP: usize = 2;
const TITLE: Style = AnsiColor::Cyan.on_default();
const PART: Style = AnsiColor::BrightBlack.on_default();
const ALARM: Style = AnsiColor::Red.on_default();
const TOTAL: Style = AnsiColor::Yellow.on_default();

impl Table {
    /// A table of these columns.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column, in their order.
    pub fn row(&mut self, emphasis: Emphasis, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push((emphasis, cells.into_iter().collect()));
    }

    /// Writes it: all of it where nothing limits its width, else without the columns that there is
    /// no room for, and with texts cut.
    ///
    /// # Errors
    ///
    /// What stdout says.
    pub fn write(&self, out: &mut Terminal) -> io::Result<()> {
        let mut widths = self.widths();
        if let Some(limit) = out.width() {
            self.fit(&mut widths, limit);
        }
        let titles: Vec<Cell> = self
            .columns
            .iter()
            .map(|column| column.title.into())
            .collect();
        self.write_row(out, TITLE, &titles, &widths)?;
        let rule = |out: &mut Terminal| {
            let rule = "─".repeat(total(&widths));
            writeln!(out, "{}", out.styled(PART, rule))
        };
        rule(out)?;
        for (emphasis, cells) in &self.rows {
            let style = match emphasis {
                Emphasis::Plain => Style::new(),
                Emphasis::Part => PART,
                Emphasis::Alarm => ALARM,
                Emphasis::Total => {
                    rule(out)?;
                    TOTAL
                }
            };
            self.write_row(out, style, cells, &widths)?;
        }
        Ok(())
    }

    /// What each column needs for its widest cell.
    fn widths(&self) -> Vec<Option<usize>> {
        let widest = |at: usize| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
            let lines = cells.flat_map(|cell| &cell.0);
            lines.map(|line| columns(line)).max().unwrap_or(0)
        };
        let width = |(at, column): (usize, &Column)| Some(widest(at).max(columns(column.title)));
        self.columns.iter().enumerate().map(width).collect()
    }

    /// Leaves columns out (`None`) and narrows texts until the table fits. A table whose numbers
    /// alone are too wide stays so: a number that is cut is a lie.
    fn fit(&self, widths: &mut [Option<usize>], limit: usize) {
        loop {
            let over = total(widths).saturating_sub(limit);
            let mut slack = 0;
            for (column, width) in self.columns.iter().zip(widths.iter()) {
                if let (ColumnKind::Text, Some(width)) = (column.kind, width) {
                    slack += width.saturating_sub(column.least.max(columns(column.title)));
                }
            }
            let last = (0..widths.len())
                .filter(|at| widths[*at].is_some() && self.columns[*at].rank > 0)
                .max_by_key(|at| (self.columns[*at].rank, *at));
            match last {
                Some(last) if over > slack => widths[last] = None,
                _ => break,
            }
        }
        let mut over = total(widths).saturating_sub(limit);
        while over > 0 {
            // From the widest one, so that short texts stay whole.
            let texts = (0..widths.len()).filter(|at| {
                let Column { kind, least, .. } = self.columns[*at];
                kind == ColumnKind::Text && widths[*at].is_some_and(|width| width > least)
            });
            let widest = texts.max_by_key(|at| widths[*at]);
            let Some(width) = widest.and_then(|at| widths[at].as_mut()) else {
                break;
            };
            *width -= 1;
            over -= 1;
        }
    }

    fn write_row(
        &self,
        out: &mut Terminal,
        style: Style,
        cells: &[Cell],
        widths: &[Option<usize>],
    ) -> io::Result<()> {
        let shown = cells
            .iter()
            .zip(widths)
            .filter(|(_, width)| width.is_some());
        let height = shown.map(|(cell, _)| cell.0.len()).max().unwrap_or(0);
        for at in 0..height {
            let mut line = String::new();
            for ((cell, column), width) in cells.iter().zip(&self.columns).zip(widths) {
                let Some(width) = *width else { continue };
                let text = cell.0.get(at).map_or("", String::as_str);
                let text = cut(text, width);
                let room = " ".repeat(width.saturating_sub(columns(&text)));
                if !line.is_empty() {
                    line.push_str(&" ".repeat(GAP));
                }
                match column.kind {
                    ColumnKind::Number => line.extend([room.as_str(), &text]),
                    ColumnKind::Text | ColumnKind::Fixed => line.extend([&text, room.as_str()]),
                }
            }
            writeln!(out, "{}", out.styled(style, line.trim_end()))?;
        }
        Ok(())
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown
        .map(|width| width + GAP)
        .sum::<usize>()
        .saturating_sub(GAP)
}
