//! The widths of the columns of a table: which columns are shown, and how wide.

use super::column::{Column, Content};
use crate::columns;

/// Spaces between two columns.
pub(super) const GAP: usize = 2;
/// Spaces before the other columns of a stacked table.
pub(super) const INDENT: usize = 2;

/// The columns of a table with their widths.
#[derive(Clone)]
pub(super) struct Widths<'t> {
    pub(super) columns: &'t [Column],
    /// `None` for a removed column.
    pub(super) shown: Vec<Option<usize>>,
}

impl Widths<'_> {
    /// Returns whether the keys and the columns that are never removed do not fit beside each other.
    pub(super) fn need_stacking(&self, limit: usize) -> bool {
        let has_key = (self.columns.first()).is_some_and(|it| it.content == Content::Key);
        let mut kept = self.clone();
        for (width, column) in kept.shown.iter_mut().zip(self.columns) {
            *width = width.filter(|_| column.rank == 0);
        }
        kept.narrow_texts(limit);
        kept.move_below(limit);
        has_key && self.shown.len() > 1 && total(&kept.shown) > limit
    }

    /// Removes columns, narrows texts and moves whole texts below the rows until the table fits, or nothing is left to change.
    pub(super) fn fit(&mut self, limit: usize) {
        self.remove_columns(limit);
        self.narrow_texts(limit);
        self.move_below(limit);
    }

    /// Returns whether the cells of a column may be narrower than their texts: texts that are not cut then, and others if no
    /// column of a higher rank is left.
    fn is_flexible(&self, at: usize) -> bool {
        let Column { content, rank, .. } = self.columns[at];
        let shown = (0..self.shown.len()).filter(|at| self.shown[*at].is_some());
        let highest = shown.map(|at| self.columns[at].rank).max();
        let is_highest = highest.is_none_or(|highest| highest <= rank);
        self.shown[at].is_some()
            && (content == Content::Whole || (content == Content::Text && is_highest))
    }

    /// Removes columns until the others fit once their texts are cut.
    fn remove_columns(&mut self, limit: usize) {
        loop {
            let excess = total(&self.shown).saturating_sub(limit);
            let flexible = (0..self.shown.len()).filter(|at| self.is_flexible(*at));
            let slack: usize = flexible
                .filter_map(|at| {
                    let column = &self.columns[at];
                    let least = column.min_width.max(columns(column.title()));
                    match column.content {
                        Content::Whole => Some(self.shown[at]? + GAP),
                        _ => Some(self.shown[at]?.saturating_sub(least)),
                    }
                })
                .sum();
            let last = (0..self.shown.len())
                .filter(|at| self.shown[*at].is_some() && self.columns[*at].rank > 0)
                .max_by_key(|at| (self.columns[*at].rank, *at));
            match last {
                Some(last) if excess > slack => self.remove(last),
                _ => return,
            }
        }
    }

    /// Removes a column and the others under its heading.
    fn remove(&mut self, at: usize) {
        self.shown[at] = None;
        let group = self.columns[at].group;
        for (width, column) in self.shown.iter_mut().zip(self.columns) {
            *width = width.filter(|_| group.is_empty() || column.group != group);
        }
    }

    /// Narrows the widest text until the table fits, so that short texts are not cut.
    fn narrow_texts(&mut self, limit: usize) {
        let excess = total(&self.shown).saturating_sub(limit);
        for _ in 0..excess {
            let texts = (0..self.shown.len()).filter(|at| {
                let least = self.columns[*at].min_width;
                self.is_flexible(*at) && self.shown[*at].is_some_and(|width| width > least)
            });
            let widest = texts.max_by_key(|at| self.shown[*at]);
            let Some(width) = widest.and_then(|at| self.shown[at].as_mut()) else {
                return;
            };
            *width -= 1;
        }
    }

    /// Moves whole columns below the rows until the table fits, the last one first.
    fn move_below(&mut self, limit: usize) {
        while total(&self.shown) > limit {
            let whole = |at: &usize| self.columns[*at].content == Content::Whole;
            let last = (0..self.shown.len())
                .rev()
                .find(|at| whole(at) && self.shown[*at].is_some());
            match last {
                Some(last) => self.shown[last] = None,
                None => return,
            }
        }
    }
}

/// Returns the width of columns beside each other.
pub(super) fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown
        .map(|width| width + GAP)
        .sum::<usize>()
        .saturating_sub(GAP)
}
