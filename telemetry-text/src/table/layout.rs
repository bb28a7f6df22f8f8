//! A table that is laid out: its lines.

use std::ops::Range;

use super::cell::Cell;
use super::column::{Column, Content};
use super::widths::{GAP, INDENT, total};
use super::wrap::{chunks, wrapped};
use crate::{columns, cut, pad_left, pad_right};

/// A table whose columns have widths.
#[derive(Debug)]
pub struct Layout<'t, R> {
    pub(super) columns: &'t [Column],
    pub(super) rows: &'t [(R, Vec<Cell>)],
    /// The width of each column; `None` for a removed column.
    pub(super) widths: Vec<Option<usize>>,
    /// Whether the key has a line of its own.
    pub(super) is_stacked: bool,
    pub(super) limit: Option<usize>,
}

impl<'t, R> Layout<'t, R> {
    /// Returns the width of the table in terminal columns.
    pub fn width(&self) -> usize {
        match self.widths.split_first() {
            Some((key, others)) if self.is_stacked => key.unwrap_or(0).max(INDENT + total(others)),
            _ => total(&self.widths),
        }
    }

    /// Returns the titles of the columns that were removed, or their headings.
    pub fn removed(&self) -> impl Iterator<Item = &'static str> {
        let columns = self.columns.iter().zip(&self.widths);
        let removed =
            columns.filter(|(column, width)| width.is_none() && column.content != Content::Whole);
        removed.map(|(column, _)| column.name())
    }

    /// Returns the lines of titles: in each line a piece for each shown column.
    pub fn titles(&self) -> Vec<Vec<String>> {
        let titles: Vec<Cell> = self.columns.iter().map(|it| it.title().into()).collect();
        let mut lines = self.lines(&titles);
        let mut shown = self.columns.iter().zip(&self.widths);
        if shown.any(|(column, width)| width.is_some() && !column.group.is_empty()) {
            lines.insert(lines.len().saturating_sub(1), self.headings());
        }
        lines
    }

    /// Returns the line of the headings, each over its columns.
    fn headings(&self) -> Vec<String> {
        let skipped = usize::from(self.is_stacked);
        let indent = if self.is_stacked { INDENT } else { 0 };
        let shown = self.columns.iter().zip(&self.widths).skip(skipped);
        let shown: Vec<(&str, usize)> = shown
            .filter_map(|(column, width)| Some((column.group, (*width)?)))
            .collect();
        let mut pieces: Vec<String> = Vec::with_capacity(shown.len());
        for part in shown.chunk_by(|(a, _), (b, _)| a == b) {
            let gap = if pieces.is_empty() { indent } else { GAP };
            let widths: Vec<Option<usize>> = part.iter().map(|(_, width)| Some(*width)).collect();
            let (group, width) = (part[0].0, total(&widths));
            let text = if group.is_empty() {
                " ".repeat(width)
            } else {
                let rest = width.saturating_sub(columns(group));
                // A rule on both sides shows which columns the heading is about.
                let rule = |len: usize, text: fn(&str) -> String| match len {
                    0 => String::new(),
                    len => text(&"─".repeat(len - 1)),
                };
                let before = rule(rest / 2, |it| format!("{it} "));
                let after = rule(rest - rest / 2, |it| format!(" {it}"));
                format!("{before}{group}{after}")
            };
            pieces.push(" ".repeat(gap) + &text);
            pieces.extend(part.iter().skip(1).map(|_| String::new()));
        }
        pieces
    }

    /// Returns the rows with their lines. A line is a piece for each shown column, padded and with the gap before
    /// it; the pieces of a line, one after another, are its text. The lines of whole texts below the row have one piece.
    pub fn rows(&self) -> impl Iterator<Item = (&'t R, Vec<Vec<String>>)> {
        let rows = self.rows.iter();
        rows.map(|(row, cells)| {
            let below = self.below(cells).map(|line| vec![line]);
            (row, self.lines(cells).into_iter().chain(below).collect())
        })
    }

    /// Returns whether a cell is below its row.
    fn is_below(&self, cell: &Cell, at: usize) -> bool {
        let is_too_wide = |width| cell.0.iter().any(|line| columns(line) > width);
        self.columns[at].content == Content::Whole && self.widths[at].is_none_or(is_too_wide)
    }

    /// Returns the lines of the cells that are below their row.
    fn below(&self, cells: &[Cell]) -> impl Iterator<Item = String> {
        let below = cells.iter().zip(self.columns).enumerate();
        let below = below.filter(|(at, (cell, _))| self.is_below(cell, *at));
        below.flat_map(|(_, (cell, column))| {
            let texts = cell.0.iter().filter(|text| !text.is_empty());
            let texts = texts.map(|text| format!("{}: {text}", column.title()));
            texts.flat_map(|text| wrapped(&text, self.limit.unwrap_or(usize::MAX)))
        })
    }

    fn lines(&self, cells: &[Cell]) -> Vec<Vec<String>> {
        let columns = 0..self.widths.len();
        if self.is_stacked {
            let key = cells.first().into_iter().flat_map(|cell| &cell.0);
            let key = key.flat_map(|line| chunks(line, self.widths[0].unwrap_or(0)));
            let key = key.map(|line| vec![line.to_owned()]);
            let others = self.part(cells, 1..columns.end, INDENT);
            return key.chain(others).collect();
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
        let cells = cells.iter().enumerate().take(part.end).skip(part.start);
        for (column_at, cell) in cells {
            let column = &self.columns[column_at];
            let Some(width) = self.widths[column_at] else {
                continue;
            };
            let text = match cell.0.get(at) {
                Some(text) if !self.is_below(cell, column_at) => cut(text, width),
                _ => "".into(),
            };
            let gap = if pieces.is_empty() { indent } else { GAP };
            pieces.push(match column.content {
                Content::Number => pad_left(&text, gap + width),
                Content::Key | Content::Text | Content::Whole | Content::Fixed => {
                    " ".repeat(gap) + &pad_right(&text, width)
                }
            });
        }
        pieces
    }
}
