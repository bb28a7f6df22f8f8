//! Tables that fit the width of the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use telemetry_text::{Cell, Column};

use super::Terminal;

/// The emphasis of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emphasis {
    /// A row of data.
    Plain,
    /// A part of the row above it.
    Part,
    /// The sum of all rows.
    Total,
    /// A row that reports a problem.
    Alarm,
}

const TITLE: Style = AnsiColor::Cyan.on_default();
const PART: Style = AnsiColor::BrightBlack.on_default();
const ALARM: Style = AnsiColor::Red.on_default();
const TOTAL: Style = AnsiColor::Yellow.on_default();

/// A table of rows under titles, written to a [`Terminal`].
#[derive(Debug)]
pub struct Table(telemetry_text::Table<Emphasis>);

impl Table {
    /// Returns a table of these columns without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self(telemetry_text::Table::new(columns))
    }

    /// Adds a row: a cell for each column, in the order of the columns.
    pub fn row(&mut self, emphasis: Emphasis, cells: impl IntoIterator<Item = Cell>) {
        self.0.row(emphasis, cells);
    }

    /// Adds a row of data.
    pub fn plain(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.row(Emphasis::Plain, cells);
    }

    /// Returns the width that the table needs to show everything.
    pub fn needed_width(&self) -> usize {
        self.0.layout(None).width()
    }

    /// Writes the table, laid out for the width of the terminal.
    ///
    /// # Errors
    ///
    /// The errors of writing to stdout.
    pub fn write(&self, out: &mut Terminal) -> io::Result<()> {
        let layout = self.0.layout(out.width());
        let line = |out: &mut Terminal, style: Style, pieces: &[String]| {
            let text = pieces.concat();
            writeln!(out, "{}", out.styled(style, text.trim_end()))
        };
        let rule = |out: &mut Terminal| {
            let rule = "─".repeat(layout.width());
            writeln!(out, "{}", out.styled(PART, rule))
        };
        for pieces in &layout.titles() {
            line(out, TITLE, pieces)?;
        }
        rule(out)?;
        for (emphasis, lines) in layout.rows() {
            let style = match emphasis {
                Emphasis::Plain => Style::new(),
                Emphasis::Part => PART,
                Emphasis::Alarm => ALARM,
                Emphasis::Total => {
                    rule(out)?;
                    TOTAL
                }
            };
            for pieces in &lines {
                line(out, style, pieces)?;
            }
        }
        out.count_removed(layout.removed());
        Ok(())
    }
}
